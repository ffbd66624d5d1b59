package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestForgottenPassword(t *testing.T) {
	a, w := newFixture(t)
	here := a.as(t, w.Owner.ID)
	v := a.visitor(t)
	if !v.Get("/login").Has("a[href='/forgot']") {
		t.Error("the sign-in page has no link")
	}
	var words []string
	for _, email := range []string{"ada@example.com", "nobody@example.com"} {
		p := v.Get("/forgot").Form("form[action='/forgot']").Set("email", email).Submit()
		words = append(words, strings.ReplaceAll(p.Text("main"), email, "…"))
		if p.Status != http.StatusOK || len(a.mail.sent) != 0 {
			t.Errorf("%s: %d, and %d mails before the answer", email, p.Status, len(a.mail.sent))
		}
	}
	if words[0] != words[1] || a.count(t, "SELECT count(*) FROM password_resets") != 0 {
		t.Errorf("the answers tell who exists: %q", words)
	}
	a.mail.work(t)
	if len(a.mail.sent) != 1 || a.mail.sent[0].To != "ada@example.com" {
		t.Fatalf("sent %+v", a.mail.sent)
	}
	link := invitePath.FindString(a.mail.sent[0].Text)
	form := v.Get(link).Form("form[action^='/reset/']")
	if p := form.Set("password", "ada king ada king").Set("password_again", "ada king ada king").Submit(); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("an easy one: %d", p.Status)
	}
	const next = "other unrelated words now"
	if p := form.Set("password", next).Set("password_again", next).Submit(); p.URL != "/login?reset=1" || !strings.Contains(p.Text("main"), "Sign in with the new one") {
		t.Errorf("it led to %s: %q", p.URL, p.Text("main"))
	}
	if signedIn(here) {
		t.Error("a session goes on")
	}
	if p := v.Get(link); p.Status != http.StatusNotFound {
		t.Errorf("the link once more: %d", p.Status)
	}
	if c := a.visitor(t); signIn(c, "ada@example.com", next).Status >= 400 || !signedIn(c) {
		t.Error("the new password does not work")
	}
	if strings.Contains(a.log.String(), link) {
		t.Error("the link is in the log")
	}
}

func TestForgottenPasswordIsLimited(t *testing.T) {
	a, _ := newFixture(t)
	v := a.visitor(t)
	var status int
	for range 4 {
		status = v.Post("/forgot", url.Values{"email": {"ada@example.com"}}).Status
	}
	if status != http.StatusTooManyRequests || len(a.mail.waits) != 3 {
		t.Errorf("the fourth gave %d, %d wait", status, len(a.mail.waits))
	}
	a.pass(16 * time.Minute)
	if p := v.Post("/forgot", url.Values{"email": {"ada@example.com"}}); p.Status != http.StatusOK {
		t.Errorf("later: %d", p.Status)
	}
}
