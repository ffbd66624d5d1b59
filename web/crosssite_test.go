package web_test

import (
	"net/http"
	"net/url"
	"testing"
)

func TestCrossSite(t *testing.T) {
	for _, tc := range []struct {
		name         string
		fetch, where string // Sec-Fetch-Site and Origin
		allowed      bool
	}{
		{"our own page", "same-origin", "http://keywicket.test", true},
		{"our own page over plain HTTP", "", "http://keywicket.test", true},
		{"typed into the address bar", "none", "", true},
		{"another site", "cross-site", "https://evil.test", false},
		{"another site, older browser", "", "https://evil.test", false},
		{"a sibling domain", "same-site", "http://www.keywicket.test", false},
		{"a sandboxed frame", "cross-site", "null", false},
		{"a sandboxed frame, older browser", "", "null", false},
		{"another port", "", "http://keywicket.test:8080", false},
		{"neither header", "", "", false},
		{"a made-up value", "maybe", "", false},
	} {
		h := start(t, "http://keywicket.test")
		c := h.signedIn(t)
		before := len(h.db.sessions)
		for _, path := range []string{"/out", "/in", "/nowhere"} {
			r := c.Request(http.MethodPost, path, url.Values{})
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Del("Origin")
			if tc.fetch != "" {
				r.Header.Set("Sec-Fetch-Site", tc.fetch)
			}
			if tc.where != "" {
				r.Header.Set("Origin", tc.where)
			}
			p := c.Do(r)
			if refused := p.Status == http.StatusForbidden; refused == tc.allowed {
				t.Errorf("%s: POST %s gave %d", tc.name, path, p.Status)
			}
		}
		if tc.allowed {
			continue
		}
		if len(h.db.sessions) != before {
			t.Errorf("%s: sessions changed from %d to %d", tc.name, before, len(h.db.sessions))
		}
		if p := c.Get("/me"); p.Body != "Ada King" {
			t.Errorf("%s: the session is gone", tc.name)
		}
	}
}

// A proxy that does not pass on the Host header must not lock people out: the
// origin of the base URL is trusted.
func TestBaseURLIsOurOrigin(t *testing.T) {
	h := start(t, "https://console.example.com")
	c := h.plainClient(t)
	r := c.Request(http.MethodPost, "/in", url.Values{})
	r.Host = "127.0.0.1:8080"
	r.Header.Del("Sec-Fetch-Site")
	r.Header.Set("Origin", "https://console.example.com")
	if p := c.Do(r); p.Status != http.StatusSeeOther {
		t.Errorf("got %d", p.Status)
	}
	r = c.Request(http.MethodPost, "/in", url.Values{})
	r.Host = "127.0.0.1:8080"
	r.Header.Del("Sec-Fetch-Site")
	r.Header.Set("Origin", "https://console.example.com.evil.test")
	if p := c.Do(r); p.Status != http.StatusForbidden {
		t.Errorf("a look-alike got %d", p.Status)
	}
}
