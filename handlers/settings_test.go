package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/gate"
	"keywicket/models/storetest"
	"keywicket/web/webtest"
)

// accountNow is the account as the database has it.
func accountNow(t *testing.T, a *app, w storetest.World) models.Account {
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
		"gate":       {"gate", map[string][]string{"pass_unknown_apis": {"1"}, "key_in_query": {"1"}}, func(a *models.Account) { a.PassUnknownAPIs, a.KeyInQuery = true, true }, "is let through"},
		"errors":     {"errors", map[string][]string{"error_dialect": {"jodoo"}}, func(a *models.Account) { a.ErrorDialect = models.DialectJodoo }, `"code": 17052`},
		"limit":      {"limit", map[string][]string{"rate": {" 40 "}}, func(a *models.Account) { a.RatePerSecond = 40 }, "At most 40 requests per second"},
		"no limit":   {"limit", map[string][]string{"rate": {""}}, func(*models.Account) {}, "has no limit"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, htmx := range []bool{false, true} {
				a, w := newWorld(t)
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
	a, w := newWorld(t)
	c := a.as(t, w.Owner.ID)
	p := c.Get("/a/acme/settings/account").Form("#name form").Set("name", "  Acme Ltd ").Submit()
	if !strings.Contains(p.Text(".account-name"), "Acme Ltd") || p.URL != "/a/acme/settings/account" {
		t.Errorf("the panel says %q at %s", p.Text(".account-name"), p.URL)
	}
	// The frame has the name too, so htmx gets the whole page.
	if hx := c.HX().Send(http.MethodPost, "/a/acme/settings/account/name", url.Values{"name": {"Acme & Co"}}); hx.Header.Get("HX-Redirect") != "/a/acme/settings/account" {
		t.Errorf("htmx got %v", hx.Header)
	}
	if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ?", string(models.EventAccountUpdate)); n != 2 {
		t.Errorf("%d audit rows", n)
	}
}

func TestSettingsRefuse(t *testing.T) {
	a, w := newWorld(t)
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
	} {
		t.Run(name, func(t *testing.T) {
			for _, browser := range []*webtest.Client{c, c.HX()} {
				p := browser.Post("/a/acme/settings/account/"+tt.section, url.Values{tt.field: {tt.value}})
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
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("#"+section+" .error"), "one of the values") {
			t.Errorf("%s: %d %q", section, p.Status, p.Text("#"+section+" .error"))
		}
	}
	if got := accountNow(t, a, w); got != before {
		t.Errorf("the account became %+v", got)
	}
}

// TestSettingsHoldAtTheGate proves that a policy holds before its answer is
// there.
func TestSettingsHoldAtTheGate(t *testing.T) {
	a, w := newWorld(t)
	c := a.as(t, w.Owner.ID)
	_, value, err := a.store.CreateKey(t.Context(), w.Who, "K", "")
	if err != nil {
		t.Fatal(err)
	}
	unknown := gate.Request{Credential: value, Method: "GET", Path: "/nowhere"}
	if d := a.engine.Decide(unknown); d.Reason != gate.APIUnknown {
		t.Fatalf("at first: %s", d.Reason)
	}
	c.Post("/a/acme/settings/account/gate", url.Values{"pass_unknown_apis": {"1"}})
	if d := a.engine.Decide(unknown); !d.Allowed() {
		t.Errorf("after it was allowed: %s", d.Reason)
	}
	c.Post("/a/acme/settings/account/gate", url.Values{})
	if d := a.engine.Decide(unknown); d.Reason != gate.APIUnknown {
		t.Errorf("after it was forbidden again: %s", d.Reason)
	}
}

func TestSettingsForAdmins(t *testing.T) {
	a, w := newWorld(t)
	admin := storetest.SeedMember(t, a.store, w.Account, "Bo", "bo@example.com", models.RoleAdmin)
	c := a.as(t, admin.UserID)
	p := c.Get("/a/acme/settings/account")
	if p.Status != http.StatusOK || p.Has("main form") || !strings.Contains(p.Text("main"), "Only an owner") {
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
	a, w := newWorld(t)
	if p := a.as(t, w.Owner.ID).Get("/a/acme/settings/keys"); p.URL != "/a/acme/keys" || p.Status != http.StatusOK {
		t.Errorf("it leads to %s", p.URL)
	}
}
