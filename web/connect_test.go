package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"keywicket/views/i18n"
	"keywicket/web"
	"keywicket/web/webtest"
)

// A client that opens a tunnel gets one refusal, and what it sends behind the
// CONNECT is answered by nobody.
func TestConnectIsRefused(t *testing.T) {
	words, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	s, err := web.New(web.Config{Store: &memory{}, I18n: words, Log: slog.New(slog.DiscardHandler)}, []web.Route{
		web.Get("/ping", "ping", web.Public(), func(c *web.Context) error { return c.String(http.StatusOK, "pong") }),
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = web.HTTPServer(s, nil)
	srv.Start()
	t.Cleanup(srv.Close)
	const second = "GET /ping HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
	if got := webtest.Raw(t, srv.Listener.Addr().String(), second); !strings.HasPrefix(got, "HTTP/1.1 200") || !strings.Contains(got, "pong") {
		t.Fatalf("the second request alone: %q", got)
	}
	for _, first := range []string{
		"CONNECT /ping HTTP/1.1\r\nHost: h\r\n\r\n",
		"CONNECT /ping HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nbody",
		"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n",
		"CONNECT /static/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	} {
		got := webtest.Raw(t, srv.Listener.Addr().String(), first+second)
		if !strings.Contains(got, " 405 ") || strings.Count(got, "HTTP/1.") != 1 || strings.Contains(got, "pong") {
			t.Errorf("%q: %q", first, got)
		}
	}
}
