package gate

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"unicode/utf16"
)

// problem is an RFC 9457 body. Reason is the gate's word for a denial, or the
// endpoint's for a refusal before there was anything to decide.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Reason string `json:"reason"`
	Field  string `json:"field,omitempty"`
}

func newProblem(status int, reason, detail string) problem {
	return problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Reason: reason,
	}
}

// problem answers with a problem and keeps its reason for the log.
func (x *exchange) problem(status int, reason, detail string) {
	x.refusal = reason
	x.json(status, "application/problem+json", newProblem(status, reason, detail))
}

// json answers with a body in ASCII, so that it fits into a header too.
func (x *exchange) json(status int, contentType string, body any) {
	x.send(status, contentType, asciiJSON(body))
}

func (x *exchange) send(status int, contentType string, body []byte) {
	h := x.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	x.WriteHeader(status)
	if x.r.Method != http.MethodHead {
		_, _ = x.Write(body) // the caller is gone: there is nobody to tell
	}
}

// asciiJSON is compact JSON in which every character beyond ASCII is escaped.
func asciiJSON(v any) []byte {
	plain, err := json.Marshal(v)
	if err != nil { // none of the bodies here can fail
		return []byte("{}")
	}
	var out bytes.Buffer
	for _, r := range string(plain) {
		switch {
		case r < 0x7f:
			out.WriteRune(r)
		case r <= 0xffff:
			writeUnit(&out, r)
		default:
			high, low := utf16.EncodeRune(r)
			writeUnit(&out, high)
			writeUnit(&out, low)
		}
	}
	return out.Bytes()
}

func writeUnit(out *bytes.Buffer, unit rune) {
	const hexDigits = "0123456789abcdef"
	out.WriteString(`\u`)
	for shift := 12; shift >= 0; shift -= 4 {
		out.WriteByte(hexDigits[unit>>shift&0xf])
	}
}
