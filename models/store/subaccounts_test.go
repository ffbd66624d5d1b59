package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

func TestSubAccounts(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	ok(t, s.UpdateAccount(ctx, w.Who, func(a *models.Account) { a.KeyVisibility, a.MaxExpiryDays = models.ShowOnce, 90 }))
	north := must(s.CreateSubaccount(ctx, w.Who, models.NewSubaccount{Name: " North ", Slug: "NORTH-1"}))(t)
	south := must(s.CreateSubaccount(ctx, w.Who, models.NewSubaccount{Name: "South", OwnCatalogue: true}))(t)
	if north.Name != "North" || north.Slug != "north-1" || north.OwnCatalogue || !north.Sub() || north.KeyVisibility != models.ShowOnce || north.MaxExpiryDays != 90 {
		t.Errorf("made %+v", north)
	}
	if south.Slug != "south" || !south.OwnCatalogue {
		t.Errorf("made %+v", south)
	}
	_, err := s.CreateSubaccount(ctx, w.Who, models.NewSubaccount{Name: "X", Slug: "acme"})
	wantCode(t, "a slug in use", err, models.CodeConflict)
	for _, bad := range []models.NewSubaccount{{Name: ""}, {Name: "X", Slug: "a b"}, {Name: "X", Slug: "-x"}, {Name: "X", Slug: strings.Repeat("x", 41)}, {Name: "X", Slug: "北"}} {
		_, err := s.CreateSubaccount(ctx, w.Who, bad)
		wantCode(t, bad.Name+" "+bad.Slug, err, models.CodeInvalid)
	}
	admin := storetest.SeedMember(t, s, w.Account, "Adam", "adam@example.org", models.RoleAdmin)
	member := storetest.SeedMember(t, s, w.Account, "Mia", "mia@example.org", models.RoleMember)
	_, err = s.CreateSubaccount(ctx, member, models.NewSubaccount{Name: "X"})
	wantCode(t, "a member", err, models.CodeForbidden)
	ok(t, s.RenameSubaccount(ctx, admin, "south", "Deep South"))
	ok(t, s.SetSubaccountStatus(ctx, admin, "south", models.AccountSuspended))
	wantCode(t, "no such status", s.SetSubaccountStatus(ctx, admin, "south", "gone"), models.CodeInvalid)
	inNorth := w.Who
	inNorth.AccountID = north.ID
	storetest.SeedKeys(t, s, inNorth, 2)
	page := must(s.ListSubaccounts(ctx, admin, models.SubaccountQuery{}))(t)
	if page.Count != 2 || page.Rows[0].Name != "Deep South" || page.Rows[0].Status != models.AccountSuspended || page.Rows[0].Apps != 0 ||
		page.Rows[1].Keys != 2 || page.Rows[1].Apps != 3 || page.Rows[1].People != 0 {
		t.Errorf("the list: %+v", page)
	}
	if found := must(s.ListSubaccounts(ctx, admin, models.SubaccountQuery{Search: "nort", Page: 9}))(t); found.Total != 1 || found.Count != 2 || found.Rows[0].Slug != "north-1" {
		t.Errorf("found %+v", found)
	}
	// A sub-account has none of its own.
	_, err = s.ListSubaccounts(ctx, inNorth, models.SubaccountQuery{})
	wantCode(t, "the list of a sub-account", err, models.CodeNotFound)
	_, err = s.CreateSubaccount(ctx, inNorth, models.NewSubaccount{Name: "X"})
	wantCode(t, "a sub-account of a sub-account", err, models.CodeNotFound)
	// What was done stands in the master's audit and in the sub-account's.
	for _, who := range []models.Actor{w.Who, {AccountID: south.ID, UserID: w.Who.UserID, Role: models.RoleOwner}} {
		events := map[models.Event]bool{}
		for _, r := range must(s.ListAudit(ctx, who, models.AuditQuery{Target: "south"}))(t).Rows {
			events[r.Event] = true
		}
		if !events[models.EventAccountCreate] || !events[models.EventAccountUpdate] || !events[models.EventAccountSuspend] {
			t.Errorf("audit of %d: %v", who.AccountID, events)
		}
	}
}

