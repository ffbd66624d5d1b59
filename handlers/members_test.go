package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web"
	"keywicket/web/mail"
	"keywicket/web/webtest"
)

// outbox is a mail server that keeps the mails it receives, and the work that
// the console does later.
type outbox struct {
	mu    sync.Mutex
	sent  []mail.Message
	fail  error
	waits []func(context.Context) error
}

// Send stores a mail, or fails as configured.
func (o *outbox) Send(_ context.Context, m mail.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return o.fail
	}
	o.sent = append(o.sent, m)
	return nil
}

// later stores work until the test calls outbox.work.
func (o *outbox) later(do func(context.Context) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waits = append(o.waits, do)
}

// work does the stored work.
func (o *outbox) work(t *testing.T) {
	t.Helper()
	for _, do := range o.waits {
		if err := do(t.Context()); err != nil {
			t.Error(err)
		}
	}
	o.waits = nil
}

var invitePath = regexp.MustCompile(`/(invite|reset)/[\w-]{20,}`)

const membersPath = "/a/acme/settings/members"

// invited creates an invitation on the page and returns the path of its link.
func invited(t *testing.T, c *webtest.Client, role, email string) string {
	t.Helper()
	p := c.Get(membersPath+"/invite").Form("form[action$='/invite']").Set("role", role).Set("email", email).Submit()
	link := invitePath.FindString(p.Find("#invitation-link").AttrOr("value", ""))
	if link == "" {
		t.Fatalf("no link: %d %q", p.Status, p.Text("main"))
	}
	return link
}

func TestInviteAndJoin(t *testing.T) {
	for _, script := range []bool{false, true} {
		a, w := newFixture(t)
		c := a.as(t, w.Owner.ID)
		if script {
			c.Get(membersPath)
			c = c.HX()
		}
		link := invited(t, c, "admin", "")
		if list := c.Get(membersPath); !strings.Contains(list.Text("#members"), "Shared link") || strings.Contains(list.Body, link) {
			t.Errorf("the list: %q", list.Text("#members"))
		}
		v := a.visitor(t)
		page := v.Get(link)
		if !strings.Contains(page.Text("main"), "Ada King invited you") || page.Find("form[action^='/invite/'] input[name=email]").Length() != 1 {
			t.Errorf("the invitation says %q", page.Text("main"))
		}
		form := page.Form("form[action^='/invite/']").Set("name", "Nina New").Set("email", "nina@example.com").Set("language", "zh-CN")
		if p := form.Set("password", "short").Set("password_again", "short").Submit(); p.Status != http.StatusUnprocessableEntity || p.Find("input[name=name]").AttrOr("value", "") != "Nina New" || strings.Contains(p.Body, "short\"") {
			t.Errorf("a short password: %d", p.Status)
		}
		p := form.Set("password", "four other words there").Set("password_again", "four other words there").Submit()
		if p.URL != "/a/acme/keys" || !signedIn(v) || p.Find("html").AttrOr("lang", "") != "zh-CN" {
			t.Errorf("joining led to %s, %d %q", p.URL, p.Status, p.Text("main"))
		}
		if gone := a.visitor(t).Get(link); gone.Status != http.StatusNotFound || !strings.Contains(gone.Text("main"), "no longer works") {
			t.Errorf("the link once more: %d %q", gone.Status, gone.Text("main"))
		}
		if v.Get(membersPath).Status != http.StatusOK {
			t.Error("an Admin does not see the members")
		}
	}
}

