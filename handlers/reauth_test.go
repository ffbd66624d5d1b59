package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"keywicket/handlers"
	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web"
	"keywicket/web/webtest"
)

// requireReauth makes the account require re-authentication.
func requireReauth(t *testing.T, a *app, account models.Account) {
	t.Helper()
	if _, err := storetest.DB(t, a.store).ExecContext(t.Context(), "UPDATE accounts SET require_reauth = 1 WHERE id = ?", account.ID); err != nil {
		t.Fatal(err)
	}
}

// doNotAsk turns the requirement off.
func doNotAsk(t *testing.T, a *app, account models.Account) {
	t.Helper()
	if _, err := storetest.DB(t, a.store).ExecContext(t.Context(), "UPDATE accounts SET require_reauth = 0 WHERE id = ?", account.ID); err != nil {
		t.Fatal(err)
	}
}

func TestReauth(t *testing.T) {
	a, w := newFixture(t)
	key := storetest.SeedKeys(t, a.store, w.Who, 1)[0]
	reveal := "/a/acme/keys/" + key.Sid + "/reveal"
	c := a.as(t, w.Owner.ID)
	shown := func() bool { return c.Send(http.MethodPost, reveal, url.Values{}).Status == http.StatusOK }
	a.pass(time.Hour)
	if !shown() {
		t.Fatal("without the policy, the value is not shown")
	}
	requireReauth(t, a, w.Account)
	if shown() {
		t.Fatal("the value is shown an hour after the sign-in")
	}
	if a.count(t, "SELECT count(*) FROM audit WHERE event = ?", models.EventKeyReveal) != 1 {
		t.Error("a value that was not shown is in the audit")
	}
	// For a plain form, the question is a page, which returns to where the
	// action was started.
	c.Get("/a/acme/keys/" + key.Sid)
	p := c.Post(reveal, url.Values{})
	form := p.Form(`form[action="/reauth"]`)
	if p.Status != http.StatusOK || !strings.HasPrefix(p.URL, "/reauth?") || form.Fields.Get("next") != "/a/acme/keys/"+key.Sid {
		t.Fatalf("%d %s, back to %q", p.Status, p.URL, form.Fields.Get("next"))
	}
	if wrong := form.Set("reauth", "not the password").Submit(); wrong.Status != http.StatusUnprocessableEntity || !strings.Contains(wrong.Text("#f-reauth-error"), "not your current password") || shown() {
		t.Errorf("a wrong password: %d %q", wrong.Status, wrong.Text("main"))
	}
	if a.count(t, "SELECT count(*) FROM audit WHERE event = ?", models.EventUserReauthFailed) != 1 {
		t.Error("a wrong answer is not in the audit")
	}
	if right := form.Set("reauth", password).Submit(); right.URL != "/a/acme/keys/"+key.Sid || !shown() {
		t.Errorf("the password led to %s", right.URL)
	}
	a.pass(models.ReauthTTL - time.Second)
	if !shown() {
		t.Error("re-authentication does not count for its whole time")
	}
	a.pass(time.Second)
	if shown() {
		t.Error("re-authentication counts for longer than its time")
	}
	// A new session counts as recent itself, and for no other session.
	other := a.visitor(t)
	signIn(other, "ada@example.com", password)
	if other.Send(http.MethodPost, reveal, url.Values{}).Status != http.StatusOK || shown() {
		t.Error("a sign-in is no re-authentication, or one for other browsers too")
	}
}

func TestReauthByHTMX(t *testing.T) {
	a, w := newFixture(t)
	requireReauth(t, a, w.Account)
	key := storetest.SeedKeys(t, a.store, w.Who, 1)[0]
	h := a.as(t, w.Owner.ID).HX()
	a.pass(time.Hour)
	p := h.Post("/a/acme/keys/"+key.Sid+"/reveal", url.Values{})
	if p.Status != http.StatusOK || !p.Has("dialog[data-show]#reauth-dialog") || p.Has("html[lang]") ||
		p.Header.Get("HX-Retarget") != "#reauth" || p.Header.Get("HX-Reswap") != "innerHTML" || p.Header.Get("Keywicket-Reauth") != "needed" {
		t.Fatalf("%d %v %.300s", p.Status, p.Header, p.Body)
	}
	wrong := p.Form("#reauth-dialog form").Set("reauth", "wrong wrong wrong").Submit()
	if wrong.Status != http.StatusUnprocessableEntity || !wrong.Has("dialog #f-reauth-error") || wrong.Header.Get("Keywicket-Reauth") == "given" {
		t.Errorf("wrong: %d %v", wrong.Status, wrong.Header)
	}
	right := p.Form("#reauth-dialog form").Set("reauth", password).Submit()
	if right.Status != http.StatusNoContent || right.Header.Get("Keywicket-Reauth") != "given" {
		t.Errorf("right: %d %v", right.Status, right.Header)
	}
	if p := h.Post("/a/acme/keys/"+key.Sid+"/reveal", url.Values{}); !p.Has(".secret[data-shown]") {
		t.Errorf("after re-authentication: %.300s", p.Body)
	}
}

