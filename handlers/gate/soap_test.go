package gate_test

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
)

// The namespaces of the messages.
const (
	soap11   = "http://schemas.xmlsoap.org/soap/envelope/"
	soap12   = "http://www.w3.org/2003/05/soap-envelope"
	wsse     = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	userType = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#"
)

const (
	type11 = "Content-Type: text/xml; charset=utf-8"
	type12 = `Content-Type: application/soap+xml; charset="UTF-8"; action="urn:stock#GetOrder"`
)

// soapMessage is a message that asks for an order, with what is in its Header.
func soapMessage(version, header string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<s:Envelope xmlns:s="` + version + `">` +
		header + `<s:Body><o:GetOrder xmlns:o="urn:stock"><o:Number>4711</o:Number></o:GetOrder></s:Body></s:Envelope>`
}

func inHeader(security string) string { return `<s:Header>` + security + `</s:Header>` }

// usernameToken is a Security header with user name and password.
func usernameToken(user, password string) string {
	return security(`<w:UsernameToken><w:Username>` + user + `</w:Username><w:Password Type="` + userType + `PasswordText">` + password + `</w:Password></w:UsernameToken>`)
}

func security(content string) string {
	return `<w:Security xmlns:w="` + wsse + `" s:mustUnderstand="1">` + content + `</w:Security>`
}

// toSOAP is a client's request as nginx describes it.
func toSOAP(c call) *http.Request {
	if c.method == "" {
		c.method = http.MethodPost
	}
	if c.target == "" {
		c.target = "/any"
	}
	r := c.proxied("/auth/soap", "X-Original-Uri", "X-Original-Method", "X-Real-Ip")
	r.Method = http.MethodPost
	return r
}

func TestEnvelope(t *testing.T) {
	const several = "several credentials"
	both := usernameToken("me", "kw_a")
	plain := func(inToken string) string {
		return inHeader(security(`<w:UsernameToken>` + inToken + `</w:UsernameToken>`))
	}
	for _, tt := range []struct {
		name, header, want, user string
		http                     []string
	}{
		{name: "user name and password", header: inHeader(both), want: "kw_a", user: "me"},
		{name: "other blocks around", header: inHeader(`<a:To xmlns:a="urn:a">x</a:To>` + both + `<b/>`), want: "kw_a", user: "me"},
		{name: "with nonce and time", header: plain(`<w:Username>me</w:Username><w:Password>kw_a</w:Password><w:Nonce>x</w:Nonce><Created>2026</Created>`), want: "kw_a", user: "me"},
		{name: "no type", header: plain(`<w:Username>me</w:Username><w:Password>x</w:Password>`), want: "x", user: "me"},
		{name: "escapes", header: inHeader(usernameToken("m&amp;e", "a&lt;b &#x540D;&#65;")), want: "a<b 名A", user: "m&e"},
		{name: "one CDATA section", header: inHeader(usernameToken("<![CDATA[m&e]]>", "<![CDATA[a<b]]>")), want: "a<b", user: "m&e"},
		{name: "spaces stay", header: inHeader(usernameToken("me", " x ")), want: " x ", user: "me"},
		{name: "user name alone", header: plain(`<w:Username>kw_a</w:Username>`), want: "kw_a"},
		{name: "no password", header: inHeader(usernameToken("kw_a", "")), want: "kw_a"},
		{name: "nothing in it", header: plain("")},
		{name: "no token", header: inHeader(security(""))},
		{name: "no header"},
		{name: "an empty header", header: `<s:Header/>`},
		{name: "in Basic", header: "", http: []string{"Authorization: " + basic("me", "kw_a")}, want: "kw_a", user: "me"},
		{name: "the same in both", header: inHeader(both), http: []string{"Authorization: " + basic("me", "kw_a")}, want: "kw_a", user: "me"},
		{name: "another in Basic", header: inHeader(both), http: []string{"Authorization: " + basic("me", "kw_b")}, want: several},
		{name: "another in X-API-Key", header: inHeader(both), http: []string{"X-API-Key: kw_b"}, want: several},
		{name: "a token of the upstream's beside", header: inHeader(both), http: []string{"Authorization: Bearer eyJ"}, want: "kw_a", user: "me"},
		{name: "a header twice", header: inHeader(both), http: []string{"X-API-Key: kw_a", "X-API-Key: kw_a"}, want: several},
		{name: "two tokens", header: inHeader(security(strings.Repeat(`<w:UsernameToken><w:Username>me</w:Username><w:Password>kw_a</w:Password></w:UsernameToken>`, 2))), want: several},
		{name: "two Security headers", header: inHeader(both + both), want: several},
		{name: "a second, empty Security", header: inHeader(both + security("")), want: several},
		{name: "two passwords", header: plain(`<w:Username>me</w:Username><w:Password>kw_a</w:Password><w:Password>kw_b</w:Password>`), want: several},
		{name: "two user names", header: plain(`<w:Username>me</w:Username><w:Username>you</w:Username><w:Password>kw_a</w:Password>`), want: several},
		{name: "a token beside Security", header: inHeader(`<w:UsernameToken xmlns:w="` + wsse + `"/>` + both), want: several},
		{name: "a token too deep", header: inHeader(security(`<x>` + `<w:UsernameToken/>` + `</x>`)), want: several},
		{name: "a token of another namespace", header: inHeader(`<w:Security xmlns:w="urn:other"><w:UsernameToken/></w:Security>`), want: several},
		{name: "a digest", header: plain(`<w:Username>me</w:Username><w:Password Type="` + userType + `PasswordDigest">x</w:Password>`), want: several},
	} {
		for _, version := range []string{soap11, soap12} {
			t.Run(tt.name, func(t *testing.T) {
				contentType := map[string]string{soap11: type11, soap12: type12}[version]
				s := &spy{answer: engine.Decision{Reason: engine.KeyDisabled, Key: &engine.Key{}}}
				got := ask(s.server(), toSOAP(call{headers: append(tt.http, contentType), body: soapMessage(version, tt.header)}))
				if s.asked.Credential != tt.want || s.asked.Username != tt.user || s.asked.Channel != models.ChannelWebService || s.asked.Path != "/any" {
					t.Errorf("%+v, %d %s", s.asked, got.Code, got.Body)
				}
			})
		}
	}
}

// Any prefix will do, and none.
func TestEnvelopePrefixes(t *testing.T) {
	for _, body := range []string{
		`<Envelope xmlns="` + soap11 + `"><Header><Security xmlns="` + wsse + `"><UsernameToken><Username>me</Username><Password>kw_a</Password></UsernameToken></Security></Header><Body/></Envelope>`,
		`<a:Envelope xmlns:a="` + soap12 + `" xmlns:b="` + wsse + `"><a:Header><b:Security><b:UsernameToken><b:Password>kw_a</b:Password><b:Username>me</b:Username></b:UsernameToken></b:Security></a:Header><a:Body/></a:Envelope>`,
		"\ufeff<!-- hello -->\n" + strings.TrimPrefix(soapMessage(soap11, inHeader(usernameToken("me", "kw_a"))), `<?xml version="1.0" encoding="UTF-8"?>`) + "\n<!-- bye -->\n",
	} {
		s := &spy{answer: engine.Decision{Reason: engine.KeyUnknown}}
		got := ask(s.server(), toSOAP(call{headers: []string{type11}, body: body}))
		if s.asked.Credential != "kw_a" || s.asked.Username != "me" {
			t.Errorf("%s\n%+v %s", body, s.asked, got.Body)
		}
	}
}

// What two programs could read in two ways is refused, and so is what is no
// SOAP message. The engine is not asked.
func TestEnvelopeRefused(t *testing.T) {
	good := soapMessage(soap11, inHeader(usernameToken("me", "kw_a")))
	for name, body := range map[string]string{
		"no XML":                     "kw_a",
		"JSON":                       `{"key":"kw_a"}`,
		"another root":               `<Envelope><Body/></Envelope>`,
		"an older namespace":         strings.ReplaceAll(good, soap11, "http://schemas.xmlsoap.org/soap/envelope"),
		"cut off":                    good[:len(good)-3],
		"two roots":                  good + `<x/>`,
		"text behind":                good + "x",
		"a DTD":                      `<!DOCTYPE x>` + strings.SplitN(good, "\n", 2)[1],
		"an entity":                  `<!DOCTYPE x [<!ENTITY e "kw_a">]>` + strings.SplitN(good, "\n", 2)[1],
		"an unknown entity":          strings.Replace(good, "kw_a", "&e;", 1),
		"a processing instruction":   strings.Replace(good, "<s:Body>", "<?php x ?><s:Body>", 1),
		"a second XML declaration":   strings.Replace(good, "<s:Body>", `<?xml version="1.0"?><s:Body>`, 1),
		"another encoding":           strings.Replace(good, `"UTF-8"`, `"ISO-8859-1"`, 1),
		"XML 1.1":                    strings.Replace(good, `"1.0"`, `"1.1"`, 1),
		"no UTF-8":                   strings.Replace(good, "4711", "\xff", 1),
		"UTF-16":                     "\xfe\xff\x00<",
		"NUL":                        strings.Replace(good, "4711", "\x00", 1),
		"a comment in the password":  strings.Replace(good, "kw_a", "kw_<!-- x -->a", 1),
		"CDATA beside text":          strings.Replace(good, "kw_a", "kw_<![CDATA[a]]>", 1),
		"two CDATA sections":         strings.Replace(good, "kw_a", "<![CDATA[kw_]]><![CDATA[a]]>", 1),
		"CDATA after a space":        strings.Replace(good, "kw_a", " <![CDATA[kw_a]]>", 1),
		"an element in the password": strings.Replace(good, "kw_a", "kw_a<x/>", 1),
		"an attribute twice":         strings.Replace(good, `<w:Username>`, `<w:Username a="1" a="2">`, 1),
		"two colons":                 strings.Replace(good, `<s:Body>`, `<s:Body><s:x:y/>`, 1),
		"another password type":      strings.Replace(good, "#PasswordText", "#PasswordHash", 1),
		"Body before Header":         `<s:Envelope xmlns:s="` + soap11 + `"><s:Body/><s:Header/></s:Envelope>`,
		"two Bodies":                 strings.Replace(good, "<s:Body>", "<s:Body/><s:Body>", 1),
		"two Headers":                strings.Replace(good, "<s:Header>", "<s:Header/><s:Header>", 1),
		"something else":             strings.Replace(good, "<s:Body>", "<s:Other/><s:Body>", 1),
		"no Body":                    `<s:Envelope xmlns:s="` + soap11 + `"/>`,
		"a Body of the other SOAP":   `<s:Envelope xmlns:s="` + soap11 + `"><Body xmlns="` + soap12 + `"/></s:Envelope>`,
		"too deep":                   soapMessage(soap11, inHeader(strings.Repeat("<x>", 100)+strings.Repeat("</x>", 100))),
		"too large":                  soapMessage(soap11, inHeader("<x>"+strings.Repeat("x", 1<<20)+"</x>")),
	} {
		s := &spy{answer: engine.Decision{Reason: engine.Allowed}}
		got := ask(s.server(), toSOAP(call{headers: []string{type11}, body: body}))
		if got.Code != 403 || got.Header().Get("X-Keywicket-Status") != "400" || got.Header().Get("X-Keywicket-Reason") != "envelope_unreadable" || s.asked.Method != "" {
			t.Errorf("%s: %d %q\n%s", name, got.Code, got.Header(), got.Body)
		}
		checkFault(t, got.Body.String(), soap11, "envelope_unreadable")
	}
	for name, headers := range map[string][]string{
		"no type": nil, "JSON": {jsonType}, "a form": {"Content-Type: application/x-www-form-urlencoded"}, "parts": {`Content-Type: multipart/related; boundary=x`},
		"two types": {type11, jsonType}, "compressed": {type11, "Content-Encoding: gzip"}, "another charset": {"Content-Type: text/xml; charset=utf-7"},
	} {
		s := &spy{answer: engine.Decision{Reason: engine.Allowed}}
		got := ask(s.server(), toSOAP(call{headers: headers, body: good}))
		if got.Code != 403 || got.Header().Get("X-Keywicket-Status") != "400" || s.asked.Method != "" {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
}

// soapFault is a fault of either version.
type soapFault struct {
	XMLName xml.Name
	Code    string `xml:"Body>Fault>faultcode"`
	Text    string `xml:"Body>Fault>faultstring"`
	Reason  string `xml:"Body>Fault>detail>reason"`
	Code2   string `xml:"Body>Fault>Code>Value"`
	Text2   string `xml:"Body>Fault>Reason>Text"`
	Reason2 string `xml:"Body>Fault>Detail>reason"`
}

func checkFault(t *testing.T, body, version, reason string) {
	t.Helper()
	var f soapFault
	if err := xml.Unmarshal([]byte(body), &f); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	if version == soap11 && (f.Code != "soap:Client" || f.Text == "" || f.Reason != reason) ||
		version == soap12 && (f.Code2 != "soap:Sender" || f.Text2 == "" || f.Reason2 != reason) ||
		f.XMLName != (xml.Name{Space: version, Local: "Envelope"}) {
		t.Errorf("want %s: %s", reason, body)
	}
}

func TestSOAPDenied(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelWebService)
	h := w.server()
	for _, c := range []struct {
		name, key, target, ip string
		want                  engine.Reason
	}{
		{name: "good", key: "web_service good"},
		{name: "none", want: engine.KeyMissing},
		{name: "off", key: "web_service off", want: engine.KeyDisabled},
		{name: "old", key: "web_service old", want: engine.KeyExpired},
		{name: "REST", key: "good", want: engine.ChannelDenied},
		{name: "listed", key: "web_service listed", ip: insider},
		{name: "not listed", key: "web_service listed", want: engine.IPDenied},
		{name: "suspended", key: "web_service suspended", want: engine.AccountSuspended},
		{name: "no such call", key: "web_service good", target: "/nowhere", want: engine.APIUnknown},
		{name: "another call", key: "web_service some", want: engine.APIDenied},
		{name: "another app", key: "web_service sales only", target: "/apps/stock/things", want: engine.APIUnknown}, // it is a GET
		{name: "rate", key: "web_service once"},
		{name: "rate, again", key: "web_service once", want: engine.RateLimited},
	} {
		for _, version := range []string{soap11, soap12} {
			if c.name == "rate" && version == soap12 {
				continue
			}
			header := ""
			if c.key != "" {
				header = inHeader(usernameToken("any", w.key[c.key]))
			}
			contentType := map[string]string{soap11: type11, soap12: type12}[version]
			got := ask(h, toSOAP(call{target: c.target, from: c.ip, headers: []string{contentType}, body: soapMessage(version, header)}))
			checkSOAPAnswer(t, c.name, version, c.want, got)
		}
	}
}

func checkSOAPAnswer(t *testing.T, name, version string, want engine.Reason, got *httptest.ResponseRecorder) {
	t.Helper()
	h := got.Header()
	if want == engine.Allowed {
		if got.Code != 200 || h.Get("X-Keywicket-Key") == "" || got.Body.Len() > 0 {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
		return
	}
	code := 403
	if want.Status() == 401 {
		code = 401
	}
	if got.Code != code || h.Get("X-Keywicket-Status") != statusText(want) || h.Get("X-Keywicket-Reason") != want.String() || h.Get("X-Keywicket-Body") != got.Body.String() {
		t.Errorf("%s: %d %q, want %s", name, got.Code, h, want)
	}
	if challenge := strings.HasPrefix(h.Get("WWW-Authenticate"), "Basic "); challenge != (code == 401) || (h.Get("Retry-After") != "") != (want == engine.RateLimited) {
		t.Errorf("%s: %q", name, h)
	}
	contentType := map[string]string{soap11: "text/xml; charset=utf-8", soap12: "application/soap+xml; charset=utf-8"}[version]
	if h.Get("Content-Type") != contentType || len(h.Values("X-Keywicket-Key")) != 1 || h.Get("X-Keywicket-Key") != "" {
		t.Errorf("%s: %q", name, h)
	}
	checkFault(t, got.Body.String(), version, want.String())
}

func statusText(r engine.Reason) string {
	return map[int]string{400: "400", 401: "401", 403: "403", 429: "429"}[r.Status()]
}

// A digest proves a secret that the gate does not have: it says so.
func TestSOAPDigest(t *testing.T) {
	w := newFixture(t)
	header := inHeader(security(`<w:UsernameToken><w:Username>me</w:Username><w:Password Type="` + userType + `PasswordDigest">` + w.key["good"] + `</w:Password></w:UsernameToken>`))
	got := ask(w.server(), toSOAP(call{headers: []string{type11}, body: soapMessage(soap11, header)}))
	if got.Header().Get("X-Keywicket-Reason") != "key_malformed" || !strings.Contains(got.Body.String(), "PasswordText") {
		t.Errorf("%q %s", got.Header(), got.Body)
	}
}

// A request without a body, such as that for the WSDL, is judged by its
// headers and answered as anywhere else.
func TestSOAPWithoutAMessage(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelWebService)
	h := w.server()
	c := call{method: "GET", target: "/ping?wsdl", headers: []string{"Authorization: " + basic("any", w.key["web_service good"])}}
	if got := ask(h, toSOAP(c)); got.Code != 200 {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	c.headers = nil
	got := ask(h, toSOAP(c))
	if got.Code != 401 || got.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %q", got.Code, got.Header())
	}
}

func TestSOAPOperation(t *testing.T) {
	body := soapMessage(soap11, inHeader(usernameToken("me", "kw_a")))
	two := strings.Replace(body, "<s:Body>", "<s:Body><x/>", 1)
	for _, c := range []struct {
		option, body, api string
		headers           []string
		ambiguous         bool
	}{
		{option: "", body: body, headers: []string{type11, `SOAPAction: "urn:stock#GetOrder"`}},
		{option: "/api=ping", body: body, headers: []string{type11}, api: "ping"},
		{option: "/operation=body", body: body, headers: []string{type11}, api: "getorder"},
		{option: "/operation=body", body: two, headers: []string{type11}, ambiguous: true},
		{option: "/operation=action", body: body, headers: []string{type11, `SOAPAction: "urn:stock#GetOrder"`}, api: "getorder"},
		{option: "/operation=action", body: body, headers: []string{type11, `SOAPAction: http://h/IStock/GetOrder`}, api: "getorder"},
		{option: "/operation=action", body: body, headers: []string{type12}, api: "getorder"},
		{option: "/operation=action", body: body, headers: []string{type12, `SOAPAction: "urn:stock#GetOrder"`}, api: "getorder"},
		{option: "/operation=action", body: body, headers: []string{type12, `SOAPAction: "urn:stock#DropOrder"`}, ambiguous: true},
		{option: "/operation=action", body: body, headers: []string{type11, `SOAPAction: "a"`, `SOAPAction: "a"`}, ambiguous: true},
		{option: "/operation=action", body: body, headers: []string{type11, `SOAPAction: ""`}, ambiguous: true},
		{option: "/operation=action", body: body, headers: []string{type11}, ambiguous: true},
	} {
		s := &spy{answer: engine.Decision{Reason: engine.KeyUnknown}}
		r := toSOAP(call{headers: c.headers, body: c.body})
		r.URL.Path += c.option
		if got := ask(s.server(), r); s.asked.API != c.api || s.asked.PathAmbiguous != c.ambiguous || s.asked.Credential != "kw_a" {
			t.Errorf("%s %q: %+v, %s", c.option, c.headers, s.asked, got.Body)
		}
	}
	for _, options := range []string{"/operation=path", "/operation=", "/body=X-Body", "/channel=pigeon"} {
		r := toSOAP(call{headers: []string{type11}, body: body})
		r.URL.Path += options
		if got := ask((&spy{}).server(), r); got.Code != 404 {
			t.Errorf("%s: %d", options, got.Code)
		}
	}
}

