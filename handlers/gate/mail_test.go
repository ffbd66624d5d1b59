package gate_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
)

// channelKeys makes the keys that log-ins of a channel are tested with, and
// returns their names: channel and what is special about them.
func (w *fixture) channelKeys(c models.Channel) {
	past := noon
	for name, change := range map[string]func(*engine.KeyData){
		"good":       func(*engine.KeyData) {},
		"off":        func(k *engine.KeyData) { k.Key.Enabled = false },
		"old":        func(k *engine.KeyData) { k.Key.ExpiresAt = &past },
		"listed":     func(k *engine.KeyData) { k.IPs = []string{insider} },
		"some":       func(k *engine.KeyData) { k.Key.ScopeAPIs, k.APIIDs = models.ScopeSome, []int64{w.apis["ping"]} },
		"sales only": func(k *engine.KeyData) { k.Key.ScopeApps, k.AppIDs = models.ScopeSome, []int64{appSales} },
		"once":       func(k *engine.KeyData) { k.Key.RateRequests, k.Key.RateWindowSec = 1, 3600 },
		"suspended":  func(k *engine.KeyData) { k.Key.AccountID = suspended },
	} {
		w.add(string(c)+" "+name, acme, func(k *engine.KeyData) { k.Key.Channel = c; change(k) })
	}
}

const mailServers = "/auth/mail/smtp=127.0.0.1:2525/imap=192.0.2.7:143/pop3=[::1]:1110"

// mailQuestion is nginx's request about a log-in; user name and password as
// nginx escapes them.
func mailQuestion(protocol, user, password, ip string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, mailServers, nil)
	r.Host = "localhost"
	for name, value := range map[string]string{
		"Auth-Method": "plain", "Auth-User": user, "Auth-Pass": password, "Auth-Protocol": protocol,
		"Auth-Login-Attempt": "1", "Client-IP": ip, "Client-Host": "[UNAVAILABLE]",
	} {
		r.Header.Set(name, value)
	}
	return r
}

func TestMail(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelEmail)
	h := w.server()
	for _, c := range []struct {
		name, protocol, key, ip, path string
		want                          engine.Reason
		server, port                  string
	}{
		{name: "smtp", protocol: "smtp", key: "email good", server: "127.0.0.1", port: "2525"},
		{name: "imap", protocol: "imap", key: "email good", server: "192.0.2.7", port: "143"},
		{name: "pop3", protocol: "pop3", key: "email good", server: "::1", port: "1110"},
		{name: "listed", protocol: "smtp", key: "email listed", ip: insider, server: "127.0.0.1", port: "2525"},
		{name: "listed, mapped", protocol: "smtp", key: "email listed", ip: "::ffff:" + insider, server: "127.0.0.1", port: "2525"},
		{name: "not listed", protocol: "smtp", key: "email listed", want: engine.IPDenied},
		{name: "off", protocol: "imap", key: "email off", want: engine.KeyDisabled},
		{name: "old", protocol: "pop3", key: "email old", want: engine.KeyExpired},
		{name: "suspended", protocol: "smtp", key: "email suspended", want: engine.AccountSuspended},
		{name: "REST", protocol: "smtp", key: "good", want: engine.ChannelDenied},
		{name: "no such key", protocol: "smtp", want: engine.KeyMissing},
		{name: "some calls", protocol: "smtp", key: "email some", want: engine.APIDenied},
		{name: "some calls, named", protocol: "smtp", key: "email some", path: "/api=ping", server: "127.0.0.1", port: "2525"},
		{name: "a call that is not listed", protocol: "smtp", key: "email some", path: "/api=any", want: engine.APIDenied},
		{name: "an app", protocol: "smtp", key: "email sales only", path: "/app=sales", server: "127.0.0.1", port: "2525"},
		{name: "another app", protocol: "smtp", key: "email sales only", path: "/app=stock", want: engine.AppDenied},
		{name: "rate", protocol: "smtp", key: "email once", server: "127.0.0.1", port: "2525"},
		{name: "rate, again", protocol: "smtp", key: "email once", want: engine.RateLimited},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.ip == "" {
				c.ip = outsider
			}
			r := mailQuestion(c.protocol, "orders%40example.com", w.key[c.key], c.ip)
			r.URL.Path += c.path
			got := ask(h, r)
			if got.Code != 200 {
				t.Fatalf("%d %s", got.Code, got.Body)
			}
			if c.want == engine.Allowed {
				checkMailAllowed(t, got.Header(), c.server, c.port)
				return
			}
			checkMailDenied(t, got.Header(), c.protocol, c.want)
		})
	}
}

