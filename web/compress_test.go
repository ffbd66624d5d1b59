package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"keywicket/web"
	"keywicket/web/webtest"
)

func TestOnlyPagesThatAreReadAreCompressed(t *testing.T) {
	long := strings.Repeat("<p>a page</p>", 1000)
	h := start(t, "http://keywicket.test",
		web.Get("/long", "long", web.Public(), func(c *web.Context) error { return c.Page(http.StatusOK, text(long)) }),
		web.Get("/short", "short", web.Public(), func(c *web.Context) error { return c.Page(http.StatusOK, text("short")) }),
		web.Get("/refused", "refused", web.Public(), func(c *web.Context) error { return c.Page(http.StatusConflict, text(long)) }),
		web.Post("/value", "value", web.Public(), func(c *web.Context) error { return c.Page(http.StatusOK, text(long)) }))
	for _, tc := range []struct {
		method, path, accept string
		small                bool
	}{
		{http.MethodGet, "/long", "gzip, br", true},
		{http.MethodGet, "/long", "br;q=1, gzip;q=0.5", true},
		{http.MethodGet, "/long", "", false},
		{http.MethodGet, "/long", "gzip;q=0", false},
		{http.MethodGet, "/short", "gzip", false},
		{http.MethodGet, "/refused", "gzip", false},
		{http.MethodPost, "/value", "gzip", false},
	} {
		c := webtest.New(t, h)
		r := c.Request(tc.method, tc.path, url.Values{})
		r.Header.Set("Accept-Encoding", tc.accept)
		p := c.Do(r)
		if got := p.Header.Get("Content-Encoding") == "gzip"; got != tc.small {
			t.Errorf("%s %s for %q is compressed: %v", tc.method, tc.path, tc.accept, got)
		}
		if !strings.Contains(p.Header.Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s %s: Vary %q", tc.method, tc.path, p.Header.Get("Vary"))
		}
		if tc.small && unzip(t, p.Body) != long {
			t.Errorf("%s %s comes out as something else", tc.method, tc.path)
		}
	}
}

func TestCompressedPagesDoNotMix(t *testing.T) {
	page := func(name string) string { return strings.Repeat(name+" ", 3000) }
	h := start(t, "http://keywicket.test", web.Get("/:name", "page", web.Public(), func(c *web.Context) error {
		return c.Page(http.StatusOK, text(page(c.Param("name"))))
	}))
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d"} {
		wg.Go(func() {
			c := webtest.New(t, h)
			for range 50 {
				r := c.Request(http.MethodGet, "/"+name, nil)
				r.Header.Set("Accept-Encoding", "gzip")
				if got := unzip(t, c.Do(r).Body); got != page(name) {
					t.Errorf("page %s got %.40q", name, got)
				}
			}
		})
	}
	wg.Wait()
}

func unzip(t *testing.T, body string) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader([]byte(body)))
	if err != nil {
		t.Error(err)
		return ""
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Error(err)
	}
	return string(out)
}