func TestJoinWithASignIn(t *testing.T) {
	a, w := newFixture(t)
	owner := a.as(t, w.Owner.ID)
	other := storetest.SeedOther(t, a.store, "Other")
	link := invited(t, owner, "member", "")
	v := a.visitor(t)
	page := v.Get(link)
	if to := page.Find("a[href^='/login?']").AttrOr("href", ""); to != "/login?"+(url.Values{"next": {link}}).Encode() {
		t.Errorf("the sign-in is at %q", to)
	}
	if p := v.Send(http.MethodPost, link+"/join", url.Values{}); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location(), "/login") {
		t.Errorf("a visitor joins: %d", p.Status)
	}
	fields := url.Values{"name": {"Eve"}, "email": {other.Owner.Email}, "password": {"four other words there"}, "password_again": {"four other words there"}}
	if p := v.Post(link, fields); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("#f-email-error"), "already registered") {
		t.Errorf("a registered e-mail: %d %q", p.Status, p.Text("main"))
	}
	if p := owner.Get(link); !strings.Contains(p.Text("main"), "You are already a member") {
		t.Errorf("a member sees %q", p.Text("main"))
	}
	if p := owner.Post(link+"/join", url.Values{}); p.Status != http.StatusConflict {
		t.Errorf("a member joins: %d", p.Status)
	}
	c := a.as(t, other.Owner.ID)
	p := c.Get(link).Form("form[action$='/join']").Submit()
	if p.URL != "/a/acme/keys" || !strings.Contains(p.Text("[data-flash]"), "Welcome to Acme") {
		t.Errorf("joining led to %s %q", p.URL, p.Text("main"))
	}
	if links := c.Get("/a/acme/keys").Find("#accounts a"); links.Length() != 2 {
		t.Errorf("the switcher has %d accounts", links.Length())
	}
	if p := c.Get("/"); p.URL != "/a/acme/keys" {
		t.Errorf("home is %s", p.URL)
	}
}

// TestJoiningIsThrottled checks that the attempts of an invitation's holder at
// e-mails and passwords are counted.
func TestJoiningIsThrottled(t *testing.T) {
	a, w := newFixture(t)
	link := invited(t, a.as(t, w.Owner.ID), "member", "")
	v := a.visitor(t)
	last := 0
	for range 21 {
		last = v.Post(link, url.Values{"name": {"Eve"}, "email": {"ada@example.com"}, "password": {"four other words there"}, "password_again": {"four other words there"}}).Status
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("the 21st try gave %d", last)
	}
}

func TestInvitationByMail(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	link := invited(t, c, "member", "Nina@Example.com")
	if len(a.mail.sent) != 1 || a.mail.sent[0].To != "nina@example.com" || a.mail.sent[0].Subject != "Join Acme on Keywicket" || !strings.Contains(a.mail.sent[0].Text, "http://keywicket.test"+link+"\n") {
		t.Fatalf("sent %+v", a.mail.sent)
	}
	page := a.visitor(t).Get(link)
	if email := page.Find("input[name=email]"); email.AttrOr("value", "") != "nina@example.com" || !email.Is("[readonly]") {
		t.Error("the address can be changed")
	}
	a.mail.fail = errors.New("down")
	p := c.Get(membersPath+"/invite").Form("form[action$='/invite']").Set("email", "max@example.com").Submit()
	if p.Status != http.StatusOK || !strings.Contains(p.Text("main"), "could not be sent") || invitePath.FindString(p.Body) == "" {
		t.Errorf("with the mail server down: %d %q", p.Status, p.Text("main"))
	}
	if p := c.Get(membersPath); !strings.Contains(p.Text("#members"), "max@example.com") {
		t.Error("the failed mail cost the invitation")
	}
	if strings.Contains(a.log.String(), link) {
		t.Error("the link is in the log")
	}
}

func TestWithdraw(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	link := invited(t, c, "member", "")
	p := c.Get(membersPath).Form("form[action$='/withdraw']").Submit()
	if p.URL != membersPath || !strings.Contains(p.Text("#members"), "No pending invitations") {
		t.Errorf("withdrawing led to %s: %q", p.URL, p.Text("#members"))
	}
	if p := a.visitor(t).Get(link); p.Status != http.StatusNotFound {
		t.Errorf("the link gives %d", p.Status)
	}
}

