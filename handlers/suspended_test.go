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

// effect is what an unsafe route of an account does to rights in it.
type effect int

const (
	grants   effect = iota + 1 // new rights; refused in a suspended account
	either                     // as the form says
	arranges                   // removes rights, or changes existing ones
)

// effects classifies every unsafe route of an account. A new route must be
// added.
func effects() map[string]effect {
	return map[string]effect{
		"keys.create": grants, "keys.make": grants, "keys.copy": grants, "members.invite": grants, "members.enable": grants,
		"subs.create": grants, "subs.reopen": grants, "subs.import": grants,
		"keys.status": either, "keys.bulk": either, "members.role": either,
		"apps.create": arranges, "apps.paste": arranges, "apps.remove": arranges, "apps.rename": arranges,
		"catalogue.api.create": arranges, "catalogue.api.update": arranges, "catalogue.api.remove": arranges, "catalogue.preset": arranges,
		"catalogue.family.create": arranges, "catalogue.family.remove": arranges, "catalogue.family.rename": arranges,
		"keys.basics": arranges, "keys.apps": arranges, "keys.apis": arranges, "keys.limits": arranges, "keys.delete": arranges,
		"keys.whitelist.add": arranges, "keys.whitelist.remove": arranges, "keys.credentials": arranges, "keys.credentials.stop": arranges,
		"keys.reveal": arranges, "keys.export": arranges, "keys.find": arranges, "tester.test": arranges,
		"plugins.create": arranges, "plugins.edit": arranges, "plugins.remove": arranges,
		"settings.again": arranges, "settings.catalogue": arranges, "settings.errors": arranges, "settings.expiry": arranges,
		"settings.gate": arranges, "settings.visibility": arranges, "settings.language": arranges, "settings.limit": arranges,
		"settings.members": arranges, "settings.name": arranges,
		"members.withdraw": arranges, "members.disable": arranges, "members.remove": arranges,
		"subs.rename": arranges, "subs.suspend": arranges,
	}
}

// granting returns the forms that grant rights at routes that can do either.
// The other forms of these routes remove rights.
func granting() map[string]func(*testing.T, sender) form {
	return map[string]func(*testing.T, sender) form{
		"keys.status": func(t *testing.T, s sender) form {
			t.Helper()
			f := disabledKey(t, s)
			f.fields.Set("enabled", "1")
			return f
		},
		"keys.bulk": func(t *testing.T, s sender) form {
			t.Helper()
			return fields("op", "enable", "confirmed", "1", "sid", disabledKey(t, s).path["sid"])
		},
		"members.role": func(*testing.T, sender) form { return fields("role", "admin") },
	}
}

// taking returns a form that removes rights at a route that can do either.
func taking(name string) func(*testing.T, sender) form {
	if name != "members.role" {
		return forms()[name]
	}
	return func(t *testing.T, s sender) form {
		t.Helper()
		m := storetest.SeedMember(t, s.a.store, s.w.Account, "Ad Min", "ad-"+s.who.Email, models.RoleAdmin)
		return form{path: map[string]string{"members": itoa(m.UserID)}, fields: url.Values{"role": {"member"}}}
	}
}

// stage is an account to suspend: by itself, or with its master.
type stage struct {
	name string
	make func(*testing.T, *app, storetest.Fixture) storetest.Fixture
}

// stages returns the accounts to suspend.
func stages() []stage {
	return []stage{
		{"suspended itself", func(_ *testing.T, _ *app, w storetest.Fixture) storetest.Fixture { return w }},
		{"its master is suspended", func(t *testing.T, a *app, w storetest.Fixture) storetest.Fixture {
			t.Helper()
			sub := storetest.SeedSubaccount(t, a.store, w, "North")
			if err := a.store.SetOwnCatalogue(t.Context(), sub.Who, true, ""); err != nil {
				t.Fatal(err)
			}
			if _, err := a.store.ApplyPreset(t.Context(), sub.Who); err != nil {
				t.Fatal(err)
			}
			sub.Apps, sub.Account.OwnCatalogue = nil, true
			return storetest.Fill(t, a.store, sub)
		}},
	}
}