func checkMailAllowed(t *testing.T, h http.Header, server, port string) {
	t.Helper()
	if h.Get("Auth-Status") != "OK" || h.Get("Auth-Server") != server || h.Get("Auth-Port") != port || h.Get("Auth-Wait") != "" {
		t.Errorf("%q", h)
	}
}

func checkMailDenied(t *testing.T, h http.Header, protocol string, reason engine.Reason) {
	t.Helper()
	code := map[string]string{"smtp": "535 5.7.0"}[protocol]
	if reason == engine.RateLimited {
		code = "454 4.7.0"
	}
	status := h.Get("Auth-Status")
	if status == "OK" || status == "" || h.Get("X-Keywicket-Reason") != reason.String() || h.Get("Auth-Wait") != "3" || h.Get("Auth-Error-Code") != code {
		t.Errorf("%q, want %s with %q", h, reason, code)
	}
	for _, name := range []string{"Auth-Server", "Auth-Port", "Auth-User", "Auth-Pass"} {
		if h.Get(name) != "" {
			t.Errorf("a denial has %s", name)
		}
	}
}

// What the engine is asked is what the client typed, however nginx wrote it.
func TestMailEscapes(t *testing.T) {
	for escaped, plain := range map[string]string{
		"plain": "plain", "a%20b": "a b", "a+b": "a+b", "100%25": "100%", "%E5%90%8D": "名", "a%3Ab": "a:b", "%2561": "%61", "": "",
		"名": "名",
	} {
		s := &spy{answer: engine.Decision{Reason: engine.KeyUnknown}}
		ask(s.server(), mailQuestion("smtp", escaped, escaped, outsider))
		if s.asked.Username != plain || s.asked.Credential != plain || s.asked.Channel != models.ChannelEmail || !s.asked.Login {
			t.Errorf("%q: %+v", escaped, s.asked)
		}
	}
	for _, broken := range []string{"%", "%2", "%zz", "a%", "%ff", "\xff"} {
		s := &spy{answer: engine.Decision{Reason: engine.KeyMalformed}}
		ask(s.server(), mailQuestion("smtp", broken, "kw_a", outsider))
		ask(s.server(), mailQuestion("smtp", "me", broken, outsider))
		if s.asked.Username != "" || s.asked.Credential != "unreadable" {
			t.Errorf("%q: %+v", broken, s.asked)
		}
	}
}

// The proof of a secret is no secret: APOP and CRAM-MD5 let nobody in.
func TestMailMethods(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelEmail)
	for method, want := range map[string]engine.Reason{
		"plain": engine.Allowed, "apop": engine.KeyMalformed, "cram-md5": engine.KeyMalformed, "external": engine.KeyMalformed, "none": engine.KeyMalformed, "PLAIN": engine.KeyMalformed,
	} {
		r := mailQuestion("smtp", "me", w.key["email good"], outsider)
		r.Header.Set("Auth-Method", method)
		if got := ask(w.server(), r).Header().Get("X-Keywicket-Reason"); got != want.String() {
			t.Errorf("%s: %s, want %s", method, got, want)
		}
	}
}

