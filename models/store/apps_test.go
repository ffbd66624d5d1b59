package store_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keywicket/models"
	"keywicket/models/storetest"
)

func TestApps(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	if n := must(s.AddApps(ctx, w.Who, []models.NewApp{{AppID: "Z", Name: "alpha"}, {AppID: "nameless"}}))(t); n != 2 {
		t.Errorf("added %d", n)
	}
	for what, c := range map[string]struct {
		apps []models.NewApp
		code models.Code
		says string
	}{
		"one that is there":  {[]models.NewApp{{AppID: "new"}, {AppID: "app-stock"}}, models.CodeConflict, "app-stock"},
		"twice in the list":  {[]models.NewApp{{AppID: "new"}, {AppID: "twin"}, {AppID: "twin"}}, models.CodeConflict, "twin"},
		"with a space":       {[]models.NewApp{{AppID: "new"}, {AppID: "a b"}}, models.CodeInvalid, ""},
		"with a long name":   {[]models.NewApp{{AppID: "new", Name: strings.Repeat("n", 101)}}, models.CodeInvalid, ""},
		"more than may come": {make([]models.NewApp, models.MaxPastedApp+1), models.CodeLimit, ""},
	} {
		_, err := s.AddApps(ctx, w.Who, c.apps)
		wantCode(t, what, err, c.code)
		var e *models.Error
		if errors.As(err, &e) && c.says != "" && e.Args["IDs"] != c.says {
			t.Errorf("%s: names %v", what, e.Args)
		}
	}
	if n := must(s.AppCount(ctx, w.Who))(t); n != 5 {
		t.Errorf("%d apps", n)
	}
	p := must(s.ListApps(ctx, w.Who, models.AppQuery{}))(t)
	var got []string
	for _, r := range p.Rows {
		got = append(got, r.Name)
	}
	if diff := cmp.Diff([]string{"alpha", "nameless", "Orders", "People", "Stock"}, got); diff != "" {
		t.Error(diff)
	}
	if p := must(s.ListApps(ctx, w.Who, models.AppQuery{Search: "ORD"}))(t); p.Total != 1 || p.Rows[0].AppID != "app-orders" {
		t.Errorf("search: %+v", p)
	}
	if p := must(s.ListApps(ctx, w.Who, models.AppQuery{Search: "app_"}))(t); p.Total != 0 {
		t.Errorf("an underscore matched anything: %+v", p)
	}
}

func TestRemovingAnApp(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	keys := storetest.SeedKeys(t, s, w.Who, 2)
	app := w.Apps[0]
	ok(t, s.SetKeyApps(ctx, w.Who, keys[0].Sid, models.ScopeSome, []int64{app.ID}))
	named := must(s.AppKeys(ctx, w.Who, app.ID))(t)
	if len(named) != 1 || named[0].Sid != keys[0].Sid {
		t.Errorf("keys that name the app: %+v", named)
	}
	ok(t, s.RenameApp(ctx, w.Who, app.ID, "Orders 2"))
	ok(t, s.RenameApp(ctx, w.Who, app.ID, "Orders 2"))
	wantCode(t, "no name", s.RenameApp(ctx, w.Who, app.ID, " "), models.CodeInvalid)
	if a := must(s.App(ctx, w.Who, app.ID))(t); a.Name != "Orders 2" || a.AppID != app.AppID {
		t.Errorf("app %+v", a)
	}
	ok(t, s.RemoveApp(ctx, w.Who, app.ID))
	wantCode(t, "remove again", s.RemoveApp(ctx, w.Who, app.ID), models.CodeNotFound)
	d := must(s.Key(ctx, w.Who, keys[0].Sid))(t)
	if len(d.Apps) != 0 || d.ScopeApps != models.ScopeSome {
		t.Errorf("after the app is gone the key has %s %v: it must not open up", d.ScopeApps, d.Apps)
	}
	must(s.AddApps(ctx, w.Who, []models.NewApp{{AppID: app.AppID, Name: "again"}}))(t)
	if d := must(s.Key(ctx, w.Who, keys[0].Sid))(t); len(d.Apps) != 0 {
		t.Error("an app of the same app id came back into the App List")
	}
	a := must(s.ListAudit(ctx, w.Who, models.AuditQuery{Event: "app."}))(t)
	var events []models.Event
	for _, r := range a.Rows {
		events = append(events, r.Event)
	}
	want := []models.Event{models.EventAppCreate, models.EventAppDelete, models.EventAppUpdate, models.EventAppCreate}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(a.Rows[1].Before, "Seeded 1") {
		t.Errorf("removing is noted as %s", a.Rows[1].Before)
	}
}

