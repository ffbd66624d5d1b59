package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keywicket/handlers/page"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/storetest"
	"keywicket/web"
)

func TestSignIn(t *testing.T) {
	a, _ := newFixture(t)
	c := a.visitor(t)
	if p := c.Get("/profile?x=1"); p.URL != "/login?next=%2Fprofile%3Fx%3D1" {
		t.Fatalf("a visitor was led to %s", p.URL)
	}
	p := c.Get("/profile?x=1").Form(`form[action="/login"]`).Set("email", " ADA@example.com ").Set("password", password).Submit()
	if p.URL != "/profile?x=1" || p.Status != http.StatusOK {
		t.Errorf("after the sign-in: %s (%d)", p.URL, p.Status)
	}
	if p := c.Get("/login?next=/profile"); p.URL != "/profile" {
		t.Errorf("the sign-in page of somebody who is signed in: %s", p.URL)
	}
	if p := c.Get("/"); p.URL != "/a/acme/keys" {
		t.Errorf("home led to %s", p.URL)
	}
}

func TestSignInRedirectsOnlyHere(t *testing.T) {
	a, w := newFixture(t)
	for _, next := range []string{"https://evil.test/", "//evil.test", `/\evil.test`, "/%2f/evil.test", "javascript:alert(1)"} {
		c := a.visitor(t)
		form := c.Get("/login?next=" + url.QueryEscape(next)).Form(`form[action="/login"]`)
		if got := form.Fields.Get("next"); got != "/" {
			t.Errorf("the form holds %q for %q", got, next)
		}
		form.Set("next", next).Set("email", "ada@example.com").Set("password", password)
		if p := c.Send(http.MethodPost, "/login", form.Fields); p.Location() != "/" {
			t.Errorf("%q led to %q (%d)", next, p.Location(), p.Status)
		}
		if p := a.as(t, w.Owner.ID).Send(http.MethodGet, "/login?next="+url.QueryEscape(next), nil); p.Location() != "/" {
			t.Errorf("signed in, %q led to %q", next, p.Location())
		}
	}
}

// witness is Passwords that records the hash that each password is verified
// against.
type witness struct {
	page.Passwords
	against []string
}

// Verify records the hash.
func (w *witness) Verify(ctx context.Context, hash, typed string) (bool, error) {
	w.against = append(w.against, hash)
	return w.Passwords.Verify(ctx, hash, typed)
}

// TestUnknownPersonCostsTheSame checks that the slow hash runs exactly once for
// known and unknown users, which makes the times equal.
func TestUnknownPersonCostsTheSame(t *testing.T) {
	w := &witness{Passwords: secret.NewPasswords(1)}
	a := newAppWith(t, w)
	ada := seedAda(t, a)
	signIn(a.visitor(t), "ada@example.com", "wrong wrong wrong")
	signIn(a.visitor(t), "eve@example.com", "wrong wrong wrong")
	if len(w.against) != 2 || w.against[0] == "" || w.against[1] != "" {
		t.Errorf("verified against %q", w.against)
	}
	if _, err := storetest.DB(t, a.store).ExecContext(t.Context(), "UPDATE users SET disabled_at = ? WHERE id = ?", a.now(), ada.Owner.ID); err != nil {
		t.Fatal(err)
	}
	if signIn(a.visitor(t), "ada@example.com", password); len(w.against) != 3 {
		t.Error("a disabled person is answered sooner")
	}
	for range 30 {
		signIn(a.visitor(t), "eve@example.com", "wrong wrong wrong")
	}
	if n := len(w.against); n != 3+19 {
		t.Errorf("%d passwords were verified; an attempt too many must not reach the hash", n)
	}
}

