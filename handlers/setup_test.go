package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"keywicket/models"
)

// setupToken returns the token of a new set-up link.
func setupToken(t *testing.T, a *app) string {
	t.Helper()
	token, err := a.store.NewSetupToken(t.Context(), models.SetupTTL)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestSetup(t *testing.T) {
	a := newApp(t)
	token := setupToken(t, a)
	c := a.visitor(t)
	page := c.Get("/setup/" + token)
	if page.Status != http.StatusOK || !page.Has(`input[name=preset][checked]`) {
		t.Fatalf("the form: %d", page.Status)
	}
	form := page.Form(`form[action^="/setup/"]`).Set("account", "Acme & Söhne").Set("name", "Ada King").
		Set("email", "Ada@Example.com").Set("password", password).Set("password_again", password).Set("language", "zh-CN")
	done := form.Submit()
	if !strings.HasPrefix(done.URL, "/a/acme-s") || !strings.HasSuffix(done.URL, "/keys") {
		t.Fatalf("set-up led to %s (%d): %s", done.URL, done.Status, done.Text("main"))
	}
	if !signedIn(c) {
		t.Error("the owner is not signed in")
	}
	if p := c.Get("/profile"); p.Find("html").AttrOr("lang", "") != "zh-CN" {
		t.Error("the chosen language is not spoken")
	}
	u, err := a.store.UserByEmail(t.Context(), "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	memberships, err := a.store.AccountsOf(t.Context(), u.ID)
	if err != nil || len(memberships) != 1 || memberships[0].Role != models.RoleOwner || memberships[0].Name != "Acme & Söhne" {
		t.Errorf("memberships %+v, %v", memberships, err)
	}
	if n := a.count(t, "SELECT count(*) FROM apis"); n == 0 {
		t.Error("the catalogue is empty")
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE ip = ''"); n != 0 {
		t.Errorf("%d rows of the audit say that it was done on the command line", n)
	}
	// The rest of a long list is counted; the page is in Chinese here.
	wantText(t, c.Get(strings.TrimSuffix(done.URL, "/keys")+"/audit"), "main", "+2")
	// The link is used up, for the same browser and for any other.
	before := a.snapshot(t)
	again := a.visitor(t)
	if p := again.Get("/setup/" + token); p.Status != http.StatusNotFound || !p.Has(`main a[href="/login"]`) {
		t.Errorf("the link again: %d %q", p.Status, p.Text("main"))
	}
	form.Fields.Set("email", "eve@example.com")
	if p := again.Post("/setup/"+token, form.Fields); p.Status != http.StatusNotFound {
		t.Errorf("the form again: %d", p.Status)
	}
	if a.snapshot(t) != before {
		t.Error("a used link changed something")
	}
}

func TestSetupWithoutPreset(t *testing.T) {
	a := newApp(t)
	c := a.visitor(t)
	c.Get("/setup/"+setupToken(t, a)).Form(`form[action^="/setup/"]`).Set("account", "Acme").Set("name", "Ada").
		Set("email", "ada@example.com").Set("password", password).Set("password_again", password).Set("preset").Submit()
	if !signedIn(c) {
		t.Fatal("not set up")
	}
	if n := a.count(t, "SELECT count(*) FROM apis"); n != 0 {
		t.Errorf("%d calls in the catalogue", n)
	}
}

func TestSetupRefusals(t *testing.T) {
	a := newApp(t)
	token := setupToken(t, a)
	c := a.visitor(t)
	good := map[string]string{"account": "Acme", "name": "Ada King", "email": "ada@example.com", "password": password, "password_again": password}
	for _, tc := range []struct{ field, value, words string }{
		{"account", "  ", "at least one visible character"},
		{"account", strings.Repeat("x", 101), "at most 100 characters"},
		{"name", "a\x00b", "invisible"},
		{"name", "a\u202eb", "invisible"},
		{"email", "ada", "not an e-mail address"},
		{"email", "", "Enter an e-mail address"},
		{"password", "short", "at least 12 characters"},
		{"password", "password1234", "easy to guess"},
		{"password", "ada king acme", "easy to guess"},
		{"password_again", password + ".", "do not match"},
	} {
		form := c.Get("/setup/" + token).Form(`form[action^="/setup/"]`)
		for name, value := range good {
			form.Set(name, value)
		}
		form.Set(tc.field, tc.value)
		p := form.Submit()
		if p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s %q gave %d", tc.field, tc.value, p.Status)
			continue
		}
		if words := p.Text("#f-" + tc.field + "-error"); !strings.Contains(words, tc.words) {
			t.Errorf("%s %q: beside the field stands %q", tc.field, tc.value, words)
		}
		if tc.field != "account" && p.Find("input[name=account]").AttrOr("value", "") != "Acme" {
			t.Error("what was typed is gone")
		}
		if strings.Contains(p.Body, password) {
			t.Errorf("%s: the password is on the page", tc.field)
		}
	}
	if exists, err := a.store.OwnerExists(t.Context()); err != nil || exists {
		t.Errorf("an owner was made: %v %v", exists, err)
	}
}

func TestSetupLinkEnds(t *testing.T) {
	a := newApp(t)
	c := a.visitor(t)
	first := setupToken(t, a)
	second := setupToken(t, a)
	for name, token := range map[string]string{"an older link": first, "a made-up link": "x"} {
		p := c.Get("/setup/" + token)
		if p.Status != http.StatusNotFound || !strings.Contains(p.Text("main"), "restart Keywicket") {
			t.Errorf("%s: %d %q", name, p.Status, p.Text("main"))
		}
	}
	a.pass(models.SetupTTL - time.Second)
	if p := c.Get("/setup/" + second); p.Status != http.StatusOK {
		t.Errorf("the link ended too early: %d", p.Status)
	}
	a.pass(time.Second)
	if p := c.Post("/setup/"+second, url.Values{"account": {"Acme"}}); p.Status != http.StatusNotFound {
		t.Errorf("the link did not end: %d", p.Status)
	}
	for _, path := range []string{"/", "/login"} {
		if p := c.Get(path); !strings.Contains(p.Text("main"), "no owner yet") {
			t.Errorf("%s without an owner says %q", path, p.Text("main"))
		}
	}
}

func TestSetupTwiceAtOnce(t *testing.T) {
	a := newApp(t)
	token := setupToken(t, a)
	fields := url.Values{"account": {"Acme"}, "name": {"Ada"}, "email": {"ada@example.com"}, "password": {password}, "password_again": {password}}
	var together sync.WaitGroup
	for range 8 {
		c := a.visitor(t)
		together.Go(func() { c.Send(http.MethodPost, "/setup/"+token, fields) })
	}
	together.Wait()
	if n := a.count(t, "SELECT count(*) FROM accounts"); n != 1 {
		t.Errorf("%d accounts", n)
	}
	if n := a.count(t, "SELECT count(*) FROM users"); n != 1 {
		t.Errorf("%d people", n)
	}
}
