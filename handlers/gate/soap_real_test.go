package gate_test

import (
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
)

// startSOAP runs nginx with deploy/nginx/keywicket-soap.conf.
func startSOAP(t *testing.T, gateAddr, options string) proxied {
	t.Helper()
	return startNginx("keywicket-soap.conf")(t, gateAddr, upstream(t), options)
}

// order is a client's message with a UsernameToken.
func order(version, key string, headers ...string) call {
	contentType := map[string]string{soap11: type11, soap12: type12}[version]
	return call{
		method: "POST", target: "/any", headers: append(headers, contentType, `SOAPAction: "urn:stock#GetOrder"`),
		body: soapMessage(version, inHeader(usernameToken("warehouse", key))),
	}
}

func TestRealSOAP(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelWebService)
	p := startSOAP(t, w.listen(), "")
	for _, version := range []string{soap11, soap12} {
		c := order(version, w.key["web_service listed"])
		c.from = insider
		for _, c.chunked = range []bool{false, true} {
			got := c.send(t, p.addr)
			if got.status != 200 || !got.reached() {
				t.Fatalf("%d %s", got.status, got.body)
			}
			if seen := got.seen(t); seen.Body != c.body || seen.Method != "POST" || seen.get(t, "X-Keywicket-Key") != w.sid["web_service listed"] {
				t.Errorf("upstream got %+v", seen)
			}
		}
		c.from, c.chunked = outsider, false
		checkRealFault(t, c.send(t, p.addr), version, engine.IPDenied)
	}
	basicAuth := call{method: "POST", target: "/any", headers: []string{type11, "Authorization: " + basic("warehouse", w.key["web_service good"])}, body: soapMessage(soap11, "")}
	if got := basicAuth.send(t, p.addr); got.status != 200 || !got.reached() {
		t.Errorf("Basic: %d %s", got.status, got.body)
	}
	wsdl := call{target: "/ping?wsdl", headers: []string{"Authorization: " + basic("warehouse", w.key["web_service good"])}}
	if got := wsdl.send(t, p.addr); got.status != 200 || !got.reached() || got.seen(t).URI != "/ping?wsdl" {
		t.Errorf("the WSDL: %d %s", got.status, got.body)
	}
}

// checkRealFault holds that a client gets a SOAP fault, and the status of the
// table.
func checkRealFault(t *testing.T, got reply, version string, reason engine.Reason) {
	t.Helper()
	if got.status != reason.Status() || got.reached() || got.header.Get("X-Keywicket-Reason") != reason.String() {
		t.Fatalf("%d %q %s, want %s", got.status, got.header, got.body, reason)
	}
	contentType := map[string]string{soap11: "text/xml; charset=utf-8", soap12: "application/soap+xml; charset=utf-8"}[version]
	if got.header.Get("Content-Type") != contentType {
		t.Errorf("Content-Type %q", got.header.Get("Content-Type"))
	}
	if challenge := got.header.Values("WWW-Authenticate"); (len(challenge) == 1) != (reason.Status() == 401) {
		t.Errorf("WWW-Authenticate %q", challenge)
	}
	checkFault(t, got.body, version, reason.String())
}

func TestRealSOAPDenied(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelWebService)
	p := startSOAP(t, w.listen(), "")
	if got := order(soap11, w.key["web_service once"]).send(t, p.addr); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	elsewhere := order(soap11, w.key["web_service good"])
	elsewhere.target = "/nowhere"
	none := order(soap11, "")
	none.body = soapMessage(soap11, "")
	for reason, c := range map[engine.Reason]call{
		engine.KeyMissing:       none,
		engine.KeyUnknown:       order(soap11, unknownKey(t)),
		engine.KeyDisabled:      order(soap11, w.key["web_service off"]),
		engine.KeyExpired:       order(soap11, w.key["web_service old"]),
		engine.AccountSuspended: order(soap11, w.key["web_service suspended"]),
		engine.ChannelDenied:    order(soap11, w.key["good"]),
		engine.IPDenied:         order(soap11, w.key["web_service listed"]),
		engine.APIUnknown:       elsewhere,
		engine.APIDenied:        order(soap11, w.key["web_service some"]),
		engine.KeyMalformed:     order(soap11, w.key["web_service good"], "X-API-Key: "+w.key["web_service off"]),
		engine.RateLimited:      order(soap11, w.key["web_service once"]),
	} {
		checkRealFault(t, c.send(t, p.addr), soap11, reason)
	}
}