func TestSignInTellsNobodyWhoExists(t *testing.T) {
	a, _ := newFixture(t)
	known := signIn(a.visitor(t), "ada@example.com", "wrong wrong wrong")
	unknown := signIn(a.visitor(t), "eve@example.com", "wrong wrong wrong")
	for name, p := range map[string]string{"known": known.Body, "unknown": unknown.Body} {
		if !strings.Contains(p, "Wrong e-mail or password.") {
			t.Errorf("%s: %s", name, p)
		}
	}
	same := func(body, email string) string { return strings.ReplaceAll(body, email, "EMAIL") }
	if known.Status != unknown.Status || same(known.Body, "ada@example.com") != same(unknown.Body, "eve@example.com") {
		t.Error("the answers differ in more than the e-mail that was typed")
	}
	if known.Find("input[name=email]").AttrOr("value", "") != "ada@example.com" {
		t.Error("what was typed is gone")
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ?", models.EventUserSignInFailed); n != 2 {
		t.Errorf("%d failed log-ins in the audit, want 2", n)
	}
	// The actor who typed the address is unknown; the user is the target.
	if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ? AND actor_id = 0 AND actor_name || actor_email = '' AND target_id LIKE '%@example.com'", models.EventUserSignInFailed); n != 2 {
		t.Errorf("%d failed log-ins are nobody's", n)
	}
}

func TestSignInAttemptsAreLimited(t *testing.T) {
	a, _ := newFixture(t)
	tries := 0
	for ; tries < 30; tries++ {
		p := signIn(a.visitor(t), "ada@example.com", "wrong wrong wrong")
		if p.Status == http.StatusTooManyRequests {
			if !strings.Contains(p.Text("main"), "Too many") {
				t.Errorf("it says %q", p.Text("main"))
			}
			break
		}
	}
	if tries != 20 {
		t.Errorf("%d tries were let through, want 20", tries)
	}
	c := a.visitor(t)
	if p := signIn(c, "ada@example.com", password); p.Status != http.StatusTooManyRequests || signedIn(c) {
		t.Errorf("the right password while tries are limited: %d", p.Status)
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ?", models.EventUserSignInFailed); n != 20 {
		t.Errorf("%d tries in the audit", n)
	}
	a.pass(16 * 60e9)
	if signIn(c, "ada@example.com", password); !signedIn(c) {
		t.Error("a quarter of an hour later the right password is refused")
	}
}

func TestSignOut(t *testing.T) {
	a, _ := newFixture(t)
	c := a.visitor(t)
	signIn(c, "ada@example.com", password)
	token := c.Cookie(web.CookieName(false))
	page := c.Get("/profile")
	if p := page.Form(`form[action="/logout"]`).Submit(); p.URL != "/login?out=1" || !strings.Contains(p.Text("main"), "You are signed out.") {
		t.Errorf("it led to %s: %q", p.URL, p.Text("main"))
	}
	if signedIn(c) {
		t.Error("still signed in")
	}
	c.SetCookie(web.CookieName(false), token)
	if signedIn(c) {
		t.Error("the old cookie works")
	}
	if p := c.Get("/logout"); p.Status != http.StatusMethodNotAllowed {
		t.Errorf("GET /logout gave %d", p.Status)
	}
	for _, event := range []models.Event{models.EventUserSignIn, models.EventUserSignOut} {
		if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ? AND target_id = 'ada@example.com' AND account_id > 0", event); n != 1 {
			t.Errorf("%d rows of %s", n, event)
		}
	}
}

func TestSignInMakesANewSession(t *testing.T) {
	a, _ := newFixture(t)
	c := a.visitor(t)
	c.SetCookie(web.CookieName(false), "planted-by-somebody-else-planted-by-somebody")
	signIn(c, "ada@example.com", password)
	if got := c.Cookie(web.CookieName(false)); strings.HasPrefix(got, "planted") || !signedIn(c) {
		t.Errorf("the cookie is %q", got)
	}
}

func TestDisabledPersonIsOut(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	if _, err := storetest.DB(t, a.store).ExecContext(t.Context(), "UPDATE users SET disabled_at = ? WHERE id = ?", a.now(), w.Owner.ID); err != nil {
		t.Fatal(err)
	}
	if signedIn(c) {
		t.Error("the session goes on")
	}
	if p := signIn(a.visitor(t), "ada@example.com", password); !strings.Contains(p.Body, "Wrong e-mail or password.") {
		t.Errorf("the sign-in says %q", p.Text("main"))
	}
}

func TestNoAccount(t *testing.T) {
	a, _ := newFixture(t)
	eve := storetest.SeedUser(t, a.store, "Eve", "eve@example.com")
	c := a.as(t, eve.ID)
	if p := c.Get("/"); p.Status != http.StatusOK || !strings.Contains(p.Text("main"), "You are not in any account") {
		t.Errorf("home: %d %q", p.Status, p.Text("main"))
	}
	if p := c.Get("/profile"); p.Status != http.StatusOK {
		t.Errorf("profile: %d", p.Status)
	}
}

