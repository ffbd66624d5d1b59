package gate

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"keywicket/models"
	"keywicket/models/engine"
)

// The identity headers. Every response of the /auth endpoints has all of them,
// empty where they have no value: a proxy that copies only the headers that it
// finds would let a client's forged one through.
const (
	headerKey     = "X-Keywicket-Key"
	headerName    = "X-Keywicket-Name"
	headerAccount = "X-Keywicket-Account"
	headerApp     = "X-Keywicket-App"
	headerAPI     = "X-Keywicket-Api"
	headerReason  = "X-Keywicket-Reason"
	headerStatus  = "X-Keywicket-Status"
	headerBody    = "X-Keywicket-Body"
)

func identityHeaders() []string {
	return []string{headerKey, headerName, headerAccount, headerApp, headerAPI}
}

func clearIdentity(h http.Header) {
	for _, name := range identityHeaders() {
		h.Set(name, "")
	}
}

// setIdentity sets the identity headers: who calls, and which API.
func setIdentity(h http.Header, d engine.Decision) {
	clearIdentity(h)
	if d.Key != nil {
		h.Set(headerKey, d.Key.Sid())
		h.Set(headerName, percentEncode(d.Key.Name()))
	}
	h.Set(headerAccount, d.Account().Slug)
	h.Set(headerApp, percentEncode(d.App))
	h.Set(headerAPI, apiName(d))
}

// allow answers 200, which Envoy and others take alone.
func (x *exchange) allow(d engine.Decision) {
	h := x.Header()
	setIdentity(h, d)
	h.Set(headerReason, d.Reason.String())
	h.Set(headerStatus, strconv.Itoa(http.StatusOK))
	rateHeaders(h, d)
	h.Set("Content-Length", "0")
	x.WriteHeader(http.StatusOK)
}

// denial is a decision as a proxy's client is to see it.
type denial struct {
	status      int // that the client is to get in the end
	contentType string
	body        []byte
}

func denialOf(d engine.Decision, bodies models.ErrorDialect) denial {
	if bodies == models.DialectJodoo {
		return denial{http.StatusBadRequest, "application/json", asciiJSON(struct {
			Code int    `json:"code"`
			Msg  string `json:"msg"`
		}{d.Reason.JodooCode(), message(d)})}
	}
	status := d.Reason.Status()
	return denial{status, "application/problem+json", asciiJSON(newProblem(status, d.Reason.String(), message(d)))}
}

// deny answers a denied request.
func (x *exchange) deny(d engine.Decision, bodies models.ErrorDialect, proxy dialect) {
	answer := denialOf(d, bodies)
	h := x.Header()
	h.Set(headerStatus, strconv.Itoa(answer.status))
	setDenial(h, d)
	status := answer.status
	if proxy.onlyAuthStatus {
		status = authStatus(d.Reason.Status())
		h.Set(headerBody, string(answer.body))
	}
	x.send(status, answer.contentType, answer.body)
}

// setDenial sets the headers with the reason of a denial, and with what the client
// can do about it.
func setDenial(h http.Header, d engine.Decision) {
	h.Set(headerReason, d.Reason.String())
	if challenge := challengeOf(d); challenge != "" {
		h.Set("WWW-Authenticate", challenge)
	}
	rateHeaders(h, d)
	if d.Reason == engine.RateLimited {
		h.Set("Retry-After", strconv.FormatInt(retrySeconds(d), 10))
	}
}

// authStatus is 401 or 403: nginx turns every other denial into its own 500.
func authStatus(status int) int {
	if status == http.StatusUnauthorized {
		return status
	}
	return http.StatusForbidden
}

// challengeOf is WWW-Authenticate as RFC 6750 has it: no error where no key
// came.
func challengeOf(d engine.Decision) string {
	const realm = `Bearer realm="keywicket"`
	switch {
	case d.Reason == engine.KeyMissing:
		return realm
	case d.Reason.Status() == http.StatusUnauthorized:
		return realm + `, error="invalid_token", error_description="` + message(d) + `"`
	case d.Reason.Status() == http.StatusForbidden:
		return realm + `, error="insufficient_scope", error_description="` + message(d) + `"`
	}
	return ""
}

// rateHeaders sets the headers of the quota that applies, in the form of the
// IETF's RateLimit draft. Without a quota it sets none.
func rateHeaders(h http.Header, d engine.Decision) {
	rate := d.Rate
	if rate.Limit <= 0 {
		return
	}
	h.Set("RateLimit-Policy", fmt.Sprintf(`"key";q=%d;w=%d`, rate.Limit, seconds(rate.Window)))
	h.Set("RateLimit", fmt.Sprintf(`"key";r=%d;t=%d`, rate.Remaining, seconds(rate.Reset)))
}

// percentEncode makes any text fit for a header: visible ASCII stays, but for
// the percent sign, and everything else becomes %XX of its UTF-8.
func percentEncode(s string) string {
	const hexDigits = "0123456789ABCDEF"
	plain := func(c byte) bool { return c > ' ' && c < 0x7f && c != '%' }
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	var out strings.Builder
	for i := range len(s) {
		if c := s[i]; plain(c) {
			out.WriteByte(c)
		} else {
			out.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&0xf]})
		}
	}
	return out.String()
}