// suspend changes the master's status, as the operator does.
func (a *app) suspend(t *testing.T, status models.AccountStatus) {
	t.Helper()
	if err := a.store.SetAccountStatus(t.Context(), models.Actor{}, "acme", status); err != nil {
		t.Fatal(err)
	}
}

// TestNothingGivesRightsInASuspendedAccount checks that every unsafe route of
// an account is classified, and that those that grant rights change nothing in
// a suspended account, even if it is suspended after the request was admitted.
func TestNothingGivesRightsInASuspendedAccount(t *testing.T) {
	for _, st := range stages() {
		a, master := newFixture(t)
		w := st.make(t, a, master)
		things := ids(t, a, w)
		n := 0
		for _, r := range unsafeRoutes(a) {
			if !inAccount(r) {
				continue
			}
			does := effects()[r.Name]
			if does == 0 {
				t.Errorf("%s is not in effects", r.Name)
			}
			if r.Access.IsGrant() != (does == grants) {
				t.Errorf("%s is marked as a grant: %v", r.Name, r.Access.IsGrant())
			}
			prepare := granting()[r.Name]
			if does == grants {
				prepare = forms()[r.Name]
			}
			if prepare == nil || w.Account.Permits(r.Access.Permission()) != nil {
				continue
			}
			for _, late := range []bool{false, true} {
				n++
				s := newSender(t, a, w, things, "sam"+itoa(int64(n))+"@example.com")
				s.isRefused(t, r, prepare(t, s), late)
			}
		}
		t.Logf("%s: %d forms", st.name, n)
		a.suspend(t, models.AccountSuspended)
		c := a.as(t, master.Owner.ID)
		for _, r := range a.routes {
			if r.Method != http.MethodGet || !r.Access.IsGrant() || w.Account.Permits(r.Access.Permission()) != nil {
				continue
			}
			if p := c.Get(path(t, r.Path, things)); p.Status != http.StatusForbidden || !strings.Contains(p.Text("main"), "suspended") {
				t.Errorf("the form of %s: %d", r.Name, p.Status)
			}
		}
	}
}

// TestPagesOfASuspendedAccount checks that the pages of a suspended account
// offer nothing that would be refused, and say why.
func TestPagesOfASuspendedAccount(t *testing.T) {
	a, w := newFixture(t)
	things := ids(t, a, w)
	other := storetest.SeedOther(t, a.store, "Other")
	c := a.as(t, w.Owner.ID)
	link := invited(t, c, "member", "")
	off := storetest.SeedKeys(t, a.store, w.Who, 1)[0]
	a.enable(t, w, off.Sid, false)
	s := newSender(t, a, w, things, "sam@example.com")
	gone := disabledMember(t, s).path["members"]
	if err := a.store.SetSubaccountStatus(t.Context(), w.Who, things["sub"], models.AccountSuspended); err != nil {
		t.Fatal(err)
	}
	at := func(page, ok string) {
		t.Helper()
		if p := c.Get(page); !p.Has(ok) {
			t.Errorf("%s has no %s", page, ok)
		}
	}
	pages := map[string][]string{ // selectors: present before, and present afterwards instead
		"/a/acme/keys":               {`#create button`, `main .page-head button[disabled][title*="suspended"]`},
		"/a/acme/keys?filter=":       {`[action$="/copy"]`, `button[name=op][value=enable][disabled]`},
		"/a/acme/keys?q=seeded":      {`#status-` + off.Sid + `:not([disabled])`, `#status-` + off.Sid + `[disabled]`},
		"/a/acme/keys/" + off.Sid:    {`#status-` + off.Sid + `:not([disabled])`, `#status-` + off.Sid + `[disabled]`},
		membersPath:                  {`a[href$="/members/invite"]`, `#member-` + gone + ` [role=menuitem][aria-disabled]`},
		subaccountsPage:              {`a[href$="/subaccounts/new"]`, `#sub-` + things["sub"] + ` [role=menuitem][aria-disabled]`},
		subaccountsPage + "?q=below": {`a[href$="/subaccounts/import"]`, `main button[disabled]`},
		membersPath + "/" + things["members"] + "/role": {`input[name=role][value=admin]`, `input[name=role][value=member]`},
		link: {`input[name=password]`, `.note`},
	}
	for page, has := range pages {
		if page != link {
			at(page, has[0])
		}
	}
	if p := a.visitor(t).Get(link); !p.Has(pages[link][0]) {
		t.Error("the invitation asks for no password")
	}
	a.suspend(t, models.AccountSuspended)
	for page, has := range pages {
		if page == link {
			continue
		}
		at(page, has[1])
		if p := c.Get(page); p.Has(has[0]) {
			t.Errorf("%s still has %s", page, has[0])
		}
	}
	for _, v := range []string{"a visitor", "somebody signed in"} {
		browser := a.visitor(t)
		if v != "a visitor" {
			browser = a.as(t, other.Owner.ID)
		}
		if p := browser.Get(link); p.Has("form[action^='/invite/']") || !strings.Contains(p.Text("main"), "suspended") {
			t.Errorf("%s is asked %q", v, p.Text("main"))
		}
	}
	before := a.snapshot(t)
	if p := a.as(t, other.Owner.ID).Post(link+"/join", url.Values{}); p.Status != http.StatusForbidden || !strings.Contains(p.Text("main"), "suspended") {
		t.Errorf("joining gave %d %q", p.Status, p.Text("main"))
	}
	fields := url.Values{"name": {"Eve"}, "email": {"eve@example.com"}, "password": {"four other words there"}, "password_again": {"four other words there"}}
	if p := a.visitor(t).Post(link, fields); p.Status != http.StatusForbidden {
		t.Errorf("joining as somebody new gave %d", p.Status)
	}
	if a.snapshot(t) != before {
		t.Error("somebody joined")
	}
}