func TestCatalogue(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	f := must(s.AddFamily(ctx, w.Who, " Reports "))(t)
	wantCode(t, "the same family", second(s.AddFamily(ctx, w.Who, "Reports")), models.CodeConflict)
	wantCode(t, "no name", second(s.AddFamily(ctx, w.Who, "")), models.CodeInvalid)
	a := must(s.AddAPI(ctx, w.Who, models.API{
		FamilyID: f.ID, Name: "report.get", Method: "get", Path: "/api/v1/report/{id}", AppBound: true, AppSource: models.AppInHeader, AppField: "x-app",
	}))(t)
	if a.Method != "GET" || a.AppField != "X-App" {
		t.Errorf("call %+v", a)
	}
	for what, c := range map[string]struct {
		api  models.API
		code models.Code
	}{
		"a name in use":            {models.API{FamilyID: f.ID, Name: "report.get", Method: "GET", Path: "/other"}, models.CodeConflict},
		"a pattern that clashes":   {models.API{FamilyID: f.ID, Name: "report.all", Method: "ANY", Path: "/api/v1/report/all"}, models.CodeConflict},
		"no such family":           {models.API{FamilyID: 9999, Name: "report.x", Method: "GET", Path: "/x"}, models.CodeInvalid},
		"a path that is none":      {models.API{FamilyID: f.ID, Name: "report.x", Method: "GET", Path: "x"}, models.CodeInvalid},
		"a parameter that is none": {models.API{FamilyID: f.ID, Name: "report.x", Method: "GET", Path: "/x", AppBound: true, AppSource: models.AppInPath, AppField: "app"}, models.CodeInvalid},
	} {
		wantCode(t, what, second(s.AddAPI(ctx, w.Who, c.api)), c.code)
	}
	b := must(s.AddAPI(ctx, w.Who, models.API{FamilyID: f.ID, Name: "report.make", Method: "POST", Path: "/api/v1/report/{id}"}))(t)
	b.Method = "GET"
	wantCode(t, "an update that clashes", s.UpdateAPI(ctx, w.Who, b), models.CodeConflict)
	b.Method, b.Path, b.RatePerSecond = "POST", "/api/v1/reports", 7
	ok(t, s.UpdateAPI(ctx, w.Who, b))
	ok(t, s.UpdateAPI(ctx, w.Who, b)) // changes nothing
	if got := must(s.API(ctx, w.Who, b.ID))(t); got != b {
		t.Errorf("got %+v, want %+v", got, b)
	}
	sid := storetest.SeedKeys(t, s, w.Who, 1)[0].Sid
	ok(t, s.SetKeyAPIs(ctx, w.Who, sid, models.ScopeSome, []int64{a.ID, b.ID}))
	if keys := must(s.APIKeys(ctx, w.Who, a.ID))(t); len(keys) != 1 || keys[0].Sid != sid {
		t.Errorf("keys that list the call: %+v", keys)
	}
	rows := must(s.Catalogue(ctx, w.Who))(t)
	last := rows[len(rows)-1]
	if len(rows) != 8 || last.Name != "Reports" || len(last.APIs) != 2 || last.APIs[0].KeyCount != 1 || rows[0].Name != "Contact" {
		t.Errorf("catalogue ends with %+v", last)
	}
	wantCode(t, "remove a family with calls", s.RemoveFamily(ctx, w.Who, f.ID), models.CodeConflict)
	wantCode(t, "rename to one in use", s.RenameFamily(ctx, w.Who, f.ID, "Data"), models.CodeConflict)
	ok(t, s.RenameFamily(ctx, w.Who, f.ID, "Reporting"))
	ok(t, s.RemoveAPI(ctx, w.Who, a.ID))
	ok(t, s.RemoveAPI(ctx, w.Who, b.ID))
	ok(t, s.RemoveFamily(ctx, w.Who, f.ID))
	if d := must(s.Key(ctx, w.Who, sid))(t); len(d.APIs) != 0 || d.ScopeAPIs != models.ScopeSome {
		t.Errorf("after its calls are gone the key has %s %v: it must not open up", d.ScopeAPIs, d.APIs)
	}
	for _, err := range []error{
		s.RemoveAPI(ctx, w.Who, a.ID), s.UpdateAPI(ctx, w.Who, a), s.RemoveFamily(ctx, w.Who, f.ID), s.RenameFamily(ctx, w.Who, f.ID, "X"),
		second(s.API(ctx, w.Who, a.ID)), second(s.APIKeys(ctx, w.Who, a.ID)),
	} {
		wantCode(t, "what is gone", err, models.CodeNotFound)
	}
}

func TestPresetAddsWhatIsMissing(t *testing.T) {
	s := storetest.New(t)
	w := storetest.SeedOwner(t, s, models.NewOwner{AccountName: "Bare", Name: "B", Email: "b@example.com", PasswordHash: "-"})
	ctx := t.Context()
	if len(w.Families) != 0 {
		t.Fatalf("families %v", w.Families)
	}
	want := 0
	for _, f := range models.Preset() {
		want += len(f.APIs)
	}
	f := must(s.AddFamily(ctx, w.Who, "Data"))(t)
	must(s.AddAPI(ctx, w.Who, models.API{FamilyID: f.ID, Name: "mine", Method: "ANY", Path: "/api/v5/app/entry/data/{what}"}))(t)
	taken := 0
	for _, p := range models.Preset() {
		for _, a := range p.APIs {
			if strings.HasPrefix(a.Path, "/api/v5/app/entry/data/") {
				taken++
			}
		}
	}
	if n := must(s.ApplyPreset(ctx, w.Who))(t); n != want-taken {
		t.Errorf("added %d of %d, of which %d clash", n, want, taken)
	}
	if n := must(s.ApplyPreset(ctx, w.Who))(t); n != 0 {
		t.Errorf("added %d again", n)
	}
	if rows := must(s.Catalogue(ctx, w.Who))(t); len(rows) != len(models.Preset()) {
		t.Errorf("%d families", len(rows))
	}
	if a := must(s.ListAudit(ctx, w.Who, models.AuditQuery{Event: models.EventCataloguePreset}))(t); a.Total != 1 {
		t.Errorf("%d audit rows", a.Total)
	}
}
