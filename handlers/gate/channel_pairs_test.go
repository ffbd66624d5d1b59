package gate_test

import (
	"net/http"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
)

// A pair that a person chose opens its own channel at its endpoints, however
// the user name is written, and nothing else does.
func TestPairsOfTheChannels(t *testing.T) {
	w := newFixture(t)
	w.addChosen("mail", models.ChannelEmail, "orders-mail", chosenSecret)
	w.addChosen("files", models.ChannelFTP, "warehouse-ftp", chosenSecret)
	w.addChosen("service", models.ChannelWebService, "warehouse-ws", chosenSecret)
	h := w.server()
	mail := func(user, secret string) *http.Request {
		return mailQuestion("imap", user, strings.ReplaceAll(secret, " ", "%20"), outsider)
	}
	sftpgo := func(address string) func(user, secret string) *http.Request {
		return func(user, secret string) *http.Request {
			return sftpgoQuestion(address+sftpgoHome, user, secret, outsider, "SSH")
		}
	}
	soap := func(user, secret string) *http.Request {
		return toSOAP(call{headers: []string{type11}, body: soapMessage(soap11, inHeader(usernameToken(user, secret)))})
	}
	soapBasic := func(user, secret string) *http.Request {
		return toSOAP(call{headers: []string{type11, "Authorization: " + basic(user, secret)}, body: soapMessage(soap11, "")})
	}
	for name, e := range map[string]struct {
		ask  func(user, secret string) *http.Request
		user string
	}{
		"mail": {mail, "orders-mail"}, "SFTPGo, password": {sftpgo(sftpgoPassword), "warehouse-ftp"}, "SFTPGo, user": {sftpgo(sftpgoUser), "warehouse-ftp"},
		"envelope": {soap, "warehouse-ws"}, "Basic": {soapBasic, "warehouse-ws"},
	} {
		for _, c := range []struct{ user, secret, want string }{
			{e.user, chosenSecret, "allowed"},
			{strings.ToUpper(e.user), chosenSecret, "allowed"},
			{e.user, chosenSecret + "!", "key_unknown"},
			{e.user, strings.ToUpper(chosenSecret), "key_unknown"},
			{"nobody", chosenSecret, "key_unknown"},
			{e.user, "", ""},
			{"", chosenSecret, "key_malformed"},
		} {
			got := ask(h, e.ask(c.user, c.secret)).Header().Get("X-Keywicket-Reason")
			if got != c.want && (c.want != "" || got == "allowed") {
				t.Errorf("%s as %q with %q: %s, want %s", name, c.user, c.secret, got, c.want)
			}
		}
		for _, other := range []string{"orders-mail", "warehouse-ftp", "warehouse-ws"} {
			if got := ask(h, e.ask(other, chosenSecret)).Header().Get("X-Keywicket-Reason"); other != e.user && got != "channel_denied" {
				t.Errorf("%s as %s: %s", name, other, got)
			}
		}
		busy := &spy{answer: engine.Decision{Reason: engine.KeyUnknown, Busy: true}}
		if got := ask(busy.server(), e.ask(e.user, chosenSecret)); got.Code != 503 || got.Header().Get("Auth-Status") != "" || got.Header().Get("X-Keywicket-Reason") != "" {
			t.Errorf("%s, busy: %d %q", name, got.Code, got.Header())
		}
	}
	if a := sftpgoSays(t, ask(h, sftpgo(sftpgoUser)("Warehouse-FTP", chosenSecret))); a.Username != "warehouse-ftp" || a.HomeDir != "/srv/sftp/warehouse-ftp" {
		t.Errorf("%+v", a)
	}
	if strings.Contains(w.log.String(), chosenSecret) {
		t.Error("the secret is in the log")
	}
}

// Two pairs in one message are a contradiction; the same one twice is one.
func TestPairsInEnvelopeAndHeader(t *testing.T) {
	w := newFixture(t)
	w.addChosen("service", models.ChannelWebService, "warehouse-ws", chosenSecret)
	w.addChosen("other", models.ChannelWebService, "other-ws", chosenSecret)
	body := soapMessage(soap11, inHeader(usernameToken("warehouse-ws", chosenSecret)))
	for header, want := range map[string]string{
		"Authorization: " + basic("Warehouse-WS", chosenSecret): "allowed",
		"Authorization: " + basic("other-ws", chosenSecret):     "key_malformed",
		"Authorization: " + basic("warehouse-ws", "another"):    "key_malformed",
		"Authorization: Bearer eyJ":                             "allowed",
		"X-API-Key: " + w.key["good"]:                           "channel_denied", // a token goes before a pair
	} {
		if got := ask(w.server(), toSOAP(call{headers: []string{type11, header}, body: body})).Header().Get("X-Keywicket-Reason"); got != want {
			t.Errorf("%s: %s, want %s", header, got, want)
		}
	}
}

// The same through the real servers.
func TestRealPairsOfTheChannels(t *testing.T) {
	w := newFixture(t)
	w.addChosen("mail", models.ChannelEmail, "orders-mail", chosenSecret)
	user, value := w.addPair("generated mail", models.ChannelEmail)
	w.addChosen("service", models.ChannelWebService, "warehouse-ws", chosenSecret)
	gateAddr := w.listen()
	p := startMail(t, gateAddr)
	for _, c := range []struct{ user, secret, want string }{
		{"orders-mail", chosenSecret, "235 "}, {user, value, "235 "}, {"orders-mail", chosenSecret + "!", "535 5.7.0 The API key is not valid."},
		{"nobody", chosenSecret, "535 5.7.0 The API key is not valid."},
	} {
		if out := p.send(t, outsider, "PLAIN", c.user, c.secret, "x"); !strings.Contains(out, c.want) {
			t.Errorf("%s: want %s\n%s", c.user, c.want, out)
		}
	}
	if n := len(p.messages(t)); n != 2 {
		t.Errorf("%d messages", n)
	}
	web := startSOAP(t, gateAddr, "")
	c := order(soap12, "")
	c.body = soapMessage(soap12, inHeader(usernameToken("warehouse-ws", chosenSecret)))
	if got := c.send(t, web.addr); got.status != 200 || got.seen(t).get(t, "X-Keywicket-Key") != w.sid["service"] {
		t.Errorf("%d %s", got.status, got.body)
	}
	c.body = soapMessage(soap12, inHeader(usernameToken("warehouse-ws", "a wrong secret")))
	checkRealFault(t, c.send(t, web.addr), soap12, engine.KeyUnknown)
}
