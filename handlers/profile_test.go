package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web"
)

func TestProfileName(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	if p := c.Get("/profile").Form("#basics form").Set("name", "  Ada Lovelace ").Submit(); p.URL != "/profile" || !strings.Contains(p.Text("[data-flash]"), "Name saved") || !strings.Contains(p.Text(".person-name"), "Ada Lovelace") {
		t.Errorf("a plain form: %s %q", p.URL, p.Text("main"))
	}
	h := c.HX()
	p := h.Get("/profile")
	if !p.Has("#basics form") {
		t.Fatalf("htmx does not get the page: %.200s", p.Body)
	}
	p = p.Form("#basics form").Set("name", "Ada").Submit()
	if p.Has("html[lang]") || p.Find("#basics input[name=name]").AttrOr("value", "") != "Ada" || !strings.Contains(p.Text("[data-toast]"), "Name saved") {
		t.Errorf("htmx: %s", p.Body)
	}
	long := strings.Repeat("é", 101)
	for kind, client := range map[string]string{"plain": "", "htmx": "x"} {
		browser := c
		if client != "" {
			browser = h
		}
		p = browser.Get("/profile").Form("#basics form").Set("name", long).Submit()
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("#f-name-error"), "at most 100") || p.Find("input[name=name]").AttrOr("value", "") != long {
			t.Errorf("%s: %d %q", kind, p.Status, p.Text("#f-name-error"))
		}
	}
	if u, err := a.store.User(t.Context(), w.Owner.ID); err != nil || u.Name != "Ada" {
		t.Errorf("the name is %q, %v", u.Name, err)
	}
}

// TestAChoiceChangesNothingElse checks that a form changes only its own choice,
// also when another choice was changed while it was open.
func TestAChoiceChangesNothingElse(t *testing.T) {
	a, w := newFixture(t)
	self := models.Actor{UserID: w.Owner.ID}
	profile := func(name, language, theme string) {
		err := a.store.UpdateProfile(t.Context(), self, func(u *models.User) { u.Name, u.Language, u.Theme = name, language, theme })
		if err != nil {
			t.Fatal(err)
		}
	}
	for what, tc := range map[string]struct {
		to    string
		typed url.Values
		other func()
		want  [3]string
	}{
		"a theme":    {"/preferences", url.Values{"theme": {"dark"}}, func() { profile("Renamed", "en", "light") }, [3]string{"Renamed", "en", "dark"}},
		"a language": {"/preferences", url.Values{"language": {"en"}}, func() { profile("Renamed", "", "light") }, [3]string{"Renamed", "en", "light"}},
		"a name":     {"/profile", url.Values{"name": {"Mine"}}, func() { profile(w.Owner.Name, "en", "light") }, [3]string{"Mine", "en", "light"}},
	} {
		profile(w.Owner.Name, "zh-CN", "dark")
		audited := a.count(t, "SELECT count(*) FROM audit WHERE event = ?", models.EventUserUpdate)
		c := a.as(t, w.Owner.ID)
		form := c.Made(tc.to, tc.typed)
		a.admitted = tc.other
		wantStatus(t, c.Send(http.MethodPost, tc.to, form), http.StatusSeeOther)
		u, err := a.store.User(t.Context(), w.Owner.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]string{u.Name, u.Language, u.Theme}; got != tc.want {
			t.Errorf("%s: it is %q, want %q", what, got, tc.want)
		}
		if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ?", models.EventUserUpdate) - audited; n != 1 {
			t.Errorf("%s: %d names are in the audit", what, n)
		}
	}
}

func TestChangePassword(t *testing.T) {
	const next = "other unrelated words now"
	a, w := newFixture(t)
	here, there := a.as(t, w.Owner.ID), a.as(t, w.Owner.ID)
	token := here.Cookie(web.CookieName(false))
	for _, tc := range []struct{ current, password, again, field, words string }{
		{"", next, next, "current", "Enter a password"},
		{"wrong", next, next, "current", "not your current password"},
		{password, "short", "short", "password", "at least 12"},
		{password, "ada king ada king", "ada king ada king", "password", "easy to guess"},
		{password, next, next + "x", "password_again", "do not match"},
	} {
		p := here.Get("/profile").Form("#password form").Set("current", tc.current).Set("password", tc.password).Set("password_again", tc.again).Submit()
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("#f-"+tc.field+"-error"), tc.words) {
			t.Errorf("%+v: %d %q", tc, p.Status, p.Text("#password"))
		}
		if next := p.Find("form[action='/preferences'] input[name=next]").First().AttrOr("value", ""); next != "/profile" {
			t.Errorf("%+v: a choice of language would lead to %q", tc, next)
		}
		if strings.Contains(p.Body, tc.password) || tc.current == password && strings.Contains(p.Body, password) {
			t.Errorf("%+v: a password is on the page", tc)
		}
	}
	if !signedIn(there) {
		t.Fatal("a refused change ended a session")
	}
	p := here.Get("/profile").Form("#password form").Set("current", password).Set("password", next).Set("password_again", next).Submit()
	if p.URL != "/profile" || !strings.Contains(p.Text("[data-flash]"), "Password changed") {
		t.Fatalf("it led to %s: %q", p.URL, p.Text("main"))
	}
	if signedIn(there) {
		t.Error("the other session goes on")
	}
	if here.Cookie(web.CookieName(false)) == token {
		t.Error("the token is the old one")
	}
	here.SetCookie(web.CookieName(false), token)
	if signedIn(here) {
		t.Error("the old token works")
	}
	if p := signIn(a.visitor(t), "ada@example.com", password); p.Status != http.StatusUnprocessableEntity {
		t.Error("the old password works")
	}
	if c := a.visitor(t); signIn(c, "ada@example.com", next).Status >= 500 || !signedIn(c) {
		t.Error("the new password does not work")
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ?", models.EventUserPassword); n != 1 {
		t.Errorf("%d rows in the audit", n)
	}
}