// What is no message that all read alike is refused with 400, and reaches
// nobody.
func TestRealSOAPUnreadable(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelWebService)
	p := startSOAP(t, w.listen(), "")
	good := order(soap11, w.key["web_service good"])
	for name, body := range map[string]string{
		"a DTD": "<!DOCTYPE x>" + good.body, "cut off": good.body[:200], "JSON": "{}",
		"a comment": strings.Replace(good.body, "kw_", "kw<!-- -->_", 1),
	} {
		c := good
		c.body = body
		got := c.send(t, p.addr)
		if got.status != 400 || got.reached() || got.header.Get("X-Keywicket-Reason") != "envelope_unreadable" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	c := good
	c.body = soapMessage(soap11, inHeader(usernameToken("x", w.key["web_service good"])+"<x>"+strings.Repeat("x", 1<<20)+"</x>"))
	if got := c.send(t, p.addr); got.status != 413 || got.reached() {
		t.Errorf("too large: %d", got.status)
	}
}

// The operation, as the message names it, is the call.
func TestRealSOAPOperation(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelWebService)
	gateAddr := w.listen()
	for option, change := range map[string][2]string{
		"/operation=body":   {"<o:GetOrder", "<o:Ping"},
		"/operation=action": {"urn:stock#GetOrder", "urn:stock#Ping"},
	} {
		p := startSOAP(t, gateAddr, option)
		c := order(soap11, w.key["web_service some"])
		checkRealFault(t, c.send(t, p.addr), soap11, engine.APIUnknown)
		c.body = strings.NewReplacer(change[0], change[1], "</o:GetOrder", strings.Replace(change[1], "<", "</", 1)).Replace(c.body)
		if option == "/operation=action" {
			c = order(soap11, w.key["web_service some"])
			c.headers = []string{type11, `SOAPAction: "urn:stock#Ping"`}
		}
		if got := c.send(t, p.addr); got.status != 200 || got.seen(t).get(t, "X-Keywicket-Api") != "ping" {
			t.Errorf("%s: %d %s", option, got.status, got.body)
		}
	}
}

func TestRealSOAPForged(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelWebService)
	p := startSOAP(t, w.listen(), "")
	for _, forged := range forgeries() {
		got := order(soap11, w.key["web_service listed"], forged...).send(t, p.addr)
		if got.reached() || got.status != 403 {
			t.Errorf("%q: %d %s", forged, got.status, got.body)
		}
		got = order(soap11, w.key["web_service good"], forged...).send(t, p.addr)
		if got.status != 200 || len(forgedHeaders(got.seen(t))) > 0 {
			t.Errorf("%q: %d %s", forged, got.status, got.body)
		}
	}
}

func TestRealSOAPGateDown(t *testing.T) {
	w := newFixture(t)
	for name, gateAddr := range map[string]string{"down": freeAddr(t), "fault": listenTo(t, (&spy{panics: "broken"}).server())} {
		if got := order(soap11, w.key["good"]).send(t, startSOAP(t, gateAddr, "").addr); got.status != 503 || got.reached() {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

// The lines of docs/soap.md that let everybody through do so, and let no
// forged identity through.
func TestRealSOAPOpenWhenTheGateIsDown(t *testing.T) {
	found := blocks(document(t, "docs/soap.md"), "js")
	if len(found) != 1 {
		t.Fatalf("docs/soap.md has %d blocks of js", len(found))
	}
	w := newFixture(t)
	_, rest, _ := strings.Cut(deployed(t, "nginx/keywicket.js", nil), "function down(r) {")
	body, _, _ := strings.Cut(rest, "\n}\n")
	start := startNginx("keywicket-soap.conf", "function down(r) {"+body+"\n}\n", found[0])
	for gateAddr, open := range map[string]bool{freeAddr(t): true, w.listen(): false} {
		got := order(soap11, w.key["good"], forgedIdentity()...).send(t, start(t, gateAddr, upstream(t), "").addr)
		if got.reached() != open || open && len(forgedHeaders(got.seen(t))) > 0 {
			t.Errorf("open %v: %d %s", open, got.status, got.body)
		}
	}
}
