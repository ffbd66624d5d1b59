package web_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"keywicket/models/netaddr"
	"keywicket/views/i18n"
	"keywicket/web"
	"keywicket/web/webtest"
)

func TestClientIP(t *testing.T) {
	proxy := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, tc := range []struct {
		name    string
		trusted []netip.Prefix
		remote  string
		xff     []string
		want    string // "" for unknown
	}{
		{"no proxy is trusted by default", nil, "10.0.0.1:80", []string{"1.2.3.4"}, "10.0.0.1"},
		{"loopback is not trusted by default", nil, "127.0.0.1:80", []string{"1.2.3.4"}, "127.0.0.1"},
		{"a client that is no proxy", proxy, "9.9.9.9:80", []string{"1.2.3.4"}, "9.9.9.9"},
		{"through a proxy", proxy, "10.0.0.1:80", []string{"1.2.3.4"}, "1.2.3.4"},
		{"a forged left end", proxy, "10.0.0.1:80", []string{"6.6.6.6, 1.2.3.4"}, "1.2.3.4"},
		{"a forged first header", proxy, "10.0.0.1:80", []string{"6.6.6.6", "1.2.3.4"}, "1.2.3.4"},
		{"two proxies", proxy, "10.0.0.1:80", []string{"1.2.3.4, 10.9.9.9"}, "1.2.3.4"},
		{"inside the proxies' own net", proxy, "10.0.0.1:80", []string{"10.3.3.3"}, "10.3.3.3"},
		{"no header", proxy, "10.0.0.1:80", nil, ""},
		{"rubbish", proxy, "10.0.0.1:80", []string{"unknown"}, ""},
		{"rubbish left of the client is not read", proxy, "10.0.0.1:80", []string{"<x>, 1.2.3.4"}, "1.2.3.4"},
		{"an empty header", proxy, "10.0.0.1:80", []string{""}, ""},
		{"an address with a port", proxy, "10.0.0.1:80", []string{"1.2.3.4:99"}, ""},
		{"a mapped client", proxy, "10.0.0.1:80", []string{"::ffff:1.2.3.4"}, "1.2.3.4"},
		{"a mapped connection", proxy, "[::ffff:10.0.0.1]:80", []string{"1.2.3.4"}, "1.2.3.4"},
		{"a mapped connection that is no proxy", nil, "[::ffff:9.9.9.9]:80", nil, "9.9.9.9"},
		{"IPv6 with a zone", nil, "[fe80::1%eth0]:80", nil, "fe80::1"},
		{"a zone in the header", proxy, "10.0.0.1:80", []string{"fe80::1%eth0"}, ""},
		{"no address", proxy, "@", []string{"1.2.3.4"}, ""},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.RemoteAddr = tc.remote
		r.Header["X-Forwarded-For"] = tc.xff
		r.Header.Set("X-Real-Ip", "6.6.6.6")
		r.Header.Set("Forwarded", "for=6.6.6.6")
		got := web.ClientIP(r, netaddr.NewSet(tc.trusted...))
		if (tc.want == "") != !got.IsValid() || tc.want != "" && got.String() != tc.want {
			t.Errorf("%s: got %v, want %q", tc.name, got, tc.want)
		}
	}
}

// Handlers, the audit and the log see the client behind the proxy.
func TestAddressOfTheRequest(t *testing.T) {
	for remote, want := range map[string]string{"127.0.0.1:9": "203.0.113.7 203.0.113.7", "192.0.2.1:9": "192.0.2.1 192.0.2.1"} {
		words, err := i18n.New()
		if err != nil {
			t.Fatal(err)
		}
		s, err := web.New(web.Config{
			Store: &memory{}, I18n: words, Log: slog.New(slog.DiscardHandler),
			TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		}, []web.Route{web.Get("/ip", "ip", web.Public(), func(c *web.Context) error {
			return c.String(http.StatusOK, c.Actor.IP+" "+c.RealIP())
		})})
		if err != nil {
			t.Fatal(err)
		}
		c := webtest.New(t, s)
		c.Remote = remote
		c.Header.Set("X-Forwarded-For", "6.6.6.6, 203.0.113.7")
		if p := c.Get("/ip"); p.Body != want {
			t.Errorf("from %s: %q, want %q", remote, p.Body, want)
		}
	}
}

// Behind a proxy that does not say who its clients are, none of them uses up what
// one client may ask, and the log says once what to set.
func TestProxyWithoutForwardedFor(t *testing.T) {
	words, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	s, err := web.New(web.Config{
		Store: &memory{}, I18n: words, Log: slog.New(slog.NewTextHandler(&log, nil)),
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	}, []web.Route{
		web.Get("/healthz", "health", web.Public(), func(c *web.Context) error { return c.String(http.StatusOK, c.Actor.IP) }),
		web.Post("/try", "try", web.Public(), func(c *web.Context) error { return c.String(http.StatusOK, c.Actor.IP) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	c := webtest.New(t, s)
	c.Remote = "127.0.0.1:9"
	if p := c.Get("/healthz"); p.Status != http.StatusOK || strings.Contains(log.String(), "X-Forwarded-For") {
		t.Errorf("a health check: %d, and the log says %s", p.Status, &log)
	}
	for n := range 1000 { // more than three clients may ask at once
		if p := c.Post("/try", nil); p.Status != http.StatusOK || p.Body != "" {
			t.Fatalf("request %d from an unknown client: %d %q", n, p.Status, p.Body)
		}
	}
	if n := strings.Count(log.String(), "sends no X-Forwarded-For"); n != 1 {
		t.Errorf("the log says it %d times", n)
	}
	c.Header.Set("X-Forwarded-For", "203.0.113.7")
	if p := c.Post("/try", nil); p.Body != "203.0.113.7" {
		t.Errorf("with the header: %d %q", p.Status, p.Body)
	}
}
