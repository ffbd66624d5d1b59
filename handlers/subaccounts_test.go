package handlers_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/storetest"
	"keywicket/web/webtest"
)

const subaccountsPage = "/a/acme/settings/subaccounts"

// listCall returns a request that a key with All Apps and All APIs passes.
func listCall(value string) engine.Request {
	return engine.Request{
		Credential: value, Channel: models.ChannelREST, Method: "POST", Path: "/api/v5/app/entry/data/list", App: "app-orders",
		IP: netip.MustParseAddr("10.0.0.1"), Dry: true,
	}
}

func TestSubaccountFromBeginningToEnd(t *testing.T) {
	for _, htmx := range []bool{false, true} {
		a, w := newFixture(t)
		c := a.as(t, w.Owner.ID)
		act := func(at string, fields url.Values) *webtest.Page {
			t.Helper()
			browser := c
			if htmx {
				browser = c.HX()
			}
			p := browser.Post(subaccountsPage+at, fields)
			if p.Status != http.StatusOK {
				t.Fatalf("%s: %d %s", at, p.Status, p.Text("main"))
			}
			return p
		}
		if p := c.Get(subaccountsPage); !strings.Contains(p.Text("#subs"), "No sub-accounts yet") {
			t.Errorf("at first: %s", p.Text("#subs"))
		}
		if p := act("", url.Values{"name": {" North "}, "slug": {"North-1"}}); !strings.Contains(p.Text("#subs"), "No channel active") || !strings.Contains(p.Text("#subs"), "3 (from master)") {
			t.Errorf("created: %s", p.Text("#subs"))
		}
		if p := c.Get("/a/north-1/keys"); p.Status != http.StatusOK || !strings.Contains(p.Text("main"), "No channel is active yet") {
			t.Errorf("its keys: %d %s", p.Status, p.Text("main"))
		}
		made := c.Post("/a/north-1/keys", url.Values{"idempotency_key": {"one"}})
		value := attr(t, made, "#new-key-value", "value")
		if d := a.engine.Decide(listCall(value)); !d.Allowed() {
			t.Fatalf("its first key: %s", d.Reason)
		}
		if p := act("/north-1/rename", url.Values{"name": {"Far North"}}); !strings.Contains(p.Text("#subs"), "Far North") || !strings.Contains(p.Text("#subs"), "1 of 500") {
			t.Errorf("renamed: %s", p.Text("#subs"))
		}
		if p := c.Get(subaccountsPage + "/north-1/suspend"); !strings.Contains(p.Text("main"), "account_suspended") {
			t.Errorf("the question: %s", p.Text("main"))
		}
		if p := act("/north-1/suspend", nil); !strings.Contains(p.Text("#subs"), "Suspended") {
			t.Errorf("suspended: %s", p.Text("#subs"))
		}
		if d := a.engine.Decide(listCall(value)); d.Reason != engine.AccountSuspended {
			t.Errorf("suspended at the gate: %s", d.Reason)
		}
		if p := c.Get("/a/north-1/keys"); !strings.Contains(p.Text("main"), "This account is suspended") {
			t.Errorf("its page does not say it")
		}
		act("/north-1/reopen", nil)
		if d := a.engine.Decide(listCall(value)); !d.Allowed() {
			t.Errorf("reopened at the gate: %s", d.Reason)
		}
		if err := a.store.SetAccountStatus(t.Context(), models.Actor{}, "acme", models.AccountSuspended); err != nil {
			t.Fatal(err)
		}
		if p := c.Get("/a/north-1/keys"); !strings.Contains(p.Text("main"), "Acme, the master of this account, is suspended") {
			t.Errorf("below a suspended master: %s", p.Text("main"))
		}
		if p := c.Get(subaccountsPage); !strings.Contains(p.Text("#subs"), "Suspended with its master") {
			t.Errorf("in the list: %s", p.Text("#subs"))
		}
	}
}

func TestSubaccountsAreRefused(t *testing.T) {
	a, w := newFixture(t)
	storetest.SeedSubaccount(t, a.store, w, "North")
	c := a.as(t, w.Owner.ID)
	before := a.snapshot(t)
	for _, browser := range []*webtest.Client{c, c.HX()} {
		for _, tt := range []struct {
			at          string
			fields      url.Values
			field, says string
		}{
			{"", url.Values{"name": {" "}}, "name", "visible"},
			{"", url.Values{"name": {"X"}, "slug": {"a b"}}, "slug", "lowercase letters"},
			{"", url.Values{"name": {"X"}, "slug": {"north"}}, "slug", "in use"},
			{"/north/rename", url.Values{"name": {strings.Repeat("x", 101)}}, "name", "at most 100"},
		} {
			wantError(t, browser.Post(subaccountsPage+tt.at, tt.fields), tt.field, tt.says)
		}
		for _, at := range []string{"/nowhere/rename", "/nowhere/suspend", "/acme/suspend", "/acme/reopen"} {
			if p := browser.Post(subaccountsPage+at, url.Values{"name": {"x"}}); p.Status != http.StatusNotFound {
				t.Errorf("%s: %d", at, p.Status)
			}
		}
	}
	if a.snapshot(t) != before {
		t.Error("something changed")
	}
}