// TestDepartureEndsSessions checks that a disabled or removed member is signed
// out in every window by the next request, and that old cookies never work
// again.
func TestDepartureEndsSessions(t *testing.T) {
	for _, act := range []string{"disable", "remove"} {
		a, w := newFixture(t)
		eve := storetest.SeedMember(t, a.store, w.Account, "Eve", "eve@example.com", models.RoleAdmin)
		here, there := a.as(t, eve.UserID), a.as(t, eve.UserID)
		storetest.SeedKeys(t, a.store, eve, 2)
		c := a.as(t, w.Owner.ID)
		ask := c.Get(fmt.Sprintf("%s/%d/%s", membersPath, eve.UserID, act))
		if !strings.Contains(ask.Text("main"), "What happens to their 2 keys?") {
			t.Errorf("%s asks %q", act, ask.Text("main"))
		}
		form := ask.Form(fmt.Sprintf("form[action$='/%s']", act)).Set("keys", "hand_over").Set("to", "4711")
		if p := form.Submit(); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("#f-to-error"), "Choose an active member") || !signedIn(here) {
			t.Errorf("to nobody: %d %q", p.Status, p.Text("main"))
		}
		token := here.Cookie(web.CookieName(false))
		if p := form.Set("to", fmt.Sprint(w.Owner.ID)).Submit(); p.URL != membersPath {
			t.Errorf("%s led to %s", act, p.URL)
		}
		here.SetCookie(web.CookieName(false), token)
		if signedIn(here) || signedIn(there) {
			t.Error("a session goes on")
		}
		if n := a.count(t, "SELECT count(*) FROM keys WHERE owner_id = ?", w.Owner.ID); n != 2 {
			t.Errorf("%d keys were handed over", n)
		}
		back := a.as(t, eve.UserID) // they can still sign in
		if p := back.Get("/a/acme/keys"); p.Status != http.StatusNotFound {
			t.Errorf("the account gives %d", p.Status)
		}
		if p := back.Get("/"); !strings.Contains(p.Text("main"), "You are not in any account") {
			t.Errorf("home says %q", p.Text("main"))
		}
		if act == "disable" {
			c.Get(membersPath).Form("form[action$='/enable']").Submit()
			if p := back.Get("/a/acme/keys"); p.Status != http.StatusOK {
				t.Errorf("enabled again: %d", p.Status)
			}
		}
	}
}

func TestRoles(t *testing.T) {
	a, w := newFixture(t)
	eve := storetest.SeedMember(t, a.store, w.Account, "Eve", "eve@example.com", models.RoleMember)
	c := a.as(t, w.Owner.ID)
	at := func(id int64) string { return fmt.Sprintf("%s/%d/role", membersPath, id) }
	if p := c.Get(at(w.Owner.ID)).Form("form[action$='/role']").Set("role", "member").Submit(); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("[role=alert]"), "last Owner") {
		t.Errorf("the last owner steps down: %d %q", p.Status, p.Text("main"))
	}
	if p := c.Get(at(eve.UserID)).Form("form[action$='/role']").Set("role", "owner").Submit(); p.URL != membersPath || !strings.Contains(p.Text("[data-flash]"), "Eve is now Owner") {
		t.Errorf("it led to %s: %q", p.URL, p.Text("main"))
	}
	if p := c.Get(at(w.Owner.ID)).Form("form[action$='/role']").Set("role", "admin").Submit(); p.URL != "/a/acme/keys" {
		t.Errorf("stepping down led to %s", p.URL)
	}
	list := c.Get(membersPath)
	if list.Has(fmt.Sprintf("a[href='%s']", at(eve.UserID))) {
		t.Error("an Admin is offered to change an Owner")
	}
	for _, path := range []string{"role", "disable", "remove"} {
		p := c.Post(fmt.Sprintf("%s/%d/%s", membersPath, eve.UserID, path), url.Values{"role": {"member"}, "keys": {"leave"}})
		if p.Status != http.StatusForbidden {
			t.Errorf("an Admin at an Owner's %s: %d", path, p.Status)
		}
	}
	if p := c.Post(membersPath+"/invite", url.Values{"role": {"owner"}}); p.Status != http.StatusForbidden {
		t.Errorf("an Admin invites an Owner: %d", p.Status)
	}
}