// Owners and Admins of the master have their place in its sub-accounts, and
// nobody else has; the people of a sub-account have none but there.
func TestPlacesInSubAccounts(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	sub, sister := storetest.SeedSubaccount(t, s, w, "Sub").Account, storetest.SeedSubaccount(t, s, w, "Sister").Account
	other := storetest.SeedOther(t, s, "Other")
	admin := storetest.SeedMember(t, s, w.Account, "Adam", "adam@example.org", models.RoleAdmin)
	member := storetest.SeedMember(t, s, w.Account, "Mia", "mia@example.org", models.RoleMember)
	both := storetest.SeedMember(t, s, w.Account, "Bo", "bo@example.org", models.RoleAdmin)
	mixed := storetest.SeedMember(t, s, w.Account, "Max", "max@example.org", models.RoleAdmin)
	below := storetest.SeedMember(t, s, sub, "Sue", "sue@example.org", models.RoleOwner)
	off := storetest.SeedMember(t, s, w.Account, "Ole", "ole@example.org", models.RoleAdmin)
	run(t, storetest.DB(t, s), "INSERT INTO members (account_id, user_id, role, created_at) VALUES (?, ?, 'owner', '2026-01-01'), (?, ?, 'member', '2026-01-01')",
		sub.ID, both.UserID, sub.ID, mixed.UserID)
	run(t, storetest.DB(t, s), "UPDATE members SET disabled_at = '2026-01-01' WHERE user_id = ?", off.UserID)
	for _, c := range []struct {
		who               models.Actor
		acme, sub, sister models.Role
		list              string
	}{
		{w.Who, models.RoleOwner, models.RoleOwner, models.RoleOwner, "acme/owner sister/owner sub/owner"},
		{admin, models.RoleAdmin, models.RoleAdmin, models.RoleAdmin, "acme/admin sister/admin sub/admin"},
		{member, models.RoleMember, "", "", "acme/member"},
		{both, models.RoleAdmin, models.RoleOwner, models.RoleAdmin, "acme/admin sister/admin sub/owner"},
		{mixed, models.RoleAdmin, models.RoleAdmin, models.RoleAdmin, "acme/admin sister/admin sub/admin"},
		{below, "", models.RoleOwner, "", "sub/owner"},
		{off, "", "", "", ""},
		{other.Who, "", "", "", "other/owner"},
	} {
		for slug, want := range map[string]models.Role{"acme": c.acme, "sub": c.sub, "sister": c.sister} {
			a, m, err := s.AccountFor(ctx, slug, c.who.UserID)
			if want == "" {
				wantCode(t, c.who.Name+" in "+slug, err, models.CodeNotFound)
				continue
			}
			if err != nil || m.Role != want || m.AccountID != a.ID || m.UserID != c.who.UserID {
				t.Errorf("%s in %s: %+v, %v", c.who.Name, slug, m, err)
			}
			if a.Sub() && (a.Master.Slug != "acme" || a.Master.Name != "Acme") || !a.Sub() && a.Master != (models.MasterRef{}) {
				t.Errorf("the master of %s: %+v", slug, a.Master)
			}
		}
		var list []string
		for _, m := range must(s.AccountsOf(ctx, c.who.UserID))(t) {
			list = append(list, m.Slug+"/"+string(m.Role))
		}
		if got := strings.Join(list, " "); got != c.list {
			t.Errorf("%s sees %q, wanted %q", c.who.Name, got, c.list)
		}
	}
	if who := must(s.OwnerActor(ctx, "sister"))(t); who.UserID != w.Owner.ID || who.AccountID != sister.ID {
		t.Errorf("the owner of an account without people: %+v", who)
	}
	if who := must(s.OwnerActor(ctx, "sub"))(t); who.UserID != below.UserID && who.UserID != both.UserID {
		t.Errorf("the owner of a sub-account: %+v", who)
	}
}

