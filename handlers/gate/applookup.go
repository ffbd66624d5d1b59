package gate

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"keywicket/models"
)

// lookup finds the app id in a proxied request. Whatever two programs could
// read in two ways is no app id: a second member or parameter of the name,
// also one in other case, a body that is not said to be JSON.
type lookup struct {
	header     http.Header // the proxy's, with the client's
	rawQuery   string      // of the client's request
	bodyHeader string
	body       clientBody // where no header has it
}

// lookupIn returns the lookup in a request, without its body.
func lookupIn(r *http.Request, orig original, opts options) lookup {
	_, rawQuery, _ := strings.Cut(orig.uri, "?")
	return lookup{header: r.Header, rawQuery: rawQuery, bodyHeader: opts.bodyHeader}
}

// readsBody reports whether the body that comes with the request may name the
// app.
func (l lookup) readsBody() bool { return l.bodyHeader == "" && isJSON(l.header) && !l.partial() }

// partial reports whether the proxy sends no more than the beginning of a body.
func (l lookup) partial() bool {
	return slices.ContainsFunc(l.header.Values(headerPartial), func(v string) bool { return v != "false" })
}

// AppID implements the engine's AppLookup.
func (l lookup) AppID(source models.AppSource, field string) (string, bool) {
	if field == "" {
		return "", false
	}
	switch source {
	case models.AppInHeader:
		return l.inHeader(field)
	case models.AppInQuery:
		return l.inQuery(field)
	case models.AppInBody:
		return l.inBody(field)
	}
	return "", false
}

// inHeader returns the value of the header if it is there once, and under no name
// that an upstream may read as the same: CGI and its heirs make one variable of App-Id
// and of App_Id, and the last one wins.
func (l lookup) inHeader(field string) (string, bool) {
	values := l.header.Values(field)
	if len(values) != 1 || !utf8.ValidString(values[0]) {
		return "", false
	}
	same := 0
	for name := range l.header {
		if strings.EqualFold(asVariable(name), asVariable(field)) {
			same++
		}
	}
	return values[0], values[0] != "" && same == 1
}

// asVariable is a header's name as CGI makes a variable of it.
func asVariable(name string) string { return strings.ReplaceAll(name, "-", "_") }

func (l lookup) inQuery(field string) (string, bool) {
	query, err := parseQuery(l.rawQuery)
	if err != nil {
		return "", false
	}
	values := query[field]
	if len(values) != 1 || values[0] == "" || !utf8.ValidString(values[0]) {
		return "", false
	}
	for name := range query {
		if name != field && strings.EqualFold(asParameter(name), asParameter(field)) {
			return "", false
		}
	}
	return values[0], true
}

// asParameter is a parameter's name as PHP keeps it: app.id and app_id[] are
// app_id to it.
func asParameter(name string) string {
	name, _, _ = strings.Cut(name, "[")
	return strings.NewReplacer(".", "_", " ", "_").Replace(name)
}

func (l lookup) inBody(field string) (string, bool) {
	if !isJSON(l.header) {
		return "", false
	}
	body, ok := l.client()
	if !ok {
		return "", false
	}
	return jsonMember(body, field)
}

// client is the client's body: the proxy's request carries it, or the header
// that the admin named does, as it is or in base64.
func (l lookup) client() ([]byte, bool) {
	if l.partial() {
		return nil, false
	}
	if l.bodyHeader == "" {
		return l.body.data, l.body.whole
	}
	values := l.header.Values(l.bodyHeader)
	if len(values) != 1 {
		return nil, false
	}
	text := strings.Trim(values[0], " ")
	if strings.HasPrefix(text, "{") { // no base64 begins so
		return []byte(text), true
	}
	body, err := base64.StdEncoding.DecodeString(text)
	return body, err == nil
}

// isJSON reports whether upstreams will read the body as JSON: a body that is
// also a valid form could name two apps.
func isJSON(h http.Header) bool {
	types, encodings := h.Values("Content-Type"), h.Values("Content-Encoding")
	if len(types) != 1 || len(encodings) > 0 {
		return false
	}
	kind, params, err := mime.ParseMediaType(types[0])
	if err != nil {
		return false
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return false
	}
	return kind == "application/json" || kind == "text/json" ||
		strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")
}

// maxMembers is how many members of a JSON object are looked at.
const maxMembers = 4096

// jsonMember finds a top-level string member of a JSON object.
func jsonMember(body []byte, field string) (string, bool) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return "", false
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return "", false
	}
	var value string
	found := false
	for members := 0; dec.More(); members++ {
		if members >= maxMembers {
			return "", false
		}
		name, err := dec.Token()
		if err != nil {
			return "", false
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return "", false
		}
		if s, ok := name.(string); !ok || !strings.EqualFold(s, field) {
			continue
		}
		if found || name != field || raw[0] != '"' || json.Unmarshal(raw, &value) != nil {
			return "", false
		}
		found = true
	}
	return value, found && value != ""
}