// TestKeysInSubaccountsAreAskedAbout checks that the question counts keys in
// sub-accounts when somebody leaves the master or becomes a Member of it.
func TestKeysInSubaccountsAreAskedAbout(t *testing.T) {
	for _, script := range []bool{false, true} {
		a, w := newFixture(t)
		sub := storetest.SeedSubaccount(t, a.store, w, "North")
		adam := storetest.SeedMember(t, a.store, w.Account, "Adam", "adam@example.com", models.RoleAdmin)
		below := adam
		below.AccountID = sub.Account.ID
		storetest.SeedKeys(t, a.store, adam, 1)
		storetest.SeedKeys(t, a.store, below, 2)
		c := a.as(t, w.Owner.ID)
		row := fmt.Sprintf("#member-%d", adam.UserID)
		list := c.Get(membersPath)
		if got := list.Text(row); !strings.Contains(got, "1 key") || !strings.Contains(got, "2 in sub-accounts") {
			t.Errorf("the list says %q", got)
		}
		at := fmt.Sprintf("%s/%d/", membersPath, adam.UserID)
		for _, act := range []string{"disable", "remove"} {
			if got := c.Get(at + act).Text("main"); !strings.Contains(got, "What happens to their 3 keys?") || !strings.Contains(got, "Acme: 1 · North: 2") {
				t.Errorf("%s asks %q", act, got)
			}
		}
		if got := c.Get(at + "role").Text("#lost-keys"); !strings.Contains(got, "What happens to their 2 keys?") || !strings.Contains(got, "North: 2") || strings.Contains(got, "Acme: 1") {
			t.Errorf("another role asks %q", got)
		}
		browser := c
		if script {
			browser = c.HX()
		}
		p := browser.Post(at+"role", url.Values{"role": {"member"}})
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "loses 2 keys in sub-accounts") {
			t.Errorf("without an answer: %d", p.Status)
		}
		p = browser.Post(at+"role", url.Values{"role": {"member"}, "keys": {"hand_over"}, "to": {fmt.Sprint(adam.UserID)}})
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("#f-to-error"), "who can open every account") {
			t.Errorf("to themselves: %d %q", p.Status, p.Text("#f-to-error"))
		}
		if p := browser.Post(at+"role", url.Values{"role": {"member"}, "keys": {"disable"}}); p.Status != http.StatusOK {
			t.Errorf("disabled: %d %q", p.Status, p.Text("main"))
		}
		if n := a.count(t, "SELECT count(*) FROM keys WHERE owner_id = ? AND enabled", adam.UserID); n != 1 {
			t.Errorf("%d keys work", n)
		}
		if got := c.Get(at + "remove").Text("main"); !strings.Contains(got, "What happens to their 1 key?") || strings.Contains(got, "North") {
			t.Errorf("afterwards remove asks %q", got)
		}
	}
}

// TestLeavingASubaccountAndStayingByTheMaster checks that a member of the
// master can still enter a sub-account after leaving it.
func TestLeavingASubaccountAndStayingByTheMaster(t *testing.T) {
	a, w := newFixture(t)
	sub := storetest.SeedSubaccount(t, a.store, w, "North")
	adam := storetest.SeedMember(t, a.store, w.Account, "Adam", "adam@example.com", models.RoleAdmin)
	user, err := a.store.User(t.Context(), adam.UserID)
	if err != nil {
		t.Fatal(err)
	}
	below := storetest.Join(t, a.store, sub.Account, user, models.RoleMember)
	storetest.SeedKeys(t, a.store, below, 1)
	c := a.as(t, w.Owner.ID)
	ask := c.Get(fmt.Sprintf("/a/north/settings/members/%d/remove", adam.UserID))
	if got := ask.Text("main"); !strings.Contains(got, "As Admin of Acme") || strings.Contains(got, "What happens") {
		t.Errorf("it says %q", got)
	}
	ask.Form("form[action$='/remove']").Submit()
	if n := a.count(t, "SELECT count(*) FROM keys WHERE owner_id = ? AND enabled", adam.UserID); n != 1 {
		t.Errorf("%d keys work", n)
	}
	if p := a.as(t, adam.UserID).Get("/a/north/keys"); p.Status != http.StatusOK {
		t.Errorf("they get %d", p.Status)
	}
}