// A sub-account reads its master's apps and catalogue and changes nothing of
// them; its keys are limited by them.
func TestSharedCatalogue(t *testing.T) {
	o := storetest.Options(t)
	s := storetest.Open(t, o)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	sub := storetest.SeedSubaccount(t, s, w, "Sub")
	here, other := attach(t, s), storetest.Open(t, o)
	there := attach(t, other)
	if apps := must(s.ListApps(ctx, sub.Who, models.AppQuery{All: true}))(t); apps.Total != 3 {
		t.Errorf("the sub-account sees %d apps", apps.Total)
	}
	if n := must(s.NavCounts(ctx, sub.Who))(t); n.Apps != 3 || n.APIs == 0 {
		t.Errorf("counts: %+v", n)
	}
	before := dump(t, storetest.DB(t, s))
	list := w.APIByName(t, "data.list")
	for what, err := range map[string]error{
		"AddApps":      second(s.AddApps(ctx, sub.Who, []models.NewApp{{AppID: "x"}})),
		"RenameApp":    s.RenameApp(ctx, sub.Who, w.Apps[0].ID, "x"),
		"RemoveApp":    s.RemoveApp(ctx, sub.Who, w.Apps[0].ID),
		"AddFamily":    second(s.AddFamily(ctx, sub.Who, "x")),
		"RenameFamily": s.RenameFamily(ctx, sub.Who, w.Families[0].ID, "x"),
		"RemoveFamily": s.RemoveFamily(ctx, sub.Who, w.Families[0].ID),
		"AddAPI":       second(s.AddAPI(ctx, sub.Who, models.API{FamilyID: w.Families[0].ID, Name: "x", Method: "GET", Path: "/x"})),
		"UpdateAPI":    s.UpdateAPI(ctx, sub.Who, list),
		"RemoveAPI":    s.RemoveAPI(ctx, sub.Who, list.ID),
		"ApplyPreset":  second(s.ApplyPreset(ctx, sub.Who)),
	} {
		wantCode(t, what, err, models.CodeForbidden)
	}
	if dump(t, storetest.DB(t, s)) != before {
		t.Error("something changed")
	}
	k, value, err := s.CreateKey(ctx, sub.Who, "below", "")
	ok(t, err)
	mine, _, err := s.CreateKey(ctx, w.Who, "above", "")
	ok(t, err)
	orders := w.Apps[0].ID
	for _, c := range []struct {
		what string
		do   func() error
		want engine.Reason
	}{
		{"created", func() error { return nil }, engine.Allowed},
		{"its master's app", func() error { return s.SetKeyApps(ctx, sub.Who, k.Sid, models.ScopeSome, []int64{orders}) }, engine.Allowed},
		{"its master's API", func() error { return s.SetKeyAPIs(ctx, sub.Who, k.Sid, models.ScopeSome, []int64{list.ID}) }, engine.Allowed},
		{"the API elsewhere", func() error { a := list; a.Path = "/elsewhere"; return s.UpdateAPI(ctx, w.Who, a) }, engine.APIUnknown},
		{"the API back", func() error { return s.UpdateAPI(ctx, w.Who, list) }, engine.Allowed},
		{"suspended", func() error { return s.SetSubaccountStatus(ctx, w.Who, "sub", models.AccountSuspended) }, engine.AccountSuspended},
		{"its master too", func() error { return s.SetAccountStatus(ctx, models.Actor{}, "acme", models.AccountSuspended) }, engine.AccountSuspended},
		{"its master open", func() error { return s.SetAccountStatus(ctx, models.Actor{}, "acme", models.AccountActive) }, engine.AccountSuspended},
		{"open", func() error { return s.SetSubaccountStatus(ctx, w.Who, "sub", models.AccountActive) }, engine.Allowed},
		{"its master alone", func() error { return s.SetAccountStatus(ctx, models.Actor{}, "acme", models.AccountSuspended) }, engine.AccountSuspended},
		{"all open", func() error { return s.SetAccountStatus(ctx, models.Actor{}, "acme", models.AccountActive) }, engine.Allowed},
		{"the app gone", func() error { return s.RemoveApp(ctx, w.Who, orders) }, engine.AppDenied},
		{"the app anew", func() error { return second(s.AddApps(ctx, w.Who, []models.NewApp{{AppID: "app-orders"}})) }, engine.AppDenied},
		{"all apps", func() error { return s.SetKeyApps(ctx, sub.Who, k.Sid, models.ScopeAll, nil) }, engine.Allowed},
	} {
		if c.what == "the app gone" {
			wantListed(t, s, w, sub, mine.Sid, k.Sid)
		}
		ok(t, c.do())
		if got := here.Decide(dataList(value)).Reason; got != c.want {
			t.Errorf("%s: %s in the same process, want %s", c.what, got, c.want)
		}
		ok(t, other.PollGate(ctx))
		if got := there.Decide(dataList(value)).Reason; got != c.want {
			t.Errorf("%s: %s in the other process, want %s", c.what, got, c.want)
		}
	}
	if d := must(s.Key(ctx, sub.Who, k.Sid))(t); len(d.Apps) != 0 || len(d.APIs) != 1 {
		t.Errorf("the key's lists: %+v %+v", d.Apps, d.APIs)
	}
}