func TestReauthRedirectsOnlyHere(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	for _, next := range []string{"https://evil.test/", "//evil.test", `/\evil.test`} {
		if got := c.Get("/reauth?next=" + url.QueryEscape(next)).Form(`form[action="/reauth"]`).Fields.Get("next"); got != "/" {
			t.Errorf("the form holds %q for %q", got, next)
		}
		if p := c.Send(http.MethodPost, "/reauth", url.Values{"reauth": {password}, "next": {next}}); p.Location() != "/" {
			t.Errorf("%q led to %q", next, p.Location())
		}
	}
}

// TestSensitiveRoutesRequireReauth checks that re-authentication is required by
// routes that change members, accounts, policies or credentials, or show a
// value, and not by reading and everyday changes to existing keys.
func TestSensitiveRoutesRequireReauth(t *testing.T) {
	n := 0
	for _, r := range handlers.Routes(handlers.Deps{}) {
		must, may := false, false
		switch r.Access.Permission() {
		case models.PermMembersManage, models.PermOwnersManage, models.PermSubaccountsManage, models.PermImport, models.PermAccountEdit:
			must, may = r.Method == http.MethodPost, true // a form may ask before it is filled in
		case models.PermKeysReveal:
			must = true
		case models.PermKeysManage:
			may = strings.HasPrefix(r.Name, "keys.credentials") || r.Name == "keys.form"
			must = may && r.Method == http.MethodPost || slices.Contains([]string{"keys.create", "keys.copy", "keys.make"}, r.Name)
		case "":
			must = strings.HasPrefix(r.Name, "profile.totp.") || strings.HasPrefix(r.Name, "profile.passkeys.")
		}
		if asks := r.Access.RequiresReauth(); asks != must && (must || !may) {
			t.Errorf("%s asks: %v", r.Name, asks)
		}
		if must {
			n++
		}
	}
	if n < 10 {
		t.Errorf("only %d routes ask", n)
	}
}

// TestEveryRevealRequiresReauth checks that every route whose answer contains a
// value requires re-authentication if the account does. It finds the routes by
// their answers, so it covers new ones.
func TestEveryRevealRequiresReauth(t *testing.T) {
	a, w := newFixture(t)
	things := ids(t, a, w)
	c := a.as(t, w.Owner.ID)
	fields := map[string]url.Values{
		"keys.create":      {"idempotency_key": {"created"}},
		"keys.copy":        {"idempotency_key": {"copied"}},
		"keys.make":        {"channel": {"rest"}, "credential": {"token"}, "apps_mode": {"all"}, "apis_mode": {"all"}, "idempotency_key": {"made"}},
		"keys.credentials": {"credential": {"token"}, "grace": {"0"}},
	}
	value := regexp.MustCompile(`\bkws?_[0-9A-Za-z]{38}\b`)
	var shown []string
	for _, r := range unsafeRoutes(a) {
		if !inAccount(r) || strings.HasSuffix(r.Name, "delete") {
			continue
		}
		to := path(t, r.Path, things)
		p := c.Send(r.Method, to, c.Made(to, fields[r.Name]))
		if !value.MatchString(p.Body) {
			continue
		}
		shown = append(shown, r.Name)
		if !r.Access.RequiresReauth() {
			t.Errorf("%s answers with a value and asks for no re-authentication", r.Name)
		}
	}
	for _, name := range []string{"keys.create", "keys.copy", "keys.make", "keys.reveal", "keys.credentials"} {
		if !slices.Contains(shown, name) {
			t.Errorf("%s shows no value here, only %v do", name, shown)
		}
	}
}