// TestSubaccountMembersSeeOnlyIt checks that members of a sub-account cannot
// see its master or the other sub-accounts, on any route.
func TestSubaccountMembersSeeOnlyIt(t *testing.T) {
	a, w := newFixture(t)
	sub := storetest.SeedSubaccount(t, a.store, w, "North")
	above := ids(t, a, w)
	sister := with(above, "account", storetest.SeedSubaccount(t, a.store, w, "South").Account.Slug)
	for _, role := range []models.Role{models.RoleOwner, models.RoleAdmin, models.RoleMember} {
		person := storetest.SeedMember(t, a.store, sub.Account, "P "+string(role), "sub-"+string(role)+"@example.com", role)
		c := a.as(t, person.UserID)
		before := a.snapshot(t)
		for _, r := range a.routes {
			if !inAccount(r) {
				continue
			}
			for _, theirs := range []map[string]string{above, sister} {
				if p := c.Send(r.Method, path(t, r.Path, theirs), url.Values{}); p.Status != http.StatusNotFound {
					t.Errorf("%s at %s got %d", role, path(t, r.Path, theirs), p.Status)
				}
			}
			switch r.Access.Permission() {
			case models.PermSubaccountsView, models.PermSubaccountsManage, models.PermImport:
				if p := c.Send(r.Method, path(t, r.Path, with(above, "account", "north")), url.Values{}); p.Status != http.StatusNotFound {
					t.Errorf("%s has %s: %d", role, r.Name, p.Status)
				}
			case models.PermAppsManage, models.PermCatalogueEdit:
				if p := c.Send(r.Method, path(t, r.Path, with(above, "account", "north")), url.Values{"name": {"stolen"}}); p.Status != http.StatusForbidden {
					t.Errorf("%s changes the shared catalogue at %s: %d", role, r.Name, p.Status)
				}
			}
		}
		if a.snapshot(t) != before {
			t.Errorf("%s changed something", role)
		}
		if p := c.Get("/"); p.URL != "/a/north/keys" || p.Has("#accounts") || strings.Contains(p.Text("#panel"), "Sub-accounts") {
			t.Errorf("%s begins at %s: %s", role, p.URL, p.Text("#panel"))
		}
		for _, page := range []string{"/a/north/apps", "/a/north/catalogue"} {
			p := c.Get(page)
			if p.Has(`main a[href^="`+page+`/"]`) || !strings.Contains(p.Text("main"), "belong to Acme") || p.Has(`main a[href^="/a/acme"]`) {
				t.Errorf("%s for %s: %s", page, role, p.Text("main"))
			}
		}
	}
	if p := a.as(t, w.Owner.ID).Get("/a/north/settings/members"); !strings.Contains(p.Text("main"), "Owners and Admins of Acme") {
		t.Errorf("the members page does not say who else enters: %s", p.Text("main"))
	}
	p := a.as(t, w.Owner.ID).Get("/a/north/apps")
	if !p.Has(`main a[href="/a/acme/apps"]`) || !p.Has(`.crumbs a[href="`+subaccountsPage+`"]`) {
		t.Error("the master's owner finds no way to the master")
	}
	if got := p.Find("#accounts a").Length(); got != 4 {
		t.Errorf("the switcher has %d accounts", got)
	}
}

// TestChoosingTheCatalogueOfASubaccount checks that switching the catalogue
// asks first if it removes entries of keys' lists, and names them.
func TestChoosingTheCatalogueOfASubaccount(t *testing.T) {
	for _, htmx := range []bool{false, true} {
		a, w := newFixture(t)
		sub := storetest.SeedSubaccount(t, a.store, w, "North")
		key := storetest.SeedKeys(t, a.store, sub.Who, 1)[0]
		if err := a.store.SetKeyApps(t.Context(), sub.Who, key.Sid, models.ScopeSome, []int64{w.Apps[0].ID}); err != nil {
			t.Fatal(err)
		}
		c := a.as(t, w.Owner.ID)
		if p := c.Get("/a/acme/settings/account"); p.Has("#catalogue") {
			t.Error("a master has the choice")
		}
		if p := c.Post("/a/acme/settings/account/catalogue", url.Values{"own_catalogue": {"own"}}); p.Status != http.StatusNotFound {
			t.Errorf("a master's choice: %d", p.Status)
		}
		browser := c
		if htmx {
			browser = c.HX()
		}
		save := func(fields url.Values) *webtest.Page {
			return browser.Post("/a/north/settings/account/catalogue", fields)
		}
		before := a.snapshot(t)
		p := save(url.Values{"own_catalogue": {"own"}})
		if !strings.Contains(p.Text("#change-catalogue"), key.Name) || !strings.Contains(p.Text("#change-catalogue"), w.Apps[0].AppID) || a.snapshot(t) != before {
			t.Errorf("it asked %s", p.Text("body"))
		}
		save(url.Values{"own_catalogue": {"own"}, "agreed": {p.Find(`#change-catalogue input[name=agreed]`).AttrOr("value", "")}})
		if p := c.Get("/a/north/apps"); strings.Contains(p.Text("main"), "Acme") || !p.Has(`a[href="/a/north/apps/new"]`) {
			t.Errorf("its own apps: %s", p.Text("main"))
		}
		save(url.Values{"own_catalogue": {"master"}})
		if p := c.Get("/a/north/apps"); !strings.Contains(p.Text("main"), "belong to Acme") {
			t.Errorf("back: %s", p.Text("main"))
		}
	}
}
