package handlers_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/storetest"
)

// TestMembersWhoLookAlikeAreMarked checks that the Members page marks members
// who can be mistaken for one another, and nobody else.
func TestMembersWhoLookAlikeAreMarked(t *testing.T) {
	a, w := newQuick(t)
	join := func(name, email string) int64 {
		return storetest.SeedMember(t, a.store, w.Account, name, email, models.RoleMember).UserID
	}
	address, name, mixed, plain := join("Eve", "аdа@example.com"), join("Аdа Кing", "king@example.com"), join("Mia", "miа@example.org"), join("Иван (Ivan)", "ivan@example.com")
	p := a.as(t, w.Owner.ID).Get("/a/acme/settings/members")
	row := func(id int64) string { return p.Text("#member-" + strconv.FormatInt(id, 10) + " .main") }
	for id, want := range map[int64]string{
		w.Owner.ID: "The address looks like аdа@example.com but is different. The name looks like Аdа Кing",
		address:    "The address looks like ada@example.com", name: "The name looks like Ada King", mixed: "letters of different scripts",
	} {
		if got := row(id); !strings.Contains(got, want) || !strings.Contains(got, "Possible lookalike") {
			t.Errorf("person %d: %q, want %q", id, got, want)
		}
	}
	if got := row(plain); strings.Contains(got, "Possible lookalike") || strings.Contains(row(address), "name looks like") {
		t.Errorf("marked without a reason: %q", got)
	}
}

// TestJoiningAsALookAlikeIsAskedAbout checks that somebody who joins with an
// address that looks like a member's must confirm it first.
func TestJoiningAsALookAlikeIsAskedAbout(t *testing.T) {
	a, w := newQuick(t)
	owner := a.as(t, w.Owner.ID)
	fields := func(email string) url.Values {
		return url.Values{"name": {"Eve"}, "email": {email}, "password": {"four other words there"}, "password_again": {"four other words there"}}
	}
	link := invited(t, owner, "member", "")
	v := a.visitor(t)
	if v.Get(link).Has("input[name=sure]") {
		t.Error("it is asked before anything was typed")
	}
	p := v.Post(link, fields("аdа@example.com"))
	if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("[role=alert]"), "letter by letter") || signedIn(v) {
		t.Fatalf("%d %q", p.Status, p.Text("main"))
	}
	form := p.Form("form[action='" + link + "']")
	if form.Fields.Has("sure") {
		t.Error("it is confirmed beforehand")
	}
	form.Set("password", "four other words there").Set("password_again", "four other words there").Set("sure", "on").Submit()
	if !signedIn(v) {
		t.Error("it cannot be confirmed")
	}

	link = invited(t, owner, "member", "адa@example.com")
	if p := a.visitor(t).Get(link); p.Has("input[name=sure]") {
		t.Errorf("an address that looks like none: %q", p.Text("main"))
	}
	link = invited(t, owner, "member", "adа@example.com")
	if p := a.visitor(t).Get(link); !p.Has("input[name=sure]") || !strings.Contains(p.Text("main"), "mistaken for a member of Acme") || strings.Contains(p.Text("main"), "ada@example.com") {
		t.Errorf("sent to an address that looks like a member's: %q", p.Text("main"))
	}
	other := storetest.SeedUser(t, a.store, "Ada Кing", "other@example.com")
	if p := a.as(t, other.ID).Get(link); !strings.Contains(p.Text("main"), "mistaken for a member of Acme") {
		t.Errorf("signed in: %q", p.Text("main"))
	}
	v = a.visitor(t)
	if v.Post(invited(t, owner, "member", ""), fields("nina@example.com")); !signedIn(v) {
		t.Error("somebody else is asked")
	}
}

// TestInvitationsDoNotEnumerateMembers checks that the holder of an invitation
// can try only a limited number of names. After that, every name is treated
// like a member's, and joining is still possible.
func TestInvitationsDoNotEnumerateMembers(t *testing.T) {
	a, w := newQuick(t)
	link := invited(t, a.as(t, w.Owner.ID), "member", "")
	eve := storetest.SeedUser(t, a.store, "Eve", "eve@example.com")
	c := a.as(t, eve.ID)
	warned := func(name string) bool {
		t.Helper()
		if p := c.Post("/profile", url.Values{"name": {name}}); p.Status != http.StatusOK {
			t.Fatalf("renaming: %d %q", p.Status, p.Text("main"))
		}
		return strings.Contains(c.Get(link).Text("main"), "mistaken for a member")
	}
	for n := range models.MaxAttempts {
		name, want := "Nobody "+strconv.Itoa(n), false
		if n%2 == 1 {
			name, want = "Ada Кing", true
		}
		if warned(name) != want {
			t.Fatalf("try %d: %v", n, !want)
		}
	}
	for _, name := range []string{"Nobody else", "Ada Кing"} {
		if !warned(name) {
			t.Errorf("%q still tells a member from nobody", name)
		}
	}
	// A new visitor gets no more attempts, and can still join.
	v := a.visitor(t)
	if v.Get(link).Has("input[name=sure]") {
		t.Error("a visitor who typed nothing is warned")
	}
	fields := func(name string) url.Values {
		return url.Values{"name": {name}, "email": {"nina@example.com"}, "password": {"four other words there"}, "password_again": {"four other words there"}}
	}
	for _, name := range []string{"Nina", "Ada Кing"} {
		if p := v.Post(link, fields(name)); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("[role=alert]"), "letter by letter") {
			t.Errorf("%q as a new user: %d %q", name, p.Status, p.Text("main"))
		}
	}
	sure := fields("Nina")
	sure.Set("sure", "on")
	if v.Post(link, sure); !signedIn(v) {
		t.Error("it cannot be confirmed")
	}
	// Each invitation has its own attempts, and its holder can join whatever
	// the others did.
	other := invited(t, a.as(t, w.Owner.ID), "member", "")
	link = other
	if warned("Eve") {
		t.Error("the tries of one invitation are used up by those of another")
	}
	if p := c.Post(other+"/join", url.Values{}); p.URL != "/a/acme/keys" {
		t.Errorf("joining led to %s", p.URL)
	}
}