// After some tries on one connection nginx is to close it.
func TestMailTries(t *testing.T) {
	w := newFixture(t)
	for tries, want := range map[string]string{"1": "3", "9": "3", "10": "", "1000": "", "rubbish": "3"} {
		r := mailQuestion("smtp", "me", "kw_x", outsider)
		r.Header.Set("Auth-Login-Attempt", tries)
		if got := ask(w.server(), r).Header().Get("Auth-Wait"); got != want {
			t.Errorf("try %s: Auth-Wait %q, want %q", tries, got, want)
		}
	}
}

// What nginx does not send is not judged, and is no denial either: nginx
// makes a fault of everything but 200.
func TestMailRefuses(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelEmail)
	h := w.server()
	for name, c := range map[string]struct {
		change func(*http.Request)
		status int
	}{
		"no protocol":      {func(r *http.Request) { r.Header.Del("Auth-Protocol") }, 403},
		"no method":        {func(r *http.Request) { r.Header.Del("Auth-Method") }, 403},
		"no address":       {func(r *http.Request) { r.Header.Del("Client-IP") }, 403},
		"two addresses":    {func(r *http.Request) { r.Header.Add("Client-IP", insider) }, 403},
		"two protocols":    {func(r *http.Request) { r.Header.Add("Auth-Protocol", "imap") }, 403},
		"two users":        {func(r *http.Request) { r.Header.Add("Auth-User", "you") }, 403},
		"two passwords":    {func(r *http.Request) { r.Header.Add("Auth-Pass", "kw_x") }, 403},
		"two tries":        {func(r *http.Request) { r.Header.Add("Auth-Login-Attempt", "1") }, 403},
		"another protocol": {func(r *http.Request) { r.Header.Set("Auth-Protocol", "nntp") }, 404},
		"no server":        {func(r *http.Request) { r.URL.Path = "/auth/mail/imap=127.0.0.1:143" }, 404},
		"no servers":       {func(r *http.Request) { r.URL.Path = "/auth/mail" }, 404},
		"a name":           {func(r *http.Request) { r.URL.Path = "/auth/mail/smtp=mail.example:25" }, 404},
		"no port":          {func(r *http.Request) { r.URL.Path = "/auth/mail/smtp=127.0.0.1" }, 404},
		"port 0":           {func(r *http.Request) { r.URL.Path = "/auth/mail/smtp=127.0.0.1:0" }, 404},
		"a server twice":   {func(r *http.Request) { r.URL.Path = mailServers + "/smtp=127.0.0.1:26" }, 404},
		"another option":   {func(r *http.Request) { r.URL.Path = mailServers + "/channel=rest" }, 404},
	} {
		r := mailQuestion("smtp", "me", w.key["email good"], outsider)
		c.change(r)
		if got := ask(h, r); got.Code != c.status || got.Header().Get("Auth-Status") != "" {
			t.Errorf("%s: %d %q", name, got.Code, got.Header())
		}
	}
	if got := askFrom(h, mailQuestion("smtp", "me", w.key["email good"], outsider), "192.0.2.1:1"); got.Code != 403 || got.Header().Get("X-Keywicket-Reason") != "proxy_untrusted" {
		t.Errorf("another peer: %d", got.Code)
	}
	broken := &spy{panics: "broken"}
	if got := ask(broken.server(), mailQuestion("smtp", "me", "kw_x", outsider)); got.Code != 503 || got.Header().Get("Auth-Status") != "" {
		t.Errorf("fault: %d %q", got.Code, got.Header())
	}
}

// Nothing of a credential is in the log.
func TestMailLog(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelEmail)
	ask(w.server(), mailQuestion("smtp", "me", "a secret of its own", outsider))
	ask(w.server(), mailQuestion("smtp", "me", w.key["email off"], outsider))
	if log := w.log.String(); strings.Contains(log, "a secret") || strings.Contains(log, w.key["email off"]) || !strings.Contains(log, "key_disabled") {
		t.Error(log)
	}
}
