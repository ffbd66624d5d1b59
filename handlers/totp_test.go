package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web"
	"keywicket/web/webtest"
)

// setUpApp goes through the set-up in the profile, and returns the secret and
// the recovery codes.
func setUpApp(t *testing.T, a *app, c *webtest.Client) (secret string, codes []string) {
	t.Helper()
	p := c.Get("/profile").Form(`form[action="/profile/totp/begin"]`).Submit()
	secret = strings.ReplaceAll(p.Text("#totp-secret"), " ", "")
	if !p.Has("svg.qr path") || len(secret) != 32 {
		t.Fatalf("%d: %q, %q", p.Status, secret, p.Text("main"))
	}
	p = p.Form(`form[action="/profile/totp/confirm"]`).Set("code", appCode(t, secret, a.now())).Submit()
	codes = strings.Fields(p.Text("#recovery-list"))
	if len(codes) != 10 {
		t.Fatalf("%d: %q", p.Status, p.Text("main"))
	}
	return secret, codes
}

// appCode returns the code of an authenticator app at a time.
func appCode(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestSetUpAnApp(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	p := c.Get("/profile").Form(`form[action="/profile/totp/begin"]`).Submit()
	secret := strings.ReplaceAll(p.Text("#totp-secret"), " ", "")
	wrong := p.Form(`form[action="/profile/totp/confirm"]`).Set("code", "000 000").Submit()
	if wrong.Status != http.StatusUnprocessableEntity || !strings.Contains(wrong.Text("#f-code-error"), "wrong") || strings.ReplaceAll(wrong.Text("#totp-secret"), " ", "") != secret {
		t.Errorf("a wrong code: %d %q", wrong.Status, wrong.Text("main"))
	}
	if n := a.count(t, `SELECT count(*) FROM audit WHERE event = ? AND actor_id = ? AND after = '{"at":"totp"}'`, models.EventUserReauthFailed, w.Owner.ID); n != 1 {
		t.Errorf("%d wrong codes in the audit", n)
	}
	secret, codes := setUpApp(t, a, c)
	page := c.Get("/profile")
	if !strings.Contains(page.Text("#totp"), "10 of 10 left") {
		t.Errorf("the profile: %q", page.Text("#totp"))
	}
	for _, plain := range append(codes, secret) {
		if strings.Contains(page.Body, plain) || strings.Contains(a.log.String(), plain) || strings.Contains(a.snapshot(t), plain) {
			t.Errorf("%s is on the page, in the log or in the database", plain)
		}
	}
	if p := c.Send(http.MethodPost, "/profile/totp/begin", url.Values{}); p.Status != http.StatusConflict {
		t.Errorf("beginning again: %d", p.Status)
	}
	again := c.Get("/profile").Form(`form[action="/profile/totp/codes"]`).Submit()
	if fresh := strings.Fields(again.Text("#recovery-list")); len(fresh) != 10 || fresh[0] == codes[0] {
		t.Errorf("new codes: %v", fresh)
	}
	if p := c.Get("/profile").Form(`form[action="/profile/totp/end"]`).Submit(); p.URL != "/profile" || !p.Has(`form[action="/profile/totp/begin"]`) {
		t.Errorf("turned off: %q", p.Text("#totp"))
	}
	for _, e := range []models.Event{models.EventUserTOTPOn, models.EventUserRecoveryNew, models.EventUserTOTPOff} {
		if a.count(t, "SELECT count(*) FROM audit WHERE event = ?", e) != 1 {
			t.Errorf("%s is not in the audit once", e)
		}
	}
}

func TestSetUpAnAppByHTMX(t *testing.T) {
	a, w := newFixture(t)
	h := a.as(t, w.Owner.ID).HX()
	p := h.Get("/profile").Form(`form[action="/profile/totp/begin"]`).Submit()
	if p.Has("html[lang]") || !p.Has("dialog[data-show] svg.qr") {
		t.Fatalf("%.300s", p.Body)
	}
	secret := strings.ReplaceAll(p.Text("#totp-secret"), " ", "")
	p = p.Form("#totp-setup form").Set("code", appCode(t, secret, a.now())).Submit()
	if !p.Has("dialog[data-once] #recovery-list") || !strings.Contains(p.Text("hx-partial"), "10 of 10") {
		t.Errorf("%.600s", p.Body)
	}
	if href := p.Find("a[download]").AttrOr("href", ""); !strings.HasPrefix(href, "data:text/plain") || !strings.Contains(href, strings.Fields(p.Text("#recovery-list"))[9]) {
		t.Errorf("the file: %s", href)
	}
}

// TestSecondFactorChangesRequireReauth checks that changing how a user signs in
// always requires re-authentication, whatever the account's policy.
func TestSecondFactorChangesRequireReauth(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	a.pass(models.ReauthTTL)
	before := a.snapshot(t)
	for _, path := range []string{"begin", "confirm", "codes", "end"} {
		if p := c.Send(http.MethodPost, "/profile/totp/"+path, url.Values{}); !strings.HasPrefix(p.Location(), "/reauth?") {
			t.Errorf("%s: %d %s", path, p.Status, p.Location())
		}
	}
	if a.snapshot(t) != before {
		t.Error("something changed")
	}
}

func TestSignInWithACode(t *testing.T) {
	a, w := newFixture(t)
	secret, codes := setUpApp(t, a, a.as(t, w.Owner.ID))
	a.pass(time.Minute)
	c := a.visitor(t)
	p := c.Get("/profile?x=1").Form(`form[action="/login"]`).Set("email", "ada@example.com").Set("password", password).Submit()
	if p.URL != "/login/code" || signedIn(c) || c.Cookie(web.CookieName(false)) != "" {
		t.Fatalf("after the password: %s", p.URL)
	}
	half := c.Cookie(web.CookieName(false) + "-step")
	p = c.Get("/login/code")
	wrong := p.Form(`form[action="/login/code"]`).Set("code", "123456").Submit()
	if wrong.Status != http.StatusUnprocessableEntity || !strings.Contains(wrong.Text("#f-code-error"), "wrong") || signedIn(c) {
		t.Errorf("a wrong code: %d", wrong.Status)
	}
	if empty := p.Form(`form[action="/login/code"]`).Set("code", "").Submit(); empty.Status != http.StatusUnprocessableEntity {
		t.Errorf("no code: %d", empty.Status)
	}
	code := appCode(t, secret, a.now())
	if right := p.Form(`form[action="/login/code"]`).Set("code", code).Submit(); right.URL != "/profile?x=1" || !signedIn(c) {
		t.Fatalf("the right code led to %s", right.URL)
	}
	// The pending sign-in is used up, and so is the code.
	thief := a.visitor(t)
	thief.SetCookie(web.CookieName(false)+"-step", half)
	thief.SetCookie(web.CookieName(false), half)
	if p := thief.Post("/login/code", url.Values{"code": {appCode(t, secret, a.now().Add(30*time.Second))}}); !strings.HasPrefix(p.URL, "/login?late=1") || signedIn(thief) {
		t.Errorf("a used step led to %s", p.URL)
	}
	again := a.visitor(t)
	signIn(again, "ada@example.com", password)
	if p := again.Post("/login/code", url.Values{"code": {code}}); p.Status != http.StatusUnprocessableEntity || signedIn(again) {
		t.Errorf("a used code: %d", p.Status)
	}
	if p := again.Post("/login/code", url.Values{"code": {codes[0]}}); p.URL != "/a/acme/keys" || !strings.Contains(again.Get("/profile").Text("#totp"), "9 of 10 left") {
		t.Errorf("a recovery code led to %s", p.URL)
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ?", models.EventUserSignIn); n != 2 {
		t.Errorf("%d log-ins in the audit; a password alone is none", n)
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ?", models.EventUserSignInFailed); n != 2 {
		t.Errorf("%d wrong codes in the audit", n)
	}
	for _, plain := range []string{secret, code, codes[0], half} {
		if strings.Contains(a.log.String(), plain) || strings.Contains(a.snapshot(t), plain) {
			t.Errorf("%s is in the log or in the database", plain)
		}
	}
}

func TestHalfSignedInIsNotSignedIn(t *testing.T) {
	a, w := newFixture(t)
	secret, _ := setUpApp(t, a, a.as(t, w.Owner.ID))
	things := ids(t, a, w)
	a.pass(time.Minute)
	c := a.visitor(t)
	signIn(c, "ada@example.com", password)
	for _, r := range a.routes {
		if !r.Access.IsPublic() {
			if p := c.Send(r.Method, path(t, r.Path, things), url.Values{}); !strings.HasPrefix(p.Location(), "/login") {
				t.Errorf("%s: %d %s", r.Name, p.Status, p.Location())
			}
		}
	}
	code := func() url.Values { return url.Values{"code": {appCode(t, secret, a.now())}} }
	enter := func() string { return c.Post("/login/code", code()).URL }
	// A pending sign-in ends after a time, after wrong codes, with a new
	// password, and with the removal of the app.
	a.pass(models.SignInTTL)
	if to := enter(); !strings.HasPrefix(to, "/login?late=1") {
		t.Errorf("too late: %s", to)
	}
	signIn(c, "ada@example.com", password)
	for range 5 {
		c.Post("/login/code", url.Values{"code": {"000000"}})
	}
	if to := enter(); !strings.HasPrefix(to, "/login?late=1") {
		t.Errorf("after five wrong codes: %s", to)
	}
	signIn(c, "ada@example.com", password)
	if _, err := storetest.DB(t, a.store).ExecContext(t.Context(), "UPDATE users SET password_hash = 'x' || password_hash"); err != nil {
		t.Fatal(err)
	}
	if to := enter(); !strings.HasPrefix(to, "/login?late=1") || signedIn(c) {
		t.Errorf("after another password: %s", to)
	}
}

func TestCodesAreThrottledWithPasswords(t *testing.T) {
	a, w := newFixture(t)
	secret, _ := setUpApp(t, a, a.as(t, w.Owner.ID))
	a.pass(time.Minute)
	c, tries := a.visitor(t), 0
	for range 8 {
		if p := signIn(c, "ada@example.com", password); p.URL != "/login/code" {
			break
		}
		for range 5 {
			if c.Post("/login/code", url.Values{"code": {"000000"}}).Status == http.StatusUnprocessableEntity {
				tries++
			}
		}
	}
	if tries != 20 {
		t.Errorf("%d codes were tried", tries)
	}
	if c.Post("/login/code", url.Values{"code": {appCode(t, secret, a.now())}}); signedIn(c) {
		t.Error("the right code still got in")
	}
}

func TestReauthWithACode(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	secret, codes := setUpApp(t, a, c)
	a.pass(time.Hour)
	form := c.Get("/reauth?next=/profile").Form(`form[action="/reauth"]`)
	if !strings.Contains(c.Get("/reauth").Text("label"), "code from your authenticator app") {
		t.Error("the question does not offer it")
	}
	for _, wrong := range []string{"000000", codes[0]} {
		if p := form.Set("reauth", wrong).Submit(); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("#f-reauth-error"), "neither") {
			t.Errorf("%s: %d %q", wrong, p.Status, p.Text("main"))
		}
	}
	code := appCode(t, secret, a.now())
	if p := form.Set("reauth", code).Submit(); p.URL != "/profile" {
		t.Errorf("a code: %d %s", p.Status, p.URL)
	}
	if p := form.Set("reauth", code).Submit(); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("the same code again: %d", p.Status)
	}
	if p := form.Set("reauth", password).Submit(); p.URL != "/profile" {
		t.Errorf("the password: %d %s", p.Status, p.URL)
	}
}