// wantListed wants the keys that list the first app to be seen by the people
// of the master, and only their own by those of the sub-account.
func wantListed(t *testing.T, s *store.Store, w, sub storetest.Fixture, above, below string) {
	t.Helper()
	ctx := t.Context()
	ok(t, s.SetKeyApps(ctx, w.Who, above, models.ScopeSome, []int64{w.Apps[0].ID}))
	member := storetest.SeedUser(t, s, "Mia", "mia@example.org")
	sids := func(who models.Actor) []string {
		var list []string
		for _, k := range must(s.AppKeys(ctx, who, w.Apps[0].ID))(t) {
			list = append(list, k.Sid)
		}
		return list
	}
	if got := sids(w.Who); !slices.Equal(got, []string{above, below}) {
		t.Errorf("the master's owner sees %v", got)
	}
	if got := sids(models.Actor{AccountID: w.Account.ID, UserID: member.ID, Role: models.RoleMember}); got != nil {
		t.Errorf("a member of the master sees %v", got)
	}
	if got := sids(sub.Who); !slices.Equal(got, []string{below}) {
		t.Errorf("the sub-account sees %v", got)
	}
	for _, who := range []models.Actor{w.Who, sub.Who} {
		want := len(sids(who))
		if row := must(s.ListApps(ctx, who, models.AppQuery{Search: "app-orders"}))(t).Rows[0]; row.KeyCount != want {
			t.Errorf("the list counts %d keys, the dialog names %d", row.KeyCount, want)
		}
	}
}