// isRefused submits the form to an account that is suspended before the request
// or, if late, after the request was admitted.
func (s sender) isRefused(t *testing.T, r web.Route, f form, late bool) {
	t.Helper()
	before := ""
	suspend := func() {
		s.a.suspend(t, models.AccountSuspended)
		before = s.a.snapshot(t)
	}
	if late {
		s.a.admitted = suspend
	} else {
		suspend()
	}
	p := s.window.Do(s.request(t, r, f))
	s.a.admitted = nil
	if s.a.snapshot(t) != before {
		t.Errorf("%s changed something, late: %v", r.Name, late)
	}
	if p.Status != http.StatusForbidden || !strings.Contains(p.Text("main"), "suspended") || aValue.MatchString(p.Body) {
		t.Errorf("%s, late: %v: %d %q", r.Name, late, p.Status, p.Text("main"))
	}
	s.a.suspend(t, models.AccountActive)
}

// TestASuspendedAccountCanBeCleanedUp checks that everything that grants no
// rights works in a suspended account.
func TestASuspendedAccountCanBeCleanedUp(t *testing.T) {
	if raceEnabled {
		t.Skip("a long walk over all routes: the race detector finds nothing in it that other tests do not run")
	}
	for _, st := range stages() {
		for name, does := range effects() {
			if does == grants || unformed()[name] {
				continue
			}
			t.Run(st.name+"/"+name, func(t *testing.T) {
				a, master := newFixture(t)
				w := st.make(t, a, master)
				for _, r := range unsafeRoutes(a) {
					if r.Name != name || w.Account.Permits(r.Access.Permission()) != nil || name == "settings.catalogue" && w.Account.Sub() {
						continue
					}
					s := newSender(t, a, w, ids(t, a, w), "sam@example.com")
					f := taking(name)(t, s)
					a.suspend(t, models.AccountSuspended)
					before := a.snapshot(t)
					p := s.window.Do(s.request(t, r, f))
					if a.snapshot(t) == before && !aValue.MatchString(p.Body) {
						t.Errorf("got %d and changed nothing: %s", p.Status, p.Text("main, .toast"))
					}
				}
			})
		}
	}
}
