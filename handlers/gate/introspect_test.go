package gate_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keywicket/handlers/gate"
	"keywicket/models"
	"keywicket/models/engine"
)

const inactive = `{"active":false}`

// form is a POST of a form; rest follows the endpoint's path.
func form(path string, pairs ...string) *http.Request {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(pairs[i] + "=" + url.QueryEscape(pairs[i+1]))
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(b.String()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func introspection(pairs ...string) *http.Request { return form("/oauth/introspect", pairs...) }

// What RFC 7662 has, for a key with everything.
func TestIntrospectActive(t *testing.T) {
	w := newFixture(t)
	expires := noon.Add(time.Hour)
	const sid = "01HQXW5P7R0000000000000000"
	w.add("full", acme, func(k *engine.KeyData) { k.Key.Sid, k.Key.ExpiresAt = sid, &expires })
	h := w.server(func(c *gate.Config) { c.Issuer = "https://keys.example.com" })
	got := ask(h, introspection("token", w.key["full"], "token_type_hint", "access_token",
		"method", "get", "path", "/apps/sales/things?x=1", "client_ip", "192.0.2.1"))
	want := map[string]any{
		"active": true, "scope": "rest in.path", "client_id": "acme", "username": sid, "token_type": "Bearer",
		"exp": float64(expires.Unix()), "iat": float64(1709208000), "sub": sid, "iss": "https://keys.example.com", "jti": sid,
		"name": "full", "channel": "rest", "api": "in.path", "app": "sales",
	}
	var body map[string]any
	if err := json.Unmarshal(got.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	want["iat"] = body["iat"] // of the Sid: below
	if diff := cmp.Diff(want, body); got.Code != 200 || diff != "" {
		t.Errorf("%d %s", got.Code, diff)
	}
	if at, ok := body["iat"].(float64); !ok || time.Unix(int64(at), 0).UTC().Year() != 2024 {
		t.Errorf("iat %v", body["iat"])
	}
	if got.Header().Get("Content-Type") != "application/json" || got.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%q", got.Header())
	}
}

// A token alone stands for any call and any app: only a key that is limited to
// neither is active then.
func TestIntrospectTokenAlone(t *testing.T) {
	w := newFixture(t)
	h := w.server()
	for name, active := range map[string]bool{
		"good": true, "twice an hour": true, "ping only": false, "sales only": false, "off": false, "http": false, "listed": false,
	} {
		got := ask(h, introspection("token", w.key[name]))
		if got.Code != 200 || strings.Contains(got.Body.String(), `"active":true`) != active {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	for name, pairs := range map[string][]string{
		"ping only": {"api", "ping"}, "sales only": {"app", "sales"}, "listed": {"client_ip", insider}, "http": {"channel", "http"},
	} {
		got := ask(h, introspection(append(pairs, "token", w.key[name])...))
		if !strings.Contains(got.Body.String(), `"active":true`) {
			t.Errorf("%s with %q: %s", name, pairs, got.Body)
		}
	}
}

// Every denial of the table is the same answer, and nothing more.
func TestIntrospectDenied(t *testing.T) {
	w := newFixture(t)
	h := w.server()
	for _, d := range w.denials() {
		if d.reason == engine.PluginDenied || d.reason == engine.AppUndetermined {
			continue // a question knows no plugins, and names its app itself
		}
		var got *httptest.ResponseRecorder
		for range d.warmUp + 1 {
			path, _, _ := strings.Cut(d.call.target, "?")
			got = ask(h, introspection("token", d.call.key, "method", "GET", "path", path, "client_ip", outsider))
		}
		if got.Code != 200 || got.Body.String() != inactive || got.Header().Get("X-Keywicket-Reason") != "" {
			t.Errorf("%s: %d %s", d.reason, got.Code, got.Body)
		}
	}
	got := ask(h, introspection("token", w.key["good"], "method", "GET", "path", "/in/query"))
	if got.Body.String() != inactive {
		t.Errorf("an app that is not named: %s", got.Body)
	}
}

// What is asked of the engine.
func TestIntrospectReads(t *testing.T) {
	addr := netip.MustParseAddr
	const path = "/oauth/introspect"
	for _, tt := range []struct {
		name string
		r    *http.Request
		want engine.Request
	}{
		{"a token", form(path, "token", "kw_x"), engine.Request{Credential: "kw_x", Channel: "rest", Login: true}},
		{"nothing", form(path), engine.Request{Channel: "rest", Login: true}},
		{"two tokens", form(path, "token", "kw_x", "token", "kw_y"), engine.Request{Credential: "several credentials", Channel: "rest", Login: true}},
		{"a pair", form(path, "token", "s:3cret", "username", "Ulla"), engine.Request{Credential: "s:3cret", Username: "Ulla", Channel: "rest", Login: true}},
		{"a pair in the token", form(path, "token", "Ulla:s:3cret"), engine.Request{Credential: "s:3cret", Username: "Ulla", Channel: "rest", Login: true}},
		{"a colon in a key", form(path, "token", "kw_x:y"), engine.Request{Credential: "kw_x:y", Channel: "rest", Login: true}},
		{"a call by name", form(path, "token", "kw_x", "api", "ping", "app", "sales"), engine.Request{Credential: "kw_x", Channel: "rest", API: "ping", App: "sales"}},
		{"a call", form(path, "token", "kw_x", "method", "get", "path", "/a%20b?c", "channel", "http"), engine.Request{Credential: "kw_x", Channel: "http", Method: "GET", Path: "/a b"}},
		{"a call that is ambiguous", form(path, "token", "kw_x", "method", "GET", "path", "/a/../b"), engine.Request{Credential: "kw_x", Channel: "rest", Method: "GET", PathAmbiguous: true}},
		{"a method alone", form(path, "token", "kw_x", "method", "GET"), engine.Request{Credential: "kw_x", Channel: "rest", Method: "GET", PathAmbiguous: true}},
		{"options hold", form(path+"/channel=email/api=mail/app=a", "token", "kw_x", "channel", "rest", "api", "ping", "app", "b"), engine.Request{Credential: "kw_x", Channel: "email", API: "mail", App: "a"}},
		{"an address", form(path, "client_ip", "::ffff:192.0.2.1"), engine.Request{Channel: "rest", Login: true, IP: addr("192.0.2.1")}},
		{"no address", form(path, "client_ip", "192.0.2.1:80x"), engine.Request{Channel: "rest", Login: true}},
		{"a header for the address", headed(form(path+"/ip=X-Client", "client_ip", "192.0.2.9"), "X-Client", "192.0.2.1:4711"), engine.Request{Channel: "rest", Login: true, IP: addr("192.0.2.1")}},
		{"a header for an address of IPv6", headed(form(path+"/ip=X-Client"), "X-Client", "[2001:db8::1]:4711"), engine.Request{Channel: "rest", Login: true, IP: addr("2001:db8::1")}},
		{"a header for a bare address", headed(form(path+"/ip=X-Client"), "X-Client", "2001:db8::1"), engine.Request{Channel: "rest", Login: true, IP: addr("2001:db8::1")}},
		{"two headers for the address", headed(form(path+"/ip=X-Client"), "X-Client", "192.0.2.1", "X-Client", "192.0.2.2"), engine.Request{Channel: "rest", Login: true}},
		{"a header that no option names", headed(form(path), "X-Dovecot-Auth-Remote", "192.0.2.1:1", "X-Forwarded-For", "192.0.2.1"), engine.Request{Channel: "rest", Login: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &spy{answer: engine.Decision{Reason: engine.KeyUnknown}}
			if got := ask(s.server(), tt.r); got.Code != 200 || got.Body.String() != inactive {
				t.Errorf("%d %s", got.Code, got.Body)
			}
			if diff := cmp.Diff(tt.want, s.asked, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func headed(r *http.Request, pairs ...string) *http.Request {
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Header.Add(pairs[i], pairs[i+1])
	}
	return r
}

// What cannot be read is no decision.
func TestIntrospectRefuses(t *testing.T) {
	w := newFixture(t)
	h := w.server()
	key := w.key["good"]
	get := httptest.NewRequest(http.MethodGet, "/oauth/introspect?token="+key, nil)
	broken := httptest.NewRequest(http.MethodPost, "/oauth/introspect", strings.NewReader("token=%zz"))
	for _, tt := range []struct {
		name   string
		r      *http.Request
		status int
	}{
		{"GET", get, 405},
		{"broken form", broken, 400},
		{"an address twice", introspection("token", key, "client_ip", insider, "client_ip", insider), 400},
		{"an API twice", introspection("token", key, "api", "ping", "api", "ping"), 400},
		{"unknown channel", introspection("token", key, "channel", "fax"), 400},
		{"unknown option", form("/oauth/introspect/plugin=x", "token", key), 404},
		{"an option twice", form("/oauth/introspect/api=ping/api=any", "token", key), 404},
		{"too much", introspection("token", strings.Repeat("x", 20<<10)), 413},
	} {
		if got := ask(h, tt.r); got.Code != tt.status || strings.Contains(got.Body.String(), "active") {
			t.Errorf("%s: %d %s", tt.name, got.Code, got.Body)
		}
	}
	if got := ask((&spy{panics: "broken"}).server(), introspection("token", key)); got.Code != 503 || strings.Contains(got.Body.String(), "active") {
		t.Errorf("a fault: %d %s", got.Code, got.Body)
	}
}

// OAuth clients say who they are in ways of their own.
func TestIntrospectCallers(t *testing.T) {
	w := newFixture(t)
	for _, tt := range []struct {
		name   string
		change func(*gate.Config)
		peer   string
		header []string
		want   bool
	}{
		{"open", func(*gate.Config) {}, "203.0.113.1:1", nil, true},
		{"nothing", withToken, "127.0.0.1:1", nil, false},
		{"own header", withToken, "203.0.113.1:1", []string{"X-Keywicket-Token", gateToken}, true},
		{"Basic", withToken, "203.0.113.1:1", []string{"Authorization", basic("dovecot", gateToken)}, true},
		{"Bearer", withToken, "203.0.113.1:1", []string{"Authorization", "Bearer " + gateToken}, true},
		{"wrong Basic", withToken, "203.0.113.1:1", []string{"Authorization", basic(gateToken, "x")}, false},
		{"wrong Bearer", withToken, "203.0.113.1:1", []string{"Authorization", "Bearer x"}, false},
		{"twice", withToken, "203.0.113.1:1", []string{"Authorization", "Bearer " + gateToken, "Authorization", "Bearer " + gateToken}, false},
		{"the header counts", withToken, "203.0.113.1:1", []string{"Authorization", "Bearer " + gateToken, "X-Keywicket-Token", "x"}, false},
		{"allowed address", allowing("203.0.113.0/24"), "203.0.113.1:1", nil, true},
		{"other address", allowing("203.0.113.0/24"), "192.0.2.1:1", nil, false},
	} {
		for _, path := range []string{"/oauth/introspect", "/auth/dovecot"} {
			r := headed(form(path, "token", w.key["good"], "grant_type", "password", "password", w.key["good"]), tt.header...)
			got := askFrom(w.server(tt.change), r, tt.peer)
			if in := got.Code != http.StatusUnauthorized; in != tt.want || strings.Contains(got.Body.String(), `"active":true`) && !tt.want {
				t.Errorf("%s, %s: %d %s", tt.name, path, got.Code, got.Body)
			}
			if !tt.want && got.Header().Get("WWW-Authenticate") != `Basic realm="keywicket"` {
				t.Errorf("%s: %q", tt.name, got.Header())
			}
		}
	}
	// The other endpoints take their own header alone: Authorization is the client's there.
	r := headed(endpoints()[0].describe(call{target: "/ping"}), "Authorization", "Bearer "+gateToken)
	if got := ask(w.server(withToken), r); got.Code != 403 || !strings.Contains(got.Body.String(), "caller_denied") {
		t.Errorf("/auth/nginx: %d %s", got.Code, got.Body)
	}
}

func withToken(c *gate.Config) { c.Token = gateToken }

func allowing(prefix string) func(*gate.Config) {
	return func(c *gate.Config) { c.Allow = []netip.Prefix{netip.MustParsePrefix(prefix)} }
}

// The questions that RFC 7662 and the callers' documentation show.
func TestIntrospectReplay(t *testing.T) {
	w := newFixture(t)
	w.mailKeys()
	h := w.server(withToken)
	for _, tt := range []struct {
		name   string
		path   string
		header []string
		body   string
	}{
		{"RFC 7662", "", []string{"Accept", "application/json", "Authorization", "Bearer " + gateToken}, "token=" + w.key["good"] + "&token_type_hint=access_token"},
		{"Dovecot", "/channel=email/ip=X-Dovecot-Auth-Remote", []string{
			"Authorization", basic("dovecot", gateToken), "X-Dovecot-Auth-Service", "imap", "X-Dovecot-Auth-Local", "127.0.0.1:143",
			"X-Dovecot-Auth-Remote", insider + ":48777", "User-Agent", "dovecot-oauth2-passdb/2.3.19.1",
		}, "token=" + w.key["mail listed"] + "&client_id=&client_secret="},
		{"Ory Oathkeeper", "", []string{"X-Keywicket-Token", gateToken, "X-Forwarded-Proto", "http"}, "token=" + w.key["good"]},
		{"APISIX", "", []string{"Authorization", basic("apisix", gateToken)}, "token=" + w.key["good"] + "&token_type_hint=access_token"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/oauth/introspect"+tt.path, strings.NewReader(tt.body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		got := ask(h, headed(r, tt.header...))
		if got.Code != 200 || !strings.Contains(got.Body.String(), `"active":true`) {
			t.Errorf("%s: %d %s", tt.name, got.Code, got.Body)
		}
	}
}

// Introspection counts, and takes quota, like any decision.
func TestIntrospectCounts(t *testing.T) {
	w := newFixture(t)
	h := w.server()
	for i, want := range []bool{true, true, false, false} {
		got := ask(h, introspection("token", w.key["twice an hour"], "client_ip", "192.0.2.1"))
		if strings.Contains(got.Body.String(), `"active":true`) != want {
			t.Errorf("question %d: %s", i+1, got.Body)
		}
	}
	ask(h, introspection("token", unknownKey(t)))
	counted := map[string]int64{}
	for _, d := range w.usage.Drain().Days {
		counted[d.Reason] += d.Count
	}
	if diff := cmp.Diff(map[string]int64{"allowed": 2, "rate_limited": 2, "key_unknown": 1}, counted); diff != "" {
		t.Error(diff)
	}
	if log := w.log.String(); strings.Contains(log, w.key["twice an hour"]) {
		t.Error("the token is in the log")
	}
}

// What Dovecot's password grant asks and is answered.
func TestDovecotGrant(t *testing.T) {
	grant := func(rest string, pairs ...string) *http.Request {
		return headed(form("/auth/dovecot"+rest, append([]string{"grant_type", "password", "client_id", "dovecot", "client_secret", "", "scope", "email"}, pairs...)...),
			"X-Dovecot-Auth-Remote", "192.0.2.1:4711")
	}
	s := &spy{answer: engine.Decision{Reason: engine.KeyUnknown}}
	got := ask(s.server(), grant("", "username", "Ulla", "password", "s3cret", "client_ip", insider))
	want := engine.Request{Username: "Ulla", Credential: "s3cret", Channel: models.ChannelEmail, Login: true, IP: netip.MustParseAddr("192.0.2.1")}
	if diff := cmp.Diff(want, s.asked, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if got.Code != 400 || got.Body.String() != `{"error":"invalid_grant"}` {
		t.Errorf("denied: %d %s", got.Code, got.Body)
	}
	for name, bad := range map[string]*http.Request{
		"another grant": form("/auth/dovecot", "grant_type", "client_credentials"),
		"two users":     grant("", "username", "a", "username", "b", "password", "x"),
		"two passwords": grant("", "username", "a", "password", "x", "password", "y"),
	} {
		if got := ask(s.server(), bad); got.Code != 400 || got.Body.String() != `{"error":"invalid_request"}` {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	w := newFixture(t)
	w.mailKeys()
	// A token has no user name: the mailbox of its own Sid, whatever was said.
	got = ask(w.server(), grant("", "username", "ulla", "password", w.key["mail"]))
	if got.Code != 200 || !strings.Contains(got.Body.String(), `"username":"`+w.sid["mail"]+`"`) || strings.Contains(got.Body.String(), w.key["mail"]) {
		t.Errorf("allowed: %d %s", got.Code, got.Body)
	}
	// Another service of Dovecot's, by an option.
	got = ask(w.server(), grant("/channel=http", "username", "ulla", "password", w.key["http"]))
	if got.Code != 200 {
		t.Errorf("by an option: %d %s", got.Code, got.Body)
	}
}
