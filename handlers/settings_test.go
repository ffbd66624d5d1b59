package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/storetest"
	"keywicket/web/webtest"
)

// accountNow returns the stored account.
func accountNow(t *testing.T, a *app, w storetest.Fixture) models.Account {
	t.Helper()
	account, _, err := a.store.AccountFor(t.Context(), w.Account.Slug, w.Owner.ID)
	if err != nil {
		t.Fatal(err)
	}
	return account
}

func TestSettingsSave(t *testing.T) {
	for name, tt := range map[string]struct {
		section string
		fields  map[string][]string
		change  func(*models.Account)
		says    string
	}{
		"visibility": {"keys", map[string][]string{"key_visibility": {"show_once"}}, func(a *models.Account) { a.KeyVisibility = models.ShowOnce }, ""},
		"gate":       {"gate", map[string][]string{"pass_unknown_apis": {"1"}, "key_in_query": {"1"}}, func(a *models.Account) { a.PassUnknownAPIs, a.KeyInQuery = true, true }, "gate allows a path"},
		"errors":     {"errors", map[string][]string{"error_dialect": {"jodoo"}}, func(a *models.Account) { a.ErrorDialect = models.DialectJodoo }, `"code": 17052`},
		"limit":      {"limit", map[string][]string{"rate": {" 40 "}}, func(a *models.Account) { a.RatePerSecond = 40 }, "At most 40 requests per second"},
		"expiry":     {"expiry", map[string][]string{"max_expiry": {"90"}}, func(a *models.Account) { a.MaxExpiryDays = 90 }, "at most 90 days"},
		"own expiry": {"expiry", map[string][]string{"max_expiry": {"own"}, "max_expiry_days": {" 45 "}}, func(a *models.Account) { a.MaxExpiryDays = 45 }, "at most 45 days"},
		"members":    {"members", map[string][]string{"members_create": {}}, func(a *models.Account) { a.MembersCreate = false }, "cannot create"},
		"again":      {"again", map[string][]string{"require_reauth": {"1"}}, func(a *models.Account) { a.RequireReauth = true }, "within the last 10 minutes"},
		"no limit":   {"limit", map[string][]string{"rate": {""}}, func(*models.Account) {}, "has no limit"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, htmx := range []bool{false, true} {
				a, w := newFixture(t)
				c := a.as(t, w.Owner.ID)
				f := c.Get("/a/acme/settings/account").Form("#" + tt.section + " form")
				for field, values := range tt.fields {
					f.Set(field, values...)
				}
				want := accountNow(t, a, w)
				tt.change(&want)
				var p *webtest.Page
				if htmx {
					p = c.HX().Post(f.Action, f.Fields)
				} else {
					p = f.Submit()
				}
				if got := accountNow(t, a, w); got != want {
					t.Errorf("kept %+v, wanted %+v", got, want)
				}
				if !strings.Contains(p.Text("[data-toast], .flash"), "Settings saved") || !strings.Contains(p.Text("#"+tt.section), tt.says) {
					t.Errorf("it said %q; the section says %q", p.Text("[data-toast], .flash"), p.Text("#"+tt.section))
				}
				if htmx == p.Has("main") {
					t.Errorf("htmx %v got a page %v", htmx, p.Has("main"))
				}
			}
		})
	}
}

func TestSettingsName(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	p := c.Get("/a/acme/settings/account").Form("#name form").Set("name", "  Acme Ltd ").Submit()
	if !strings.Contains(p.Text(".account-name"), "Acme Ltd") || p.URL != "/a/acme/settings/account" {
		t.Errorf("the panel says %q at %s", p.Text(".account-name"), p.URL)
	}
	// The frame shows the name too, so htmx gets the whole page.
	to := "/a/acme/settings/account/name"
	if hx := c.HX().Send(http.MethodPost, to, c.Made(to, url.Values{"name": {"Acme & Co"}})); hx.Header.Get("HX-Redirect") != "/a/acme/settings/account" {
		t.Errorf("htmx got %v", hx.Header)
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ?", string(models.EventAccountUpdate)); n != 2 {
		t.Errorf("%d audit rows", n)
	}
}

