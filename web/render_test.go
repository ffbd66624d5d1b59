package web_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/web"
	"keywicket/web/webtest"

	"github.com/a-h/templ"
)

func TestPageOrFragment(t *testing.T) {
	h := start(t, "http://keywicket.test", web.Get("/x", "x", web.Public(), func(c *web.Context) error {
		return c.Render(text("page"), text("fragment"))
	}))
	for name, tc := range map[string]struct {
		headers map[string]string
		want    string
	}{
		"a browser":          {nil, "page"},
		"htmx":               {map[string]string{"HX-Request": "true"}, "fragment"},
		"a boosted link":     {map[string]string{"HX-Request": "true", "HX-Boosted": "true"}, "page"},
		"a restored history": {map[string]string{"HX-Request": "true", "HX-History-Restore-Request": "true"}, "page"},
		"the whole body":     {map[string]string{"HX-Request": "true", "HX-Request-Type": "full"}, "page"},
	} {
		c := webtest.New(t, h)
		r := c.Request(http.MethodGet, "/x", nil)
		for k, v := range tc.headers {
			r.Header.Set(k, v)
		}
		p := c.Do(r)
		if p.Body != tc.want || p.Header.Get("Vary") != "HX-Request, Accept-Encoding" {
			t.Errorf("%s: got %q, Vary %q", name, p.Body, p.Header.Get("Vary"))
		}
	}
	if p := webtest.New(t, h).Send(http.MethodHead, "/x", nil); p.Status != http.StatusOK || p.Body != "" {
		t.Errorf("HEAD gave %d %q", p.Status, p.Body)
	}
}

func TestDone(t *testing.T) {
	h := start(t, "http://keywicket.test",
		web.Post("/x", "x", web.SignedIn(), func(c *web.Context) error { return c.Done("/y", "Saved <it>", text("<p>fragment</p>")) }),
		web.Post("/z", "z", web.SignedIn(), func(c *web.Context) error { return c.Done("/y", "Saved", nil) }),
		web.Get("/y", "y", web.SignedIn(), func(c *web.Context) error {
			var said []string
			for _, f := range c.Chrome("", "").Flash {
				said = append(said, f.Kind+":"+f.Text)
			}
			return c.String(http.StatusOK, strings.Join(said, "|"))
		}))
	c := h.signedIn(t)
	if p := c.Post("/x", url.Values{}); p.URL != "/y" || p.Body != "ok:Saved <it>" {
		t.Errorf("a plain form: %s says %q", p.URL, p.Body)
	}
	if p := c.Get("/y"); p.Body != "" {
		t.Errorf("it is said twice: %q", p.Body)
	}
	p := c.HX().Post("/x", url.Values{})
	if !strings.HasPrefix(p.Body, "<p>fragment</p>") || !strings.Contains(p.Text("[hx-swap-oob]"), "Saved <it>") {
		t.Errorf("htmx got %q", p.Body)
	}
	if p := c.HX().Post("/z", url.Values{}); p.Header.Get("HX-Redirect") != "/y" {
		t.Errorf("htmx without a fragment: %v", p.Header)
	}
	c.Send(http.MethodHead, "/y", nil)
	if p := c.Get("/y"); p.Body != "ok:Saved" {
		t.Errorf("after the redirect, and a HEAD before it: %q", p.Body)
	}
}

func TestInvalid(t *testing.T) {
	show := func(e web.FieldErrors) (page, fragment templ.Component) {
		return text(fmt.Sprintf("page %v", e)), text(fmt.Sprintf("fragment %v", e))
	}
	var give error
	h := start(t, "http://keywicket.test", web.Post("/x", "x", web.Public(), func(c *web.Context) error { return c.Invalid(give, show) }))
	empty := models.Refuse(models.CodeInvalid, "ip", "errors.ip.ipv6")
	for _, tc := range []struct {
		name   string
		err    error
		status int
		has    string
	}{
		{"one field", empty, http.StatusUnprocessableEntity, "ip:IPv6 is not supported"},
		{"two fields", errors.Join(empty, models.Refuse(models.CodeInvalid, "name", "errors.text.too_long", "Max", 100)), http.StatusUnprocessableEntity, "name:Use at most 100"},
		{"a wrapped refusal", fmt.Errorf("x: %w", empty), http.StatusUnprocessableEntity, "ip:IPv6"},
		{"a limit", models.Refuse(models.CodeLimit, "", "errors.keys.limit", "Max", 500, "Have", 500), http.StatusUnprocessableEntity, "at most 500"},
		{"too many", models.Refuse(models.CodeTooMany, "", "errors.login.too_many", "Minutes", 15), http.StatusTooManyRequests, "Wait 15 minutes"},
		{"gone", models.Refuse(models.CodeNotFound, "", "errors.not_found"), http.StatusNotFound, "another tab"},
		{"a fault beside a refusal", errors.Join(empty, io.ErrUnexpectedEOF), http.StatusInternalServerError, "on our side"},
	} {
		give = tc.err
		c := webtest.New(t, h)
		for kind, client := range map[string]*webtest.Client{"page": c, "fragment": c.HX()} {
			p := client.Post("/x", url.Values{})
			if p.Status != tc.status || !strings.Contains(p.Body, tc.has) {
				t.Errorf("%s, %s: %d %s", tc.name, kind, p.Status, p.Body)
			}
		}
	}
}
