package gate_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"keywicket/handlers/gate"
	"keywicket/models/engine"
)

type gateConfig = gate.Config

const gateToken = "0123456789abcdef0123456789abcdef"

func TestCheckExposure(t *testing.T) {
	some := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tt := range []struct {
		listen, token string
		allow         []netip.Prefix
		want          error
	}{
		{"127.0.0.1:8081", "", nil, nil},
		{"127.9.9.9:0", "", nil, nil},
		{"[::1]:8081", "", nil, nil},
		{"[::ffff:127.0.0.1]:8081", "", nil, nil},
		{"localhost:8081", "", nil, nil},
		{":8081", "", nil, gate.ErrExposed},
		{"0.0.0.0:8081", "", nil, gate.ErrExposed},
		{"[::]:8081", "", nil, gate.ErrExposed},
		{"10.0.0.1:8081", "", nil, gate.ErrExposed},
		{"gate.example.com:8081", "", nil, gate.ErrExposed},
		{"rubbish", "", nil, gate.ErrExposed},
		{"0.0.0.0:8081", gateToken, nil, nil},
		{"0.0.0.0:8081", "", some, nil},
		{"0.0.0.0:8081", gateToken, some, nil},
		{"0.0.0.0:8081", "tiny!", some, gate.ErrWeakToken},
		{"127.0.0.1:8081", "tiny!", nil, gate.ErrWeakToken},
	} {
		err := gate.CheckExposure(tt.listen, tt.token, tt.allow)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.listen, err, tt.want)
		}
		if errors.Is(err, gate.ErrExposed) && (!strings.Contains(err.Error(), "--gate-token-file") || !strings.Contains(err.Error(), "--gate-allow")) {
			t.Errorf("%s: %v does not say what to do", tt.listen, err)
		}
		if err != nil && tt.token != "" && strings.Contains(err.Error(), tt.token) {
			t.Errorf("%v tells the token", err)
		}
	}
}

func TestGuard(t *testing.T) {
	w := newFixture(t)
	token := func(c *gate.Config) { c.Token = gateToken }
	allow := func(c *gate.Config) { c.Allow = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }
	for _, tt := range []struct {
		name   string
		change []func(*gate.Config)
		peer   string
		tokens []string
		want   bool
	}{
		{"open", nil, "203.0.113.1:1", nil, true},
		{"token", []func(*gate.Config){token}, "203.0.113.1:1", []string{gateToken}, true},
		{"no token", []func(*gate.Config){token}, "127.0.0.1:1", nil, false},
		{"wrong token", []func(*gate.Config){token}, "127.0.0.1:1", []string{gateToken + "x"}, false},
		{"part of the token", []func(*gate.Config){token}, "127.0.0.1:1", []string{gateToken[:31]}, false},
		{"empty token", []func(*gate.Config){token}, "127.0.0.1:1", []string{""}, false},
		{"two tokens", []func(*gate.Config){token}, "127.0.0.1:1", []string{gateToken, gateToken}, false},
		{"address", []func(*gate.Config){allow}, "192.0.2.9:1", nil, true},
		{"mapped address", []func(*gate.Config){allow}, "[::ffff:192.0.2.9]:1", nil, true},
		{"loopback", []func(*gate.Config){allow}, "127.0.0.1:1", nil, true},
		{"other address", []func(*gate.Config){allow}, "192.0.3.9:1", nil, false},
		{"no address", []func(*gate.Config){allow}, "", nil, false},
		{"both", []func(*gate.Config){allow, token}, "192.0.2.9:1", []string{gateToken}, true},
		{"only the address", []func(*gate.Config){allow, token}, "192.0.2.9:1", nil, false},
		{"only the token", []func(*gate.Config){allow, token}, "192.0.3.9:1", []string{gateToken}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := w.server(tt.change...)
			r := httptest.NewRequest("POST", "/v1/verify", strings.NewReader(`{"api":"ping"}`))
			r.Header["X-Keywicket-Token"] = tt.tokens
			got := askFrom(h, r, tt.peer)
			if (got.Code == 200) != tt.want {
				t.Errorf("verify: %d %s", got.Code, got.Body)
			}
			if !tt.want {
				if p := problemOf(t, got, 403); p.Reason != "caller_denied" {
					t.Errorf("%+v", p)
				}
			}
			for _, path := range []string{"/healthz", "/readyz"} {
				if got := askFrom(h, httptest.NewRequest("GET", path, nil), tt.peer); got.Code != 200 {
					t.Errorf("%s: %d", path, got.Code)
				}
			}
		})
	}
	if strings.Contains(w.log.String(), gateToken[:31]) {
		t.Error("the token is in the log")
	}
}

