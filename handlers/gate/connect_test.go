package gate_test

import (
	"strings"
	"testing"

	"keywicket/web/webtest"
)

// A caller that opens a tunnel gets one refusal from every endpoint, and what it
// sends behind the CONNECT is answered by nobody.
func TestConnectIsRefused(t *testing.T) {
	w := newFixture(t)
	addr := w.listen()
	allowed := "\r\nX-Original-Method: GET\r\nX-Original-Uri: /ping\r\nAuthorization: Bearer " + w.key["good"] + "\r\n"
	second := "GET /auth/nginx HTTP/1.1\r\nHost: h\r\nConnection: close" + allowed + "\r\n"
	if got := webtest.Raw(t, addr, second); !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Fatalf("the second request alone: %q", got)
	}
	for _, path := range []string{"/auth/nginx", "/auth/envoy/-/ping", "/healthz", "/nothing"} {
		first := "CONNECT " + path + " HTTP/1.1\r\nHost: h" + allowed + "\r\n"
		got := webtest.Raw(t, addr, first+second)
		if !strings.Contains(got, " 405 ") || strings.Count(got, "HTTP/1.") != 1 || strings.Contains(got, "X-Keywicket") {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// The method that a proxy reports is data, whichever it is.
func TestConnectInAHeaderIsData(t *testing.T) {
	for _, e := range endpoints()[:3] {
		s := &spy{}
		ask(s.server(), e.describe(call{method: "CONNECT", target: "/ping", key: "kw_x"}))
		if s.asked.Method != "CONNECT" || s.asked.Path != "/ping" {
			t.Errorf("%s: judged as %q %q", e.name, s.asked.Method, s.asked.Path)
		}
	}
}