func TestSettingsRefuse(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	before := accountNow(t, a, w)
	for name, tt := range map[string]struct {
		section, field, value, words string
	}{
		"no name":       {"name", "name", " ", "visible"},
		"a long name":   {"name", "name", strings.Repeat("x", 101), "at most 100"},
		"no number":     {"limit", "rate", "lots", "whole number"},
		"below zero":    {"limit", "rate", "-4", "whole number"},
		"a huge number": {"limit", "rate", "100001", "whole number"},
		"no days":       {"expiry?max_expiry=own", "max_expiry_days", "soon", "from 1 to 3650"},
		"too many days": {"expiry?max_expiry=own", "max_expiry_days", "3651", "from 1 to 3650"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, browser := range []*webtest.Client{c, c.HX()} {
				section, more, _ := strings.Cut(tt.section, "?")
				fields, err := url.ParseQuery(more)
				if err != nil {
					t.Fatal(err)
				}
				fields.Set(tt.field, tt.value)
				p := browser.Post("/a/acme/settings/account/"+section, fields)
				wantError(t, p, tt.field, tt.words)
				if got := p.Find("#f-"+tt.field).AttrOr("value", ""); got != tt.value {
					t.Errorf("what was typed became %q", got)
				}
			}
		})
	}
	for section, fields := range map[string]url.Values{"keys": {"key_visibility": {"maybe"}}, "errors": {"error_dialect": {"xml"}}, "keys?": {}} {
		section = strings.TrimSuffix(section, "?")
		p := c.Post("/a/acme/settings/account/"+section, fields)
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("#"+section+" .error"), "one of the listed values") {
			t.Errorf("%s: %d %q", section, p.Status, p.Text("#"+section+" .error"))
		}
	}
	if got := accountNow(t, a, w); got != before {
		t.Errorf("the account became %+v", got)
	}
}

// TestSettingsHoldAtTheGate checks that a policy holds at the gate before the
// console answers.
func TestSettingsHoldAtTheGate(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	_, value, err := a.store.CreateKey(t.Context(), w.Who, "K", "")
	if err != nil {
		t.Fatal(err)
	}
	unknown := engine.Request{Credential: value, Method: "GET", Path: "/nowhere"}
	if d := a.engine.Decide(unknown); d.Reason != engine.APIUnknown {
		t.Fatalf("at first: %s", d.Reason)
	}
	c.Post("/a/acme/settings/account/gate", url.Values{"pass_unknown_apis": {"1"}})
	if d := a.engine.Decide(unknown); !d.Allowed() {
		t.Errorf("after it was allowed: %s", d.Reason)
	}
	c.Post("/a/acme/settings/account/gate", url.Values{})
	if d := a.engine.Decide(unknown); d.Reason != engine.APIUnknown {
		t.Errorf("after it was forbidden again: %s", d.Reason)
	}
}

func TestSettingsForAdmins(t *testing.T) {
	a, w := newFixture(t)
	admin := storetest.SeedMember(t, a.store, w.Account, "Bo", "bo@example.com", models.RoleAdmin)
	c := a.as(t, admin.UserID)
	p := c.Get("/a/acme/settings/account")
	if p.Status != http.StatusOK || p.Has("main form") || !strings.Contains(p.Text("main"), "Only an Owner") {
		t.Errorf("an admin sees %d %s", p.Status, p.Text("main"))
	}
	if p := c.Post("/a/acme/settings/account/gate", url.Values{"key_in_query": {"1"}}); p.Status != http.StatusForbidden {
		t.Errorf("an admin's change: %d", p.Status)
	}
	m := storetest.SeedMember(t, a.store, w.Account, "Mel", "mel@example.com", models.RoleMember)
	if p := a.as(t, m.UserID).Get("/a/acme/settings/account"); p.Status != http.StatusForbidden {
		t.Errorf("a member sees %d", p.Status)
	}
}