// valueForms returns the forms that create a key and show its value.
func valueForms(t *testing.T, c *webtest.Client, sid string) map[string]*webtest.Form {
	t.Helper()
	list := c.Get(keysPath)
	return map[string]*webtest.Form{
		"create": list.Form("#create"),
		"copy":   list.Form("#menu-" + sid + " form"),
		"make":   c.Get(keysPath + "/new").Form(`form[action="` + keysPath + `/new"]`),
	}
}

// TestAnOldFormShowsNoValue checks that a form that was loaded or submitted
// before does not bypass re-authentication.
func TestAnOldFormShowsNoValue(t *testing.T) {
	a, w := newFixture(t)
	key := storetest.SeedKeys(t, a.store, w.Who, 1)[0]
	reveals := func() int {
		return a.count(t, "SELECT count(*) FROM audit WHERE event = ?", models.EventKeyReveal)
	}
	for name := range valueForms(t, a.as(t, w.Owner.ID), key.Sid) {
		t.Run(name, func(t *testing.T) {
			c := a.as(t, w.Owner.ID)
			form := valueForms(t, c, key.Sid)[name]
			value := attr(t, form.Submit(), "#new-key-value", "value")
			made := a.count(t, "SELECT count(*) FROM keys")
			if again := form.Submit(); attr(t, again, "#new-key-value", "value") != value {
				t.Errorf("the same request at once got %.300s", again.Text("main"))
			}
			seen := reveals()
			withoutValue := func(what string, p *webtest.Page) {
				t.Helper()
				wantText(t, p, "main", "This form was already submitted", "open the key and use the eye button")
				if strings.Contains(p.Body, value) || p.Has("#new-key-value") || !p.Has(`main a[href^="`+keysPath+`/0"]`) {
					t.Errorf("%s got %.600s", what, p.Text("main"))
				}
			}
			other := a.as(t, w.Owner.ID)
			withoutValue("another session", other.Post(form.Action, form.Fields))
			a.pass(models.ReplayTTL)
			withoutValue("the same press a minute later", form.Submit())
			if reveals() != seen || a.count(t, "SELECT count(*) FROM keys") != made {
				t.Error("an answer without a value is in the audit as one, or made a key")
			}
			requireReauth(t, a, w.Account)
			a.pass(models.ReauthTTL)
			if p := c.Post(form.Action, form.Fields); !strings.HasPrefix(p.URL, web.ReauthPath) || strings.Contains(p.Body, value) {
				t.Errorf("without re-authentication the old form led to %s", p.URL)
			}
			fresh := form.Fields
			fresh.Set("idempotency_key", "another press of "+name)
			if p := c.Post(form.Action, fresh); !strings.HasPrefix(p.URL, web.ReauthPath) || a.count(t, "SELECT count(*) FROM keys") != made {
				t.Errorf("without re-authentication a new request led to %s", p.URL)
			}
			doNotAsk(t, a, w.Account)
		})
	}
}

// TestIdempotencyKeyDoesNotShowRotatedCredentials checks that repeating the
// request that made a key does not show credentials that were rotated since.
func TestIdempotencyKeyDoesNotShowRotatedCredentials(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	form := c.Get(keysPath).Form("#create")
	form.Submit()
	sid := strings.TrimPrefix(attr(t, c.Get(keysPath), "tbody tr", "id"), "key-")
	made, err := a.store.ChangeCredentials(t.Context(), w.Who, sid, models.NewCredential{Kind: models.CredentialToken}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if p := form.Submit(); strings.Contains(p.Body, made.Value) || p.Has("#new-key-value") {
		t.Errorf("the request that made the key shows its new value: %.300s", p.Text("main"))
	}
}

// TestAccountChangesRequireReauth checks each change of an account that
// requires re-authentication.
func TestAccountChangesRequireReauth(t *testing.T) {
	a, w := newFixture(t)
	things := ids(t, a, w)
	requireReauth(t, a, w.Account)
	c := a.as(t, w.Owner.ID)
	a.pass(models.ReauthTTL)
	before := a.snapshot(t)
	for _, r := range a.routes {
		if !r.Access.RequiresReauth() {
			continue
		}
		if p := c.Send(r.Method, path(t, r.Path, things), url.Values{}); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location(), web.ReauthPath+"?") {
			t.Errorf("%s: %d %s", r.Name, p.Status, p.Location())
		}
	}
	if a.snapshot(t) != before {
		t.Error("something changed")
	}
}
