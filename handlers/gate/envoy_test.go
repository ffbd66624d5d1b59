package gate_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"keywicket/models/engine"
)

// Where the options end and the client's target begins, whatever the client
// writes.
func TestEnvoyTarget(t *testing.T) {
	for requestURI, want := range map[string]engine.Request{
		"/auth/envoy/-/ping":                             {Channel: "rest", Path: "/ping"},
		"/auth/envoy/-/ping?x=/-/y":                      {Channel: "rest", Path: "/ping"},
		"/auth/envoy/-/-/ping":                           {Channel: "rest", Path: "/-/ping"},
		"/auth/envoy/channel=http/-/ping":                {Channel: "http", Path: "/ping"},
		"/auth/envoy/channel=http/-/channel=ftp/-/ping":  {Channel: "http", Path: "/channel=ftp/-/ping"},
		"/auth/envoy/-/channel=http/ping":                {Channel: "rest", Path: "/channel=http/ping"},
		"/auth/envoy/-//ping":                            {Channel: "rest", PathAmbiguous: true},
		"/auth/envoy/-/x%2f..%2fping":                    {Channel: "rest", PathAmbiguous: true},
		"/auth/envoy/-/auth/envoy/-/ping":                {Channel: "rest", Path: "/auth/envoy/-/ping"},
		"/auth/envoy/-?x":                                {Channel: "rest", PathAmbiguous: true},
		"/auth/envoy/plugin=X-Plugin/channel=http/-/p?q": {Channel: "http", Path: "/p"},
	} {
		s := &spy{}
		r := call{target: "/x"}.toEnvoy()
		r.URL.Path, r.RequestURI = requestURI, requestURI
		ask(s.server(), r)
		got := s.asked
		if got.Channel != want.Channel || got.Path != want.Path || got.PathAmbiguous != want.PathAmbiguous || got.Method != "GET" {
			t.Errorf("%s: %+v", requestURI, got)
		}
	}
	for _, requestURI := range []string{
		"/auth/envoy", "/auth/envoy/", "/auth/envoy/ping", "/auth/envoy?/-/ping", "/auth/envoy/ping?/-/ping", "/auth/envoy/-ping", "/auth/envoyx/-/ping",
		"/auth/envoy/-", "/auth/envoy/channel=fax/-/ping", "/auth/envoy/body=X/-/x/-/ping%", "http://h/auth/envoy/-/ping",
		"/auth/envoy/ping/-/ping", "/auth/%65nvoy/-/ping", "//auth/envoy/-/ping",
	} {
		s := &spy{}
		r := call{target: "/x"}.toEnvoy()
		r.URL.Path, r.RequestURI = requestURI, requestURI
		got := ask(s.server(), r)
		if strings.HasPrefix(requestURI, "/auth/envoy/body=") {
			continue // an option that means nothing here, and no harm
		}
		if got.Code == 200 || s.asked.Channel != "" {
			t.Errorf("%s: %d, asked %+v", requestURI, got.Code, s.asked)
		}
	}
}

// The question of Envoy's documentation, over a connection, and what Envoy
// takes as allowed: 200 alone, with a length of nothing.
func TestEnvoyReplay(t *testing.T) {
	w := newFixture(t)
	addr := w.listen()
	ask := func(method, target, body string, headers ...string) reply {
		headers = append([]string{"X-Envoy-Internal: true", "X-Forwarded-For: " + insider + ",127.0.0.1", "X-Envoy-Expected-Rq-Timeout-Ms: 200"}, headers...)
		if body == "" {
			headers = append(headers, "Content-Length: 0")
		}
		return call{method: method, target: "/auth/envoy/-" + target, headers: headers, body: body}.send(t, addr)
	}
	key := "Authorization: Bearer " + w.key["listed"]
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"} {
		got := ask(method, "/any?x=1", "", key)
		if got.status != 200 || got.body != "" || got.header.Get("Content-Length") != "0" {
			t.Errorf("%s: %d %q", method, got.status, got.body)
		}
		for _, name := range identity() {
			if len(got.header.Values(name)) != 1 {
				t.Errorf("%s: %q", name, got.header.Values(name))
			}
		}
		checkRealDenied(t, engine.APIUnknown, ask(method, "/nowhere", "", key))
	}
	// with_request_body: the body, whole or cut.
	body := `{"app_id":"sales"}`
	some := "Authorization: Bearer " + w.key["sales only"]
	if got := ask("POST", "/in/body", body, some, jsonType); got.status != 200 || got.header.Get("X-Keywicket-App") != "sales" {
		t.Errorf("body: %d %s", got.status, got.body)
	}
	if got := ask("POST", "/in/body", body, some, jsonType, "X-Envoy-Auth-Partial-Body: false"); got.status != 200 {
		t.Errorf("whole body: %d %s", got.status, got.body)
	}
	checkRealDenied(t, engine.AppUndetermined, ask("POST", "/in/body", body, some, jsonType, "X-Envoy-Auth-Partial-Body: true"))
	checkRealDenied(t, engine.AppUndetermined, ask("POST", "/in/body", "", some))
}

// The client is the last in X-Forwarded-For that is no proxy; Envoy puts its
// own address behind it.
func TestEnvoyClientIP(t *testing.T) {
	for header, want := range map[string]string{
		"9.9.9.9, 1.2.3.4":             "1.2.3.4",
		"9.9.9.9, 1.2.3.4,10.0.0.1":    "1.2.3.4",
		"127.0.0.7, 1.2.3.4, 10.0.0.1": "1.2.3.4",
		"rubbish":                      "invalid IP",
		"":                             "invalid IP",
	} {
		s := &spy{}
		r := call{target: "/ping"}.toEnvoy()
		r.Header = http.Header{"X-Forwarded-For": {header}, "X-Envoy-External-Address": {insider}, "X-Real-Ip": {insider}}
		ask(s.server(trusting("10.0.0.0/8")), r)
		if s.asked.IP.String() != want {
			t.Errorf("%q: %s, want %s", header, s.asked.IP, want)
		}
	}
	s := &spy{}
	r := call{target: "/ping"}.toEnvoy()
	r.Header.Del("X-Forwarded-For")
	if ask(s.server(), r); s.asked.IP != (netip.Addr{}) {
		t.Errorf("no header: %s", s.asked.IP)
	}
}