func TestSettingsKeysLeadsToTheList(t *testing.T) {
	a, w := newFixture(t)
	if p := a.as(t, w.Owner.ID).Get("/a/acme/settings/keys"); p.URL != "/a/acme/keys" || p.Status != http.StatusOK {
		t.Errorf("it leads to %s", p.URL)
	}
}

// TestDefaultLanguage checks that the default language applies to users who
// chose none, in the profile or in this browser, and takes precedence over the
// browser's own.
func TestDefaultLanguage(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	lang := func(c *webtest.Client, at string) string { return c.Get(at).Find("html").AttrOr("lang", "") }
	if p := c.Post("/a/acme/settings/account/language", url.Values{"language": {"zh-CN"}}); !strings.Contains(p.Text(".flash"), "设置已保存") {
		t.Errorf("it said %q", p.Text(".flash"))
	}
	for _, at := range []string{"/a/acme/keys", "/profile"} {
		if got := lang(c, at); got != "zh-CN" {
			t.Errorf("%s is in %s", at, got)
		}
	}
	if got := lang(a.visitor(t), "/login"); got != "en" {
		t.Errorf("a visitor sees %s", got)
	}
	chosen := a.as(t, w.Owner.ID)
	if err := a.store.UpdateProfile(t.Context(), w.Who, func(u *models.User) { u.Language = "en" }); err != nil {
		t.Fatal(err)
	}
	if got := lang(chosen, "/a/acme/keys"); got != "en" {
		t.Errorf("who chose English sees %s", got)
	}
}

// TestPoliciesOnTheListOfKeys checks that the list explains the policies for
// new keys, and that a new key gets the last day that is allowed.
func TestPoliciesOnTheListOfKeys(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	c.Post("/a/acme/settings/account/expiry", url.Values{"max_expiry": {"30"}})
	if p := c.Get("/a/acme/keys"); !strings.Contains(p.Text("main"), "expire after 30 days") {
		t.Errorf("the list does not say it")
	}
	if p := c.Post("/a/acme/keys", url.Values{"idempotency_key": {"one"}}); !strings.Contains(p.Text("main"), "It expires after 30 days") {
		t.Errorf("the new key says %s", p.Text("main"))
	}
	c.Post("/a/acme/settings/account/members", url.Values{})
	m := a.as(t, storetest.SeedMember(t, a.store, w.Account, "Mel", "mel@example.com", models.RoleMember).UserID)
	if p := m.Get("/a/acme/keys"); p.Has("#create") || p.Has(`[form="create"]`) || !strings.Contains(p.Text("main"), "Only Owners and Admins") {
		t.Errorf("a member sees %s", p.Text("main"))
	}
	hers, _, err := a.store.CreateKey(t.Context(), w.Who, "Hers", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := storetest.DB(t, a.store).ExecContext(t.Context(), "UPDATE keys SET owner_id = (SELECT id FROM users WHERE email = 'mel@example.com') WHERE sid = ?", hers.Sid); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"/a/acme/keys", "/a/acme/keys/" + hers.Sid} {
		if p := m.Get(at); p.Has(`[action$="/copy"]`) {
			t.Errorf("%s offers a copy", at)
		}
	}
	if p := m.Post("/a/acme/keys/"+hers.Sid+"/copy", url.Values{"idempotency_key": {"three"}}); p.Status != http.StatusForbidden {
		t.Errorf("a member copies: %d", p.Status)
	}
	if p := m.Post("/a/acme/keys", url.Values{"idempotency_key": {"two"}}); p.Status != http.StatusForbidden {
		t.Errorf("a member creates: %d", p.Status)
	}
}