// Changing the catalogue maps lists by app id and API name, and never widens a
// key.
func TestSwitchingTheCatalogue(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	sub := storetest.SeedSubaccount(t, s, w, "Sub")
	e := attach(t, s)
	list, get := w.APIByName(t, "data.list"), w.APIByName(t, "data.get")
	k, value, err := s.CreateKey(ctx, sub.Who, "narrow", "")
	ok(t, err)
	ok(t, s.SetKeyApps(ctx, sub.Who, k.Sid, models.ScopeSome, []int64{w.Apps[0].ID, w.Apps[1].ID}))
	ok(t, s.SetKeyAPIs(ctx, sub.Who, k.Sid, models.ScopeSome, []int64{list.ID, get.ID}))
	loss := must(s.CatalogueLoss(ctx, sub.Who, true))(t)
	if len(loss) != 1 || loss[0].Name != "narrow" || len(loss[0].Apps) != 2 || len(loss[0].APIs) != 2 || models.Entries(loss) != 4 {
		t.Fatalf("the loss: %+v", loss)
	}
	other := models.LossesSection(append(slices.Clone(loss), loss...)).Version()
	for _, agreed := range []models.Version{"", models.NoVersion, other} {
		wantCode(t, "without knowing the loss", s.SetOwnCatalogue(ctx, sub.Who, true, agreed), models.CodeConflict)
	}
	ok(t, s.SetOwnCatalogue(ctx, sub.Who, true, models.LossesSection(loss).Version()))
	if d := must(s.Key(ctx, sub.Who, k.Sid))(t); d.ScopeApps != models.ScopeSome || len(d.Apps)+len(d.APIs) != 0 {
		t.Errorf("the key: %s %+v %+v", d.ScopeApps, d.Apps, d.APIs)
	}
	if got := e.Decide(dataList(value)).Reason; got != engine.APIUnknown {
		t.Errorf("in an empty catalogue: %s", got)
	}
	// Its own catalogue, with one app and one API of the same names.
	must(s.AddApps(ctx, sub.Who, []models.NewApp{{AppID: "app-orders"}, {AppID: "app-own"}}))(t)
	must(s.ApplyPreset(ctx, sub.Who))(t)
	if got := e.Decide(dataList(value)).Reason; got != engine.APIDenied {
		t.Errorf("with empty lists: %s", got)
	}
	own := must(s.ListApps(ctx, sub.Who, models.AppQuery{All: true}))(t)
	var ids []int64
	for _, r := range own.Rows {
		ids = append(ids, r.ID)
	}
	ok(t, s.SetKeyApps(ctx, sub.Who, k.Sid, models.ScopeSome, ids))
	ok(t, s.SetKeyAPIs(ctx, sub.Who, k.Sid, models.ScopeAll, nil))
	wantCode(t, "the master's app", s.SetKeyApps(ctx, sub.Who, k.Sid, models.ScopeSome, []int64{w.Apps[0].ID}), models.CodeInvalid)
	if got := e.Decide(dataList(value)).Reason; got != engine.Allowed {
		t.Errorf("with its own lists: %s", got)
	}
	loss = must(s.CatalogueLoss(ctx, sub.Who, false))(t)
	if models.Entries(loss) != 1 || loss[0].Apps[0] != "app-own" {
		t.Errorf("the loss on the way back: %+v", loss)
	}
	ok(t, s.SetOwnCatalogue(ctx, sub.Who, false, models.LossesSection(loss).Version()))
	if d := must(s.Key(ctx, sub.Who, k.Sid))(t); len(d.Apps) != 1 || d.Apps[0].ID != w.Apps[0].ID || d.ScopeAPIs != models.ScopeAll {
		t.Errorf("the key back: %+v", d)
	}
	if got := e.Decide(dataList(value)).Reason; got != engine.Allowed {
		t.Errorf("back: %s", got)
	}
	ok(t, s.SetOwnCatalogue(ctx, sub.Who, false, "any")) // it is so already
	row := must(s.ListAudit(ctx, sub.Who, models.AuditQuery{Event: models.EventAccountUpdate}))(t).Rows[0]
	if row.Before != `{"own_catalogue":true}` || row.After != `{"entries_lost":1,"keys":["narrow"],"own_catalogue":false}` {
		t.Errorf("audit: %s became %s", row.Before, row.After)
	}
	wantCode(t, "a master", s.SetOwnCatalogue(ctx, w.Who, false, ""), models.CodeNotFound)
}

// A suspended account lets nobody in, and the invitation waits.
func TestNobodyJoinsASuspendedAccount(t *testing.T) {
	for _, suspend := range []string{"acme", "north"} {
		f := newFamily(t)
		ctx := t.Context()
		other := storetest.SeedOther(t, f.s, "Other")
		token := must2(t)(f.s.Invite(ctx, f.sub.Who, models.NewInvitation{Role: models.RoleOwner}))
		ok(t, f.s.SetAccountStatus(ctx, models.Actor{}, suspend, models.AccountSuspended))
		before := dump(t, storetest.DB(t, f.s))
		if i := must(f.s.Invitation(ctx, token))(t); !i.Suspended {
			t.Error("the invitation does not say that the account is suspended")
		}
		wantCode(t, "with a log-in", second(f.s.AcceptInvitation(ctx, other.Who, token)), models.CodeSuspended)
		_, _, err := f.s.AcceptAsNew(ctx, models.Actor{}, token, newPerson("n@example.com"))
		wantCode(t, "as somebody new", err, models.CodeSuspended)
		if dump(t, storetest.DB(t, f.s)) != before {
			t.Errorf("%s is suspended, and something changed", suspend)
		}
		ok(t, f.s.SetAccountStatus(ctx, models.Actor{}, suspend, models.AccountActive))
		must(f.s.AcceptInvitation(ctx, other.Who, token))(t)
	}
}

