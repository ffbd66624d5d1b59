package gate_test

import (
	"encoding/base64"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keywicket/models"
	"keywicket/models/engine"
)

// seenBy returns what the engine is asked for a call behind an endpoint.
func seenBy(e endpoint, c call, options string) (engine.Request, int) {
	s := &spy{}
	r := e.with(e.describe(c), options)
	got := ask(s.server(), r)
	return s.asked, got.Code
}

func TestCredential(t *testing.T) {
	const a, b = "kw_a", "kw_b"
	const several = "several credentials"
	tests := []struct {
		name    string
		headers []string
		query   string
		want    string
		user    string
		byQuery bool
	}{
		{name: "none"},
		{name: "bearer", headers: []string{"Authorization: Bearer " + a}, want: a},
		{name: "scheme in other case", headers: []string{"authorization: bEARER  " + a}, want: a},
		{name: "bearer with nothing", headers: []string{"Authorization: Bearer"}},
		{name: "bearer with a space inside", headers: []string{"Authorization: Bearer kw_a x"}, want: "kw_a x"},
		{name: "another scheme", headers: []string{"Authorization: Digest " + a}},
		{name: "no scheme", headers: []string{"Authorization: " + a}},
		{name: "header", headers: []string{"X-API-Key: " + a}, want: a},
		{name: "password", headers: []string{"Authorization: " + basic("me", a)}, want: a, user: "me"},
		{name: "password with a colon", headers: []string{"Authorization: " + basic("me", "x:y")}, want: "x:y", user: "me"},
		{name: "user name", headers: []string{"Authorization: " + basic(a, "")}, want: a},
		{name: "user name without a colon", headers: []string{"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(a))}, want: a},
		{name: "no base64", headers: []string{"Authorization: Basic %%%"}, want: "%%%"},
		{name: "query", query: "x=1&api_key=" + a, want: a, byQuery: true},
		{name: "query, encoded", query: "%61pi_key=kw%5Fa", want: a, byQuery: true},
		{name: "query in other case", query: "API_KEY=" + a},
		{name: "query that does not parse", query: "api_key=" + a + "&%zz"},
		{name: "query with a semicolon", query: "api_key=" + a + ";x"},
		{name: "query, twice", query: "api_key=" + a + "&api_key=" + a, want: several, byQuery: true},
		{name: "query, empty", query: "api_key="},
		{name: "the same twice", headers: []string{"Authorization: Bearer " + a, "X-API-Key: " + a}, query: "api_key=" + a, want: a},
		{name: "two keys", headers: []string{"Authorization: Bearer " + a, "X-API-Key: " + b}, want: several},
		{name: "two keys, one in the query", headers: []string{"X-API-Key: " + a}, query: "api_key=" + b, want: several},
		{name: "header line twice", headers: []string{"Authorization: Bearer " + a, "Authorization: Bearer " + a}, want: several},
		{name: "X-API-Key line twice", headers: []string{"X-API-Key: " + a, "X-API-Key: "}, want: several},
		{name: "lines joined", headers: []string{"X-API-Key: " + a + ", " + b}, want: a + ", " + b},
		{name: "a token of the upstream's and a key", headers: []string{"Authorization: Bearer eyJ.x.y", "X-API-Key: " + a}, want: a},
		{name: "a key and somebody's header", headers: []string{"Authorization: Bearer " + a, "X-API-Key: other"}, want: a},
		{name: "pair in two headers", headers: []string{"X-API-Key: me", "X-API-Secret: pass word"}, want: "pass word", user: "me"},
		{name: "pair, generated", headers: []string{"X-API-Key: kwu_a", "X-API-Secret: kws_a"}, want: "kws_a", user: "kwu_a"},
		{name: "pair twice", headers: []string{"X-API-Key: ME", "X-API-Secret: x:y", "Authorization: " + basic("me", "x:y")}, want: "x:y", user: "me"},
		{name: "two pairs", headers: []string{"X-API-Key: me", "X-API-Secret: x", "Authorization: " + basic("me", "y")}, want: several},
		{name: "two user names", headers: []string{"X-API-Key: me", "X-API-Secret: x", "Authorization: " + basic("you", "x")}, want: several},
		{name: "a pair beside a bearer of the upstream's", headers: []string{"X-API-Key: me", "X-API-Secret: x", "Authorization: Bearer eyJ"}, want: "x", user: "me"},
		{name: "a token beside the upstream's pair", headers: []string{"Authorization: " + basic("me", "x"), "X-API-Key: " + a}, want: a},
		{name: "a token in the place of the secret", headers: []string{"X-API-Key: me", "X-API-Secret: " + a}, want: a, user: "me"},
		{name: "a secret alone", headers: []string{"X-API-Secret: x"}},
		{name: "an empty secret", headers: []string{"X-API-Key: " + a, "X-API-Secret: "}, want: a},
		{name: "secret line twice", headers: []string{"X-API-Key: me", "X-API-Secret: x", "X-API-Secret: x"}, want: several},
		{name: "a token of the upstream's alone", headers: []string{"Authorization: Bearer eyJ.x.y"}, want: "eyJ.x.y"},
	}
	for _, tt := range tests {
		for _, e := range endpoints() {
			t.Run(tt.name+" "+e.name, func(t *testing.T) {
				got, _ := seenBy(e, call{target: "/ping?" + tt.query, headers: tt.headers}, "")
				if got.Credential != tt.want || got.Username != tt.user || got.FromQuery != tt.byQuery {
					t.Errorf("credential %q, user %q, from query %v", got.Credential, got.Username, got.FromQuery)
				}
			})
		}
	}
}

func TestSeveralCredentialsAreMalformed(t *testing.T) {
	w := newFixture(t)
	for _, e := range endpoints() {
		got := ask(w.server(), e.describe(call{target: "/ping", key: w.key["good"], headers: []string{"X-API-Key: " + w.key["名字 & co"]}}))
		if got.Code != 401 || got.Header().Get("X-Keywicket-Reason") != "key_malformed" {
			t.Errorf("%s: %d %s", e.name, got.Code, got.Header().Get("X-Keywicket-Reason"))
		}
	}
}

// The other family's headers, and what else clients forge, change nothing of
// what the engine is asked.
func TestOtherFamilyIsNotRead(t *testing.T) {
	families := map[string][]string{
		"nginx":     {"X-Forwarded-Uri: /ping", "X-Forwarded-Method: GET", "X-Forwarded-For: 127.0.0.7", "X-Forwarded-Host: h"},
		"forwarded": {"X-Original-URI: /ping", "X-Original-Method: GET", "X-Real-IP: 127.0.0.7"},
		"haproxy":   {"X-Forwarded-Uri: /ping", "X-Forwarded-Method: GET", "X-Forwarded-For: 127.0.0.7", "X-Forwarded-Host: h"},
		"envoy": {
			"X-Forwarded-Uri: /ping", "X-Forwarded-Method: GET", "X-Original-URI: /ping", "X-Original-Method: GET", "X-Real-IP: 127.0.0.7",
			"X-Envoy-Original-Path: /ping", "X-Envoy-External-Address: 127.0.0.7", "X-Envoy-Original-Method: GET",
		},
	}
	always := []string{
		"X-Original-URL: http://h/ping", "Forwarded: for=127.0.0.7", "X-Rewrite-URL: /ping", "Client-IP: 127.0.0.7",
		"X-HTTP-Method-Override: GET", "X-Keywicket-Key: forged", "X-Keywicket-Body: {}", "X-Keywicket-App: sales",
	}
	for _, e := range endpoints() {
		c := call{method: "DELETE", target: "/any?x", key: "kw_a"}
		want, _ := seenBy(e, c, "")
		c.headers = append(families[e.name], always...)
		got, _ := seenBy(e, c, "")
		want.AppLookup, got.AppLookup = nil, nil
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
			t.Errorf("%s: %s", e.name, diff)
		}
		if want.Method != "DELETE" || want.Path != "/any" || want.IP != netip.MustParseAddr(outsider) {
			t.Errorf("%s: asked %+v", e.name, want)
		}
	}
}

// The other family alone describes nothing.
func TestOtherFamilyAlone(t *testing.T) {
	w := newFixture(t)
	both := endpoints()[:2]
	for i, e := range both {
		r := both[1-i].describe(call{target: "/ping", key: w.key["good"]})
		r.URL.Path = e.path
		got := ask(w.server(), r)
		if got.Code != 403 || got.Header().Get("X-Keywicket-Reason") != "proxy_headers" {
			t.Errorf("%s: %d %s", e.name, got.Code, got.Body)
		}
	}
}

func TestRepeatedProxyHeaders(t *testing.T) {
	w := newFixture(t)
	repeated := map[string][]string{
		"nginx":     {"X-Original-Uri", "X-Original-Method", "X-Real-Ip"},
		"forwarded": {"X-Forwarded-Uri", "X-Forwarded-Method"},
		"haproxy":   {"X-Original-Uri", "X-Original-Method", "X-Real-Ip"},
	}
	for _, e := range endpoints() {
		for _, name := range repeated[e.name] {
			r := e.describe(call{target: "/ping", key: w.key["good"]})
			r.Header.Add(name, r.Header.Get(name))
			got := ask(w.server(), r)
			if got.Code != 403 || got.Header().Get("X-Keywicket-Reason") != "proxy_headers" || !strings.Contains(w.log.String(), "each of its headers once") {
				t.Errorf("%s twice: %d %s", name, got.Code, got.Body)
			}
			for _, id := range identity() {
				if v, there := got.Header()[id]; !there || v[0] != "" {
					t.Errorf("%s twice: %s is %q", name, id, v)
				}
			}
		}
	}
}

func TestClientIP(t *testing.T) {
	rubbish := []string{"", "rubbish", "1.2.3", "01.2.3.4", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "0x1.2.3.4", "1.2.3.4 5.6.7.8", "unknown"}
	nginx, forwarded := endpoints()[0], endpoints()[1]
	ipOf := func(e endpoint, header string, values ...string) netip.Addr {
		s := &spy{}
		r := e.describe(call{target: "/ping"})
		r.Header[header] = values
		ask(s.server(trusting("10.0.0.0/8", "fd00::/8", "::ffff:11.0.0.0/104")), r)
		return s.asked.IP
	}
	for _, v := range rubbish {
		if got := ipOf(nginx, "X-Real-Ip", v); got.IsValid() {
			t.Errorf("X-Real-IP %q: %s", v, got)
		}
		if got := ipOf(forwarded, "X-Forwarded-For", "1.2.3.4, "+v); got.IsValid() {
			t.Errorf("X-Forwarded-For %q: %s", v, got)
		}
	}
	if got := ipOf(nginx, "X-Real-Ip"); got.IsValid() {
		t.Errorf("no X-Real-IP: %s", got)
	}
	if got := ipOf(forwarded, "X-Forwarded-For"); got.IsValid() {
		t.Errorf("no X-Forwarded-For: %s", got)
	}
	for v, want := range map[string]string{"1.2.3.4": "1.2.3.4", "::ffff:1.2.3.4": "1.2.3.4", "2001:db8::1": "2001:db8::1", "10.0.0.1": "10.0.0.1"} {
		if got := ipOf(nginx, "X-Real-Ip", v); got.String() != want {
			t.Errorf("X-Real-IP %q: %s", v, got)
		}
	}
	for v, want := range map[string]string{
		"1.2.3.4":                      "1.2.3.4",
		"9.9.9.9, 1.2.3.4":             "1.2.3.4",
		"9.9.9.9, 1.2.3.4, 10.0.0.1":   "1.2.3.4",
		"9.9.9.9,1.2.3.4,10.1.1.1,::1": "1.2.3.4",
		"rubbish, 1.2.3.4, 10.0.0.1":   "1.2.3.4",
		"1.2.3.4, ::ffff:10.0.0.1":     "1.2.3.4",
		"1.2.3.4, fd00::1":             "1.2.3.4",
		"1.2.3.4, 11.2.3.4":            "1.2.3.4",
		"127.0.0.7, 10.0.0.1":          "127.0.0.7",
	} {
		if got := ipOf(forwarded, "X-Forwarded-For", v); got.String() != want {
			t.Errorf("X-Forwarded-For %q: %s, want %s", v, got, want)
		}
	}
	if got := ipOf(forwarded, "X-Forwarded-For", "9.9.9.9", "1.2.3.4"); got.String() != "1.2.3.4" {
		t.Errorf("X-Forwarded-For in two lines: %s", got)
	}
}

// A proxy that does not send the client's address is named in the log, once for
// each endpoint.
func TestProxyWithoutTheClientsAddress(t *testing.T) {
	w := newFixture(t)
	h := w.server()
	for range 3 {
		for _, e := range endpoints() {
			r := e.describe(call{target: "/ping", key: w.key["good"]})
			r.Header.Del("X-Real-Ip")
			r.Header.Del("X-Forwarded-For")
			if got := ask(h, r); got.Code != 200 {
				t.Errorf("%s: %d %s", e.name, got.Code, got.Body)
			}
		}
	}
	for _, e := range endpoints() {
		if n := strings.Count(w.log.String(), `so that no IP Whitelist holds it: have it set the header","endpoint":"`+e.path+`"`); n != 1 {
			t.Errorf("%s: the log says it %d times", e.name, n)
		}
	}
}

func TestUnknownAddressIsInNoWhitelist(t *testing.T) {
	w := newFixture(t)
	for _, e := range endpoints() {
		for from, want := range map[string]string{insider: "allowed", "::ffff:" + insider: "allowed", "rubbish": "ip_denied", "::1": "ip_denied"} {
			got := ask(w.server(), e.describe(call{target: "/ping", key: w.key["listed"], from: from}))
			if got.Header().Get("X-Keywicket-Reason") != want {
				t.Errorf("%s from %s: %s", e.name, from, got.Header().Get("X-Keywicket-Reason"))
			}
		}
	}
}

func TestUntrustedPeer(t *testing.T) {
	w := newFixture(t)
	for _, e := range endpoints() {
		for peer, trusted := range map[string]bool{
			"127.0.0.1:1": true, "[::1]:1": true, "[::ffff:127.0.0.1]:1": true, "192.0.2.7:1": true, "[::ffff:192.0.2.7]:1": true,
			"192.0.3.7:1": false, "[2001:db8::1]:1": false, "": false, "@": false, "127.0.0.1": false,
		} {
			h := w.server(trusting("192.0.2.0/24"))
			r := e.describe(call{target: "/ping", key: w.key["good"]})
			got := askFrom(h, r, peer)
			if reason := got.Header().Get("X-Keywicket-Reason"); (reason == "allowed") != trusted || !trusted && (got.Code != 403 || reason != "proxy_untrusted") {
				t.Errorf("%s from %q: %d %s", e.name, peer, got.Code, reason)
			}
		}
	}
	if !strings.Contains(w.log.String(), "--trusted-proxies") {
		t.Error("the log does not say what to do")
	}
}

func TestOptions(t *testing.T) {
	for _, e := range endpoints() {
		got, _ := seenBy(e, call{target: "/ping", headers: []string{"X-From-Plugin: yes"}}, "/channel=http/plugin=X-From-Plugin")
		if got.Channel != models.ChannelHTTP || !got.Plugin || got.PluginID != "yes" {
			t.Errorf("%s: %+v", e.name, got)
		}
		for _, odd := range [][]string{{"X-From-Plugin: form event"}, {"X-From-Plugin: a", "X-From-Plugin: b"}, {"X-From-Plugin: " + strings.Repeat("x", 65)}} {
			if got, _ := seenBy(e, call{target: "/ping", headers: odd}, "/plugin=X-From-Plugin"); !got.Plugin || got.PluginID != "" {
				t.Errorf("%s with %.40q: %+v", e.name, odd, got)
			}
		}
		got, _ = seenBy(e, call{target: "/ping"}, "/plugin=X-From-Plugin/")
		if got.Channel != models.ChannelREST || got.Plugin {
			t.Errorf("%s without options: %+v", e.name, got)
		}
		for _, bad := range []string{"/x", "/channel=", "/channel=x", "/channel=http/channel=rest", "/body=", "/plugin"} {
			if _, status := seenBy(e, call{target: "/ping"}, bad); status != 404 {
				t.Errorf("%s%s: status %d", e.name, bad, status)
			}
		}
	}
}

// Caddy keeps the client's own query on the question that it asks.
func TestTheEndpointsQueryMeansNothing(t *testing.T) {
	for _, e := range endpoints() {
		s := &spy{}
		r := e.describe(call{target: "/ping", headers: []string{"X-Evil: 1"}})
		r.URL.RawQuery = "channel=http&plugin=X-Evil&body=X-Evil&api_key=kw_a"
		ask(s.server(), r)
		if s.asked.Channel != models.ChannelREST || s.asked.Plugin || s.asked.Credential != "" {
			t.Errorf("%s: %+v", e.name, s.asked)
		}
	}
}