func TestLanguageAndTheme(t *testing.T) {
	a, w := newFixture(t)
	c := a.visitor(t)
	for accept, want := range map[string]string{"en": "en", "zh-CN,zh;q=0.9": "zh-CN", "zh-TW": "zh-CN", "fr": "en", "fr;q=0.9,zh;q=0.5": "zh-CN", "": "en", ";;;": "en"} {
		c.Header.Set("Accept-Language", accept)
		p := c.Get("/login")
		if got := p.Find("html").AttrOr("lang", ""); got != want || p.Header.Get("Content-Language") != want {
			t.Errorf("Accept-Language %q speaks %s", accept, got)
		}
	}
	c.Header.Set("Accept-Language", "en")
	page := c.Get("/login?next=/profile")
	back := page.Form(`form:has(input[name=language][value="zh-CN"])`).Submit()
	if back.URL != "/login?next=%2Fprofile" && back.URL != "/login?next=/profile" {
		t.Errorf("the choice led to %s", back.URL)
	}
	if p := c.Get("/login"); p.Text("h1") != "登录" {
		t.Errorf("the choice of a visitor is forgotten: %q", p.Text("h1"))
	}
	if p := c.Get("/nowhere"); p.Find("html").AttrOr("lang", "") != "zh-CN" {
		t.Error("errors speak another language")
	}
	c.Post("/preferences", url.Values{"theme": {"dark"}, "next": {"https://evil.test/"}})
	if p := c.Get("/login"); p.Find("html").AttrOr("data-theme", "") != "dark" || p.Text("h1") != "登录" {
		t.Error("the theme is forgotten, or the language with it")
	}

	person := a.as(t, w.Owner.ID)
	person.Get("/profile").Form("#appearance form").Set("language", "zh-CN").Set("theme", "dark").Submit()
	other := a.as(t, w.Owner.ID)
	p := other.Get("/profile")
	if p.Find("html").AttrOr("lang", "") != "zh-CN" || p.Find("html").AttrOr("data-theme", "") != "dark" {
		t.Error("the choice is not in the profile")
	}
	other.Post("/preferences", url.Values{"language": {"xx"}, "theme": {"pink"}})
	if p := other.Get("/profile"); p.Find("html").AttrOr("lang", "") != "en" || p.Find("html").AttrOr("data-theme", "-") != "-" {
		t.Error("what is not offered does not mean the browser's and the system's")
	}
}

func TestHealth(t *testing.T) {
	a := newApp(t)
	c := a.visitor(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			if p := c.Send(method, path, nil); p.Status != http.StatusOK {
				t.Errorf("%s %s: %d", method, path, p.Status)
			}
		}
	}
}

// changing is Passwords during whose verification the password is changed.
type changing struct {
	page.Passwords
	change func()
}

// Verify changes the password between the verification and the answer.
func (p changing) Verify(ctx context.Context, hash, password string) (bool, error) {
	right, err := p.Passwords.Verify(ctx, hash, password)
	p.change()
	return right, err
}

// TestSignInDuringAPasswordChange checks that a sign-in with the former
// password opens no session that outlives the change.
func TestSignInDuringAPasswordChange(t *testing.T) {
	passwords := &changing{Passwords: secret.NewPasswords(4), change: func() {}}
	a := newAppWith(t, passwords)
	w := seedAda(t, a)
	passwords.change = func() {
		if _, err := a.store.ResetPassword(t.Context(), w.Owner.ID, "another hash"); err != nil {
			t.Error(err)
		}
	}
	c := a.visitor(t)
	p := c.Get("/login").Form(`form[action="/login"]`).Set("email", "ada@example.com").Set("password", password).Submit()
	if p.Status != http.StatusUnprocessableEntity || signedIn(c) {
		t.Errorf("the former password opened a session: %d", p.Status)
	}
	if list, err := a.store.ListSessions(t.Context(), w.Owner.ID); err != nil || len(list) != 0 {
		t.Errorf("sessions %v, %v", list, err)
	}
}