// The guard lets a proxy in; it does not make it a trusted one.
func TestGuardIsNotTrust(t *testing.T) {
	w := newFixture(t)
	e := endpoints()[0]
	r := e.describe(call{target: "/ping", key: w.key["good"], headers: []string{"X-Keywicket-Token: " + gateToken}})
	got := askFrom(w.server(func(c *gate.Config) { c.Token = gateToken }), r, "203.0.113.1:1")
	if got.Header().Get("X-Keywicket-Reason") != "proxy_untrusted" {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

func TestHealth(t *testing.T) {
	broken := errors.New("no database")
	var fault error
	h := (&spy{}).server(func(c *gate.Config) { c.Ready = func(context.Context) error { return fault } })
	for _, path := range []string{"/healthz", "/readyz"} {
		for _, method := range []string{"GET", "HEAD"} {
			got := ask(h, httptest.NewRequest(method, path, nil))
			if got.Code != 200 || (got.Body.Len() == 0) != (method == "HEAD") {
				t.Errorf("%s %s: %d %q", method, path, got.Code, got.Body)
			}
		}
		problemOf(t, ask(h, httptest.NewRequest("POST", path, nil)), 405)
	}
	fault = broken
	p := problemOf(t, ask(h, httptest.NewRequest("GET", "/readyz", nil)), 503)
	if strings.Contains(p.Detail, "database") {
		t.Errorf("the fault is told: %+v", p)
	}
	if got := ask(h, httptest.NewRequest("GET", "/healthz", nil)); got.Code != 200 {
		t.Errorf("/healthz: %d", got.Code)
	}
}

func TestFault(t *testing.T) {
	w := newFixture(t)
	key := w.key["good"]
	h := w.server(func(c *gate.Config) { c.Engine = &spy{panics: "broken by " + key} })
	for _, e := range endpoints() {
		got := ask(h, e.describe(call{target: "/ping", key: key}))
		if p := problemOf(t, got, 503); p.Reason != "unavailable" {
			t.Errorf("%s: %+v", e.name, p)
		}
		for _, id := range identity() {
			if v, there := got.Header()[id]; !there || v[0] != "" {
				t.Errorf("%s: %s is %q", e.name, id, v)
			}
		}
	}
	problemOf(t, verify(h, question(t, "key", key)), 503)
	if log := w.log.String(); !strings.Contains(log, "gate fault") || strings.Contains(log, key) {
		t.Errorf("log: %s", log)
	}
	defer func() {
		if recover() == nil {
			t.Error("http.ErrAbortHandler was swallowed")
		}
	}()
	verify((&spy{panics: http.ErrAbortHandler}).server(), "{}")
}

// Nothing that a caller sends in secret is in a log, whatever is wrong with it.
func TestLogsHoldNoSecret(t *testing.T) {
	w := newFixture(t)
	h := w.server()
	w.add("planted", withQuery, func(*engine.KeyData) {})
	for _, key := range []string{w.key["planted"], w.key["planted"][:30], unknownKey(t)} {
		for _, e := range endpoints() {
			for _, c := range []call{
				{target: "/ping", key: key},
				{target: "/ping?api_key=" + key},
				{target: "/ping/" + key},
				{target: "/ping", headers: []string{"X-API-Key: " + key}},
				{target: "/ping", headers: []string{"Authorization: " + basic(key, "")}},
				{target: "/in/body", body: key, headers: []string{jsonType}},
				{method: key, target: "/ping"},
				{target: "/ping", headers: []string{"X-Request-Id: " + key}},
			} {
				ask(h, e.describe(c))
			}
			r := e.describe(call{target: "/ping"})
			r.URL.Path = "/" + key
			ask(h, r)
		}
		verify(h, question(t, "key", key))
		verify(h, `{"`+key+`":1}`)
		if log := w.log.String(); strings.Contains(log, key) || strings.Contains(log, key[7:]) || !strings.Contains(log, w.sid["planted"]) {
			t.Errorf("log: %s", log)
		}
	}
}

func TestRequestID(t *testing.T) {
	for sent, kept := range map[string]bool{
		"abc-1_X": true, "01JD7Z4V2M8QK3T9B6W5XHRNCE": true, "5f0c7d3e-9a41-4b7e-8c55-0d1f2a3b4c5d": true, "5f0c7d3e9a414b7e8c550d1f2a3b4c5d": true,
		"": false, "a b": false, "a\nb": false, strings.Repeat("x", 65): false,
		"MBQZ7KXWJ4VDT.RC2PYHNGL5FSA.EU3I6OMBQZ7K": false, "MBQZ7KXWJ4VDTRC2PYHNGL5FSAEU3I6OMBQZ7K": false, "kw_MBQZ7K.XWJ4VDTRC2PYHNGL5FSAEU3I": false,
	} {
		r := httptest.NewRequest("GET", "/healthz", nil)
		r.Header["X-Request-Id"] = []string{sent}
		got := ask((&spy{}).server(), r).Header().Get("X-Request-Id")
		if (got == sent) != kept || got == "" {
			t.Errorf("%q: %q", sent, got)
		}
	}
}

func TestNothingElseIsThere(t *testing.T) {
	w := newFixture(t)
	for _, path := range []string{"/", "/v1", "/v1/verify/", "/auth", "/auth/", "/auth/nginxx", "/auth/envoy", "//auth/nginx", "/./healthz", "/healthz/"} {
		r := endpoints()[0].describe(call{target: "/ping", key: w.key["good"]})
		r.URL.Path = path
		problemOf(t, ask(w.server(), r), 404)
	}
}