// The Owner of a suspended master makes no account: not there, and not below it
// from another master that they own. The operator may.
func TestNoAccountsOfASuspendedMaster(t *testing.T) {
	f := newFamily(t)
	ctx := t.Context()
	other := storetest.SeedOther(t, f.s, "Other")
	storetest.Join(t, f.s, other.Account, f.master.Owner, models.RoleOwner)
	there := other.Who
	there.UserID = f.master.Owner.ID
	ok(t, f.s.SetAccountStatus(ctx, models.Actor{}, "acme", models.AccountSuspended))
	settings := models.ImportSettings{OwnerID: f.master.Owner.ID}
	master := []models.NewAccount{{Line: 2, Name: "Escape", Kind: models.KindMaster}}
	below := []models.NewAccount{{Line: 2, Name: "Escape", Kind: models.KindSubaccount, Master: "Acme"}}
	before := dump(t, storetest.DB(t, f.s))
	for _, rows := range [][]models.NewAccount{master, below} {
		_, _, err := f.s.ImportAccounts(ctx, f.master.Who, rows, settings)
		wantCode(t, "an import in the suspended master", err, models.CodeSuspended)
	}
	for what, do := range map[string]func(context.Context, models.Actor, []models.NewAccount, models.ImportSettings) (models.ImportResult, []models.LineError, error){
		"checked": f.s.CheckImport, "imported": f.s.ImportAccounts,
	} {
		_, bad, err := do(ctx, there, below, settings)
		ok(t, err)
		if len(bad) != 1 || bad[0].Err.Code != models.CodeSuspended {
			t.Errorf("%s below it: %+v", what, bad)
		}
	}
	_, err := f.s.CreateSubaccount(ctx, f.master.Who, models.NewSubaccount{Name: "Escape"})
	wantCode(t, "a sub-account", err, models.CodeSuspended)
	if dump(t, storetest.DB(t, f.s)) != before {
		t.Error("something changed")
	}
	settings.All = true
	_, bad, err := f.s.ImportAccounts(ctx, models.Actor{UserID: f.master.Owner.ID, Role: models.RoleOwner}, below, settings)
	if err != nil || len(bad) > 0 {
		t.Errorf("the operator: %v %+v", err, bad)
	}
	a, _, err := f.s.AccountFor(ctx, "escape", f.master.Owner.ID)
	if err != nil || !a.Suspended() {
		t.Errorf("the new account is open: %+v, %v", a, err)
	}
}

// Reopening a master opens no sub-account that was suspended by itself.
func TestReopeningAMasterOpensNoSub(t *testing.T) {
	f := newFamily(t)
	ctx := t.Context()
	ok(t, f.s.SetSubaccountStatus(ctx, f.master.Who, "north", models.AccountSuspended))
	ok(t, f.s.SetAccountStatus(ctx, models.Actor{}, "acme", models.AccountSuspended))
	wantCode(t, "reopened below a suspended master", f.s.SetSubaccountStatus(ctx, f.master.Who, "north", models.AccountActive), models.CodeSuspended)
	ok(t, f.s.SetAccountStatus(ctx, models.Actor{}, "acme", models.AccountActive))
	if a, _, err := f.s.AccountFor(ctx, "north", f.master.Owner.ID); err != nil || !a.Suspended() {
		t.Errorf("%+v, %v", a, err)
	}
	ok(t, f.s.SetSubaccountStatus(ctx, f.master.Who, "north", models.AccountActive))
}
