package gate_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
)

// loginEndpoint is an endpoint that is asked about log-ins: how it is asked,
// with the options api= and app=, and whether its answer lets the client in.
type loginEndpoint struct {
	name    string
	channel models.Channel
	ask     func(user, key, ip, api, app string) *http.Request
	lets    func(*httptest.ResponseRecorder) bool
}

func loginEndpoints() []loginEndpoint {
	options := func(api, app string) (path string) {
		if api != "" {
			path += "/api=" + api
		}
		if app != "" {
			path += "/app=" + app
		}
		return path
	}
	says := func(text string) func(*httptest.ResponseRecorder) bool {
		return func(got *httptest.ResponseRecorder) bool {
			return got.Code == 200 && strings.Contains(got.Body.String(), text)
		}
	}
	verify := func(channel string) func(user, key, ip, api, app string) *http.Request {
		return func(user, key, ip, api, app string) *http.Request {
			body := fmt.Sprintf(`{"username":%q,"key":%q,"ip":%q,"api":%q,"app":%q,"channel":%q}`, user, key, ip, api, app, channel)
			return httptest.NewRequest(http.MethodPost, "/v1/verify", strings.NewReader(body))
		}
	}
	sftpgo := func(address, protocol string) func(user, key, ip, api, app string) *http.Request {
		return func(user, key, ip, api, app string) *http.Request {
			return sftpgoQuestion(address+options(api, app)+sftpgoHome, user, key, ip, protocol)
		}
	}
	return []loginEndpoint{
		{"verify, FTP", models.ChannelFTP, verify("ftp"), says(`"allowed":true`)},
		{"verify, Email", models.ChannelEmail, verify("email"), says(`"allowed":true`)},
		{"mail", models.ChannelEmail, func(user, key, ip, api, app string) *http.Request {
			r := mailQuestion("imap", user, key, ip)
			r.URL.Path += options(api, app)
			return r
		}, func(got *httptest.ResponseRecorder) bool { return got.Header().Get("Auth-Status") == "OK" }},
		{"SFTPGo, password", models.ChannelFTP, sftpgo(sftpgoPassword, "SSH"), says(`{"status":1}`)},
		{"SFTPGo, user", models.ChannelFTP, sftpgo(sftpgoUser, "FTP"), says(`"status":1`)},
		{"SFTPGo, WebDAV", models.ChannelHTTP, sftpgo(sftpgoUser, "DAV"), says(`"status":1`)},
	}
}

// loginCase is one cell: what the key is and may, and what the server's
// configuration names.
type loginCase struct {
	account          int64
	off, old         bool
	ips, apis, apps  string // as in situation
	api, app         string // named by the server; "" is not
	channel, another bool   // the key's channel is the endpoint's; another credential is sent
}

// want is the first check that fails, told from the table and nothing else. In
// a channel of calls a log-in may lead to every app.
func (c loginCase) want(channel models.Channel) string {
	calls := channel == models.ChannelHTTP
	known := c.api == "ping"
	for _, check := range []struct {
		fails  bool
		reason string
	}{
		{c.another, "key_unknown"},
		{c.account == suspended, "account_suspended"},
		{c.off, "key_disabled"},
		{c.old, "key_expired"},
		{!c.channel, "channel_denied"},
		{c.ips == "out", "ip_denied"},
		{c.api != "" && !known, "api_unknown"},
		{c.apis == "out" || c.apis == "empty" || c.apis == "in" && c.api == "", "api_denied"},
		{calls && c.api == "" && c.app == "" && c.apps != "all", "app_undetermined"},
		{c.api == "" && c.app != "" && (c.apps == "empty" || c.apps == "out" && c.app != "stock" || c.apps == "in" && c.app != "sales"), "app_denied"},
	} {
		if check.fails {
			return check.reason
		}
	}
	return "allowed"
}

func loginCases(yield func(loginCase) bool) {
	for bits := range 32 {
		for _, ips := range []string{"", "in", "out"} {
			for _, scope := range []string{"all all", "all in", "all out", "all empty", "in all", "in in", "out all", "empty all"} {
				for _, names := range [][2]string{{"", ""}, {"ping", ""}, {"", "sales"}, {"", "stock"}, {"nowhere", ""}} {
					apis, apps, _ := strings.Cut(scope, " ")
					c := loginCase{
						account: acme, off: bits&1 != 0, old: bits&2 != 0, channel: bits&4 == 0, another: bits&8 != 0,
						ips: ips, apis: apis, apps: apps, api: names[0], app: names[1],
					}
					if bits&16 != 0 {
						c.account = suspended
					}
					if !yield(c) {
						return
					}
				}
			}
		}
	}
}

func TestLoginMatrix(t *testing.T) {
	w := newFixture(t)
	h := w.server(func(c *gateConfig) { c.Log = nil })
	other := unknownKey(t)
	cells, allowed := 0, 0
	for c := range loginCases {
		for _, e := range loginEndpoints() {
			channel := models.ChannelREST
			if c.channel {
				channel = e.channel
			}
			id := fmt.Sprint(c.account, c.off, c.old, channel, c.ips, c.apis, c.apps)
			if w.key[id] == "" {
				w.add(id, c.account, situation{off: c.off, old: c.old, channel: channel, ips: c.ips, apis: c.apis, apps: c.apps}.policy(w))
			}
			key := w.key[id]
			if c.another {
				key = other
			}
			got := ask(h, e.ask(w.sid[id], key, insider, c.api, c.app))
			want := c.want(e.channel)
			if lets := e.lets(got); lets != (want == "allowed") || !strings.Contains(got.Body.String()+got.Header().Get("X-Keywicket-Reason"), want) {
				t.Fatalf("%s %+v: %d %q %s, want %s", e.name, c, got.Code, got.Header(), got.Body, want)
			}
			cells++
			if want == "allowed" {
				allowed++
			}
		}
	}
	if cells < 20_000 || allowed < 100 {
		t.Errorf("%d cells, %d of them allowed", cells, allowed)
	}
}

// The matrix finds a gate that is broken.
func TestLoginMatrixFindsAnOpenGate(t *testing.T) {
	w := newFixture(t)
	open := &spy{answer: w.Decide(engine.Request{Credential: w.key["good"], API: "ping"})}
	for _, e := range loginEndpoints() {
		if got := ask(open.server(), e.ask("warehouse", "x", insider, "", "")); !e.lets(got) {
			t.Errorf("%s: %d %s", e.name, got.Code, got.Body)
		}
	}
}
