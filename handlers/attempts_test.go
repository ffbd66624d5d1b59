package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web/webtest"
)

// deviceCookie is the cookie by which a browser is known after a sign-in.
const deviceCookie = "keywicket-device"

// quick is Passwords without the slow hash, for tests with many attempts.
type quick struct{}

// Hash returns the password with a mark.
func (quick) Hash(_ context.Context, password string) (string, error) {
	return "quick " + password, nil
}

// Verify reports whether the hash is that of the password.
func (quick) Verify(_ context.Context, hash, password string) (bool, error) {
	return hash == "quick "+password, nil
}

// newQuick is newFixture with quick passwords.
func newQuick(t *testing.T) (*app, storetest.Fixture) {
	t.Helper()
	a := newAppWith(t, quick{})
	return a, storetest.SeedOwner(t, a.store, models.NewOwner{
		AccountName: "Acme", Name: "Ada King", Email: "ada@example.com", PasswordHash: "quick " + password, Preset: true,
	})
}

// strangers uses up every attempt that somebody without credentials has: for
// the e-mail, and from the network address of the test's browsers.
func strangers(t *testing.T, a *app, email string) {
	t.Helper()
	for i := 0; ; i++ {
		err := a.store.CountAttempt(t.Context(), models.SignInAttempts(email, fmt.Sprintf("203.0.113.%d", i)))
		if models.CodeOf(err) == models.CodeTooMany {
			break
		}
		if err != nil || i > 1000 {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	for i := 0; ; i++ {
		err := a.store.CountAttempt(t.Context(), models.SignInAttempts(fmt.Sprintf("p%d@example.com", i), "192.0.2.10"))
		if models.CodeOf(err) == models.CodeTooMany {
			break
		}
		if err != nil || i > 1000 {
			t.Fatalf("try %d: %v", i, err)
		}
	}
}

// wrongAnswers returns wrong answers for the fields of every form that asks for
// a secret.
func wrongAnswers() url.Values {
	return url.Values{
		"reauth": {"wrong wrong wrong"}, "current": {"wrong wrong wrong"}, "code": {"000000"},
		"password": {"other unrelated words now"}, "password_again": {"other unrelated words now"},
	}
}

// TestStrangersLockNobodyOutOfTheirSession checks that no route counts a
// signed-in user's attempts together with those of strangers. It walks the
// route table, so it covers new routes.
func TestStrangersLockNobodyOutOfTheirSession(t *testing.T) {
	a, w := newQuick(t)
	things := ids(t, a, w)
	strangers(t, a, w.Owner.Email)
	for _, r := range unsafeRoutes(a) {
		if r.Access.IsPublic() {
			continue
		}
		if p := a.as(t, w.Owner.ID).Send(r.Method, path(t, r.Path, things), wrongAnswers()); p.Status == http.StatusTooManyRequests {
			t.Errorf("%s: strangers used up the tries", r.Name)
		}
	}
	c := a.as(t, w.Owner.ID)
	a.pass(models.ReauthTTL)
	if p := c.Send(http.MethodPost, "/reauth", url.Values{"reauth": {password}}); p.Status != http.StatusSeeOther {
		t.Errorf("reauth: %d", p.Status)
	}
	setUpApp(t, a, c)
	const next = "other unrelated words now"
	fields := url.Values{"current": {password}, "password": {next}, "password_again": {next}}
	if p := c.Send(http.MethodPost, "/profile/password", fields); p.Status != http.StatusSeeOther {
		t.Errorf("password: %d", p.Status)
	}
}

// TestTriesInASessionAreLimited checks that attempts in a session are limited,
// both for the session and for all sessions of the user.
func TestTriesInASessionAreLimited(t *testing.T) {
	a, w := newQuick(t)
	ask := map[string]func(c *webtest.Client) int{
		"reauth": func(c *webtest.Client) int { return c.Send(http.MethodPost, "/reauth", wrongAnswers()).Status },
		"password": func(c *webtest.Client) int {
			return c.Send(http.MethodPost, "/profile/password", wrongAnswers()).Status
		},
		"code": func(c *webtest.Client) int {
			return c.Send(http.MethodPost, "/profile/totp/confirm", wrongAnswers()).Status
		},
	}
	if _, err := a.store.BeginTOTP(t.Context(), w.Who); err != nil {
		t.Fatal(err)
	}
	for name, try := range ask {
		a.pass(models.AttemptWindow)
		let := 0
		for range models.MaxAttemptsPerPerson/models.MaxAttempts + 1 {
			c := a.as(t, w.Owner.ID)
			for range models.MaxAttempts + 1 {
				if try(c) == http.StatusUnprocessableEntity {
					let++
				}
			}
			if c.Send(http.MethodPost, "/reauth", url.Values{"reauth": {password}}).Status != http.StatusTooManyRequests {
				t.Errorf("%s: the right password after too many tries is taken", name)
			}
		}
		if let != models.MaxAttemptsPerPerson {
			t.Errorf("%s: %d tries in four sessions", name, let)
		}
		v := a.visitor(t)
		if signIn(v, w.Owner.Email, password); !signedIn(v) {
			t.Errorf("%s: tries in a session keep the person from the sign-in", name)
		}
	}
}

// TestStrangersLockNobodyOutOfTheirBrowser checks that a browser in which the
// user has signed in before has its own attempts.
func TestStrangersLockNobodyOutOfTheirBrowser(t *testing.T) {
	a, w := newQuick(t)
	own, before := a.visitor(t), a.visitor(t)
	signIn(own, w.Owner.Email, password)
	device := own.Cookie(deviceCookie)
	own.Send(http.MethodPost, "/logout", url.Values{})
	storetest.SeedMember(t, a.store, w.Account, "Eve", "eve@example.com", models.RoleMember)
	strangers(t, a, w.Owner.Email)

	if signIn(before, w.Owner.Email, password); signedIn(before) {
		t.Fatal("the strangers did not use up the tries")
	}
	for name, token := range map[string]string{
		"of somebody else": a.store.NewDevice(w.Owner.ID + 1), "forged": device[:len(device)-2] + "AA", "without a sum": "x.", "empty": ".",
	} {
		v := a.visitor(t)
		v.SetCookie(deviceCookie, token)
		if signIn(v, w.Owner.Email, password); signedIn(v) {
			t.Errorf("a token %s is taken", name)
		}
	}
	if signIn(own, w.Owner.Email, password); !signedIn(own) || own.Cookie(deviceCookie) != device {
		t.Error("the person's own browser is locked out, or got another token")
	}
	let := 0
	for range models.MaxAttempts + 5 {
		v := a.visitor(t)
		v.SetCookie(deviceCookie, device)
		if signIn(v, w.Owner.Email, "wrong wrong wrong").Status == http.StatusUnprocessableEntity {
			let++
		}
	}
	if let != models.MaxAttempts {
		t.Errorf("%d wrong passwords in one browser", let)
	}
}

// TestStrangersLockNobodyOutOfTheCode checks that callers without the password
// cannot use up the attempts at the code, which have their own limit.
func TestStrangersLockNobodyOutOfTheCode(t *testing.T) {
	a, w := newQuick(t)
	_, codes := setUpApp(t, a, a.as(t, w.Owner.ID))
	c := a.visitor(t)
	if p := signIn(c, w.Owner.Email, password); p.URL != "/login/code" {
		t.Fatalf("it led to %s", p.URL)
	}
	strangers(t, a, w.Owner.Email)
	if p := c.Post("/login/code", url.Values{"code": {codes[0]}}); !signedIn(c) {
		t.Errorf("%d %q", p.Status, p.Text("main"))
	}
	a.pass(models.AttemptWindow)
	let, last := 0, 0
	for range models.MaxAttempts + 5 {
		v := a.visitor(t)
		signIn(v, w.Owner.Email, password)
		if last = v.Post("/login/code", url.Values{"code": {"000000"}}).Status; last == http.StatusUnprocessableEntity {
			let++
		}
	}
	if let != models.MaxAttempts || last != http.StatusTooManyRequests {
		t.Errorf("%d codes were tried, the last with %d", let, last)
	}
}

// TestInvitationsLockNobodyOut checks that attempts on an invitation are
// counted separately.
func TestInvitationsLockNobodyOut(t *testing.T) {
	a, w := newQuick(t)
	link := invited(t, a.as(t, w.Owner.ID), "member", "")
	fields := url.Values{"name": {"Eve"}, "email": {w.Owner.Email}, "password": {"four other words there"}, "password_again": {"four other words there"}}
	for range models.MaxAttempts + 1 {
		a.visitor(t).Post(link, fields)
	}
	v := a.visitor(t)
	if p := signIn(v, w.Owner.Email, password); !signedIn(v) {
		t.Errorf("the sign-in gave %d", p.Status)
	}
}

// TestStrangersSpoilNoLink checks that requesting more reset mails does not
// invalidate a link that was sent.
func TestStrangersSpoilNoLink(t *testing.T) {
	a, w := newQuick(t)
	a.visitor(t).Post("/forgot", url.Values{"email": {w.Owner.Email}})
	a.mail.work(t)
	link := invitePath.FindString(a.mail.sent[0].Text)
	for range 2 {
		a.visitor(t).Post("/forgot", url.Values{"email": {w.Owner.Email}})
		a.mail.work(t)
	}
	a.pass(models.ResetTTL - time.Second)
	if p := a.visitor(t).Get(link); p.Status != http.StatusOK {
		t.Errorf("the first link: %d", p.Status)
	}
}