func TestCurrentPasswordAttemptsAreLimited(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	fields := url.Values{"current": {"wrong"}, "password": {"other unrelated words now"}, "password_again": {"other unrelated words now"}}
	last := 0
	for range 21 {
		last = c.Post("/profile/password", fields).Status
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the 21st attempt gave %d", last)
	}
	if n := a.count(t, `SELECT count(*) FROM audit WHERE event = ? AND actor_id = ? AND after = '{"at":"password"}'`, models.EventUserReauthFailed, w.Owner.ID); n != 20 {
		t.Errorf("%d wrong passwords in the audit", n)
	}
	if row := rowOf(c.Get("/a/acme/audit"), models.EventUserReauthFailed); !strings.Contains(row, "password change") {
		t.Errorf("the audit's page: %s", row)
	}
}

func TestSessionsList(t *testing.T) {
	a, w := newFixture(t)
	here, there := a.visitor(t), a.visitor(t)
	there.Header.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1 <script>")
	signIn(here, "ada@example.com", password)
	signIn(there, "ada@example.com", password)
	eve := storetest.SeedMember(t, a.store, w.Account, "Eve", "eve@example.com", models.RoleAdmin)
	stranger := a.as(t, eve.UserID)

	page := here.Get("/profile")
	if page.Find("#sessions li").Length() != 2 || !strings.Contains(page.Text("#sessions"), "Safari · iPhone") || !strings.Contains(page.Text("#sessions"), "192.0.2.10") {
		t.Fatalf("the list: %q", page.Text("#sessions"))
	}
	if current := page.Find("#sessions li:has(.badge)"); current.Length() != 1 || !strings.Contains(current.Text(), "Firefox · Linux") {
		t.Errorf("this browser: %q", current.Text())
	}
	if strings.Contains(page.Body, here.Cookie(web.CookieName(false))) {
		t.Error("the token is on the page")
	}
	end := page.Form("#sessions li form")
	if p := stranger.Post(end.Action, url.Values{}); p.Status != http.StatusNotFound || !signedIn(there) {
		t.Errorf("somebody else ended the session: %d", p.Status)
	}
	if p := end.Submit(); p.Find("#sessions li").Length() != 1 || signedIn(there) || !signedIn(here) {
		t.Errorf("after ending one: %q", p.Text("#sessions"))
	}
	if p := here.Post(end.Action, url.Values{}); p.Status != http.StatusNotFound || !strings.Contains(p.Text("main"), "already ended") {
		t.Errorf("ending it again: %d %q", p.Status, p.Text("main"))
	}
	signIn(there, "ada@example.com", password)
	if p := here.HX().Get("/profile").Form("#sessions li form").Submit(); p.Find("#sessions li").Length() != 1 || p.Has("html[lang]") {
		t.Errorf("htmx got %s", p.Body)
	}
}

func TestSignOutEverywhere(t *testing.T) {
	a, w := newFixture(t)
	here, there := a.as(t, w.Owner.ID), a.as(t, w.Owner.ID)
	token := here.Cookie(web.CookieName(false))
	eve := a.as(t, storetest.SeedMember(t, a.store, w.Account, "Eve", "eve@example.com", models.RoleAdmin).UserID)
	if p := here.Get("/profile").Form("#end-everywhere form").Submit(); p.URL != "/login?out=1" {
		t.Errorf("it led to %s", p.URL)
	}
	if signedIn(here) || signedIn(there) {
		t.Error("a session goes on")
	}
	here.SetCookie(web.CookieName(false), token)
	if signedIn(here) {
		t.Error("the old token works")
	}
	if !signedIn(eve) {
		t.Error("somebody else was signed out")
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ?", models.EventUserSignOutAll); n != 1 {
		t.Errorf("%d rows in the audit", n)
	}
}

// TestIdleSessionsAreNotListed checks that a session that expired without use
// is not listed.
func TestIdleSessionsAreNotListed(t *testing.T) {
	a, w := newFixture(t)
	here := a.as(t, w.Owner.ID)
	a.as(t, w.Owner.ID)
	if n := here.Get("/profile").Find("#sessions li").Length(); n != 2 {
		t.Fatalf("%d sessions, want 2", n)
	}
	for range 2 {
		a.pass(web.SessionIdle / 2)
		here.Get("/profile")
	}
	if n := here.Get("/profile").Find("#sessions li").Length(); n != 1 {
		t.Errorf("%d sessions after one was not used, want 1", n)
	}
}
