package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/web"
	"keywicket/web/webtest"

	"pgregory.net/rapid"
)

func ok(c *web.Context) error { return c.String(http.StatusOK, "in") }

func TestNewRefusesRoutes(t *testing.T) {
	good := web.Get("/x", "x", web.Public(), ok)
	for name, routes := range map[string][]web.Route{
		"no access":             {web.Get("/x", "x", web.Access{}, ok)},
		"a strange method":      {{Method: http.MethodPut, Path: "/x", Name: "x", Access: web.Public(), Handler: ok}},
		"needs without account": {web.Get("/x", "x", web.Needs(models.PermKeysView), ok)},
		"account without needs": {web.Get("/a/:account/x", "x", web.SignedIn(), ok)},
		"public account page":   {web.Get("/a/:account/x", "x", web.Public(), ok)},
		"no name":               {web.Get("/x", "", web.Public(), ok)},
		"a name twice":          {good, web.Get("/y", "x", web.Public(), ok)},
		"no handler":            {web.Get("/x", "x", web.Public(), nil)},
	} {
		if _, err := web.New(web.Config{}, routes); err == nil {
			t.Errorf("%s: the server was made", name)
		}
	}
	if _, err := web.New(web.Config{}, []web.Route{good}); err != nil {
		t.Errorf("a good route: %v", err)
	}
}

func TestAccess(t *testing.T) {
	h := start(t, "http://keywicket.test",
		web.Get("/a/:account/keys", "view", web.Needs(models.PermKeysView), ok),
		web.Get("/a/:account/settings", "edit", web.Needs(models.PermAccountEdit), ok),
		web.Post("/a/:account/settings", "save", web.Needs(models.PermAccountEdit), ok))
	ada := h.signedIn(t)
	eve := webtest.New(t, h)
	for _, tc := range []struct {
		name   string
		client *webtest.Client
		path   string
		status int
	}{
		{"a visitor on a public page", eve, "/hello", http.StatusOK},
		{"a visitor on a page for the signed in", eve, "/me", http.StatusSeeOther},
		{"a visitor on an account's page", eve, "/a/acme/keys", http.StatusSeeOther},
		{"a member with the permission", ada, "/a/acme/keys", http.StatusOK},
		{"a member without the permission", ada, "/a/acme/settings", http.StatusForbidden},
		{"an account of others", ada, "/a/other/keys", http.StatusNotFound},
		{"an account of others without the permission", ada, "/a/other/settings", http.StatusNotFound},
		{"a strange account", ada, "/a/%00%2e%2e/keys", http.StatusNotFound},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			if p := tc.client.Send(method, tc.path, nil); p.Status != tc.status {
				t.Errorf("%s: %s %s gave %d, want %d", tc.name, method, tc.path, p.Status, tc.status)
			}
		}
	}
	if p := ada.Post("/a/acme/settings", url.Values{}); p.Status != http.StatusForbidden {
		t.Errorf("a change without the permission gave %d", p.Status)
	}
	disabled := h.clock
	u := h.db.users[1]
	u.DisabledAt = &disabled
	h.db.users[1] = u
	if p := ada.Send(http.MethodGet, "/me", nil); p.Status != http.StatusSeeOther {
		t.Errorf("a disabled person got %d", p.Status)
	}
}

func TestExpiredSessionLeadsToLogInAndBack(t *testing.T) {
	h := start(t, "http://keywicket.test", web.Get("/a/:account/keys", "view", web.Needs(models.PermKeysView), ok),
		web.Post("/a/:account/keys", "make", web.Needs(models.PermKeysManage), ok))
	c := h.signedIn(t)
	c.Get("/a/acme/keys?q=1")
	h.clock = h.clock.Add(web.SessionAbsolute)
	login := "/login?" + url.Values{"expired": {"1"}, "next": {"/a/acme/keys?q=1"}}.Encode()

	if p := c.Send(http.MethodGet, "/a/acme/keys?q=1", nil); p.Status != http.StatusSeeOther || p.Location() != login {
		t.Errorf("a page led to %d %s", p.Status, p.Location())
	}
	if p := c.Send(http.MethodPost, "/a/acme/keys", url.Values{"name": {"x"}}); p.Status != http.StatusSeeOther || p.Location() != login {
		t.Errorf("a form led to %d %s", p.Status, p.Location())
	}
	p := c.HX().Send(http.MethodPost, "/a/acme/keys", url.Values{"name": {"x"}})
	if p.Status != http.StatusUnauthorized || p.Header.Get("HX-Redirect") != login || p.Body != "" {
		t.Errorf("htmx got %d, HX-Redirect %q, body %q", p.Status, p.Header.Get("HX-Redirect"), p.Body)
	}
}

func TestLocalPath(t *testing.T) {
	for in, want := range map[string]string{
		"/a/acme/keys?q=a+b&page=2": "/a/acme/keys?q=a+b&page=2",
		"/":                         "/",
		"":                          "/",
		"//evil.test/x":             "/",
		`/\evil.test`:               "/",
		"/\t/evil.test":             "/",
		"https://evil.test/":        "/",
		"javascript:alert(1)":       "/",
		"evil.test":                 "/",
		"/%2f/evil.test":            "/",
		"/%2fevil.test":             "/",
		"/profile#x":                "/profile",
	} {
		if got := web.LocalPath(in); got != want {
			t.Errorf("LocalPath(%q) = %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.StringMatching(`[/\\:.@?#%a-f0-9\t\n]{0,12}`).Draw(t, "path")
		got := web.LocalPath(in)
		here, err := url.Parse("http://keywicket.test/page")
		if err != nil {
			t.Fatal(err)
		}
		to, err := here.Parse(got)
		if err != nil || to.Host != here.Host || to.Scheme != here.Scheme || !strings.HasPrefix(got, "/") || strings.ContainsAny(got, "\\\n\t") {
			t.Fatalf("LocalPath(%q) = %q leads elsewhere", in, got)
		}
	})
}