func TestSOAPProxies(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelWebService)
	question := func() *http.Request {
		return toSOAP(call{headers: []string{type11}, body: soapMessage(soap11, inHeader(usernameToken("me", w.key["web_service good"])))})
	}
	if got := askFrom(w.server(), question(), "192.0.2.1:1"); got.Code != 403 || got.Header().Get("X-Keywicket-Reason") != "proxy_untrusted" {
		t.Errorf("another peer: %d", got.Code)
	}
	for _, name := range []string{"X-Original-Uri", "X-Original-Method", "X-Real-Ip"} {
		r := question()
		r.Header.Add(name, "/ping")
		if got := ask(w.server(), r); got.Code != 403 || got.Header().Get("X-Keywicket-Reason") != "proxy_headers" {
			t.Errorf("%s twice: %d %q", name, got.Code, got.Header())
		}
	}
	if got := ask((&spy{panics: "broken"}).server(), question()); got.Code != 503 {
		t.Errorf("fault: %d", got.Code)
	}
	ask(w.server(), question())
	if log := w.log.String(); strings.Contains(log, w.key["web_service good"]) {
		t.Error("the key is in the log")
	}
}

// Whatever comes, the gate answers, and a credential that it finds is in the
// message as it stands.
func FuzzEnvelope(f *testing.F) {
	f.Add(soapMessage(soap11, inHeader(usernameToken("me", "kw_a"))))
	f.Add(soapMessage(soap12, inHeader(security(`<w:UsernameToken><w:Username>me</w:Username></w:UsernameToken>`))))
	f.Add(`<Envelope xmlns="` + soap11 + `"><Body/></Envelope>`)
	f.Add(`<!DOCTYPE x [<!ENTITY e "x">]><x>&e;</x>`)
	f.Fuzz(func(t *testing.T, body string) {
		s := &spy{answer: engine.Decision{Reason: engine.KeyUnknown}}
		got := ask(s.server(), toSOAP(call{headers: []string{type11}, body: body}))
		if got.Code != 401 && got.Code != 403 {
			t.Errorf("%d %s", got.Code, got.Body)
		}
		plain := !strings.ContainsAny(body, "&\r") && s.asked.Credential != "several credentials"
		if plain && (!strings.Contains(body, s.asked.Credential) || !strings.Contains(body, s.asked.Username)) {
			t.Errorf("%q, %q are not in %q", s.asked.Username, s.asked.Credential, body)
		}
	})
}
