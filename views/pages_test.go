package views_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"keywicket/views/accounts"
	"keywicket/views/audit"
	"keywicket/views/catalogue"
	"keywicket/views/tester"
	"keywicket/views/ui"

	"keywicket/models"
	"keywicket/views"

	"github.com/a-h/templ"
)

// someFamilies returns families with calls.
func someFamilies() []models.FamilyRow {
	return []models.FamilyRow{
		{Family: models.Family{ID: 1, Name: "Data"}, APIs: []models.APIRow{
			{API: models.API{ID: 1, FamilyID: 1, Name: "data.list", Method: "POST", Path: "/data/list", AppBound: true, AppSource: models.AppInBody, AppField: "app_id", RatePerSecond: 30}, KeyCount: 2},
			{API: models.API{ID: 2, FamilyID: 1, Name: "data.get", Method: models.AnyMethod, Path: "/data/{id}"}},
		}},
		{Family: models.Family{ID: 2, Name: "CRM"}},
	}
}

// someVerdict returns an allowing or a denying verdict.
func someVerdict(allowed bool) *tester.Verdict {
	v := &tester.Verdict{Allowed: allowed, Reason: "allowed", Status: 200, KeyName: "K", KeyHref: "/a/acme/keys/1", Call: "data.list", App: "x"}
	v.Checks = []tester.Check{{Reason: "key_missing", State: tester.CheckPassed}, {Reason: "rate_limited", State: tester.CheckSkipped, Why: "gate.skip.rate"}}
	if !allowed {
		v.Reason, v.Status = "ip_denied", 403
		v.Checks = append(v.Checks, tester.Check{Reason: "ip_denied", State: tester.CheckFailed})
	}
	return v
}

func TestAReaderWhoLeavesEndsTheOtherPages(t *testing.T) {
	c := chrome(models.RoleOwner)
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	links := []catalogue.KeyLink{{Name: "K", Href: "/a/acme/keys/1"}}
	app := models.App{ID: 1, AppID: "a", Name: "A", CreatedAt: now}
	apps := catalogue.AppList{Root: "/a/acme/apps", Count: 2, CanManage: true, Page: models.AppPage{
		Rows: []models.AppRow{{App: app}, {App: app, KeyCount: 1}}, Total: 2, Page: 1, Pages: 1,
	}}
	lines := catalogue.AppPaste{Bad: []ui.BadLine{{Line: 1, Words: "no"}}, More: 2, Errors: map[string]string{"lines": "no"}}
	apis := catalogue.NewCatalogue(context.Background(), "/a/acme/catalogue", someFamilies(), "", true)
	form := catalogue.APIFormOf(someFamilies()[0].APIs[0].API)
	form.ID, form.Keys, form.Families = 1, links, someFamilies()
	asked := tester.Tester{Root: "/a/acme/tester", Form: tester.NewForm(), Families: someFamilies(), Keys: []models.KeyRow{{Key: keyModel()}}, Verdict: someVerdict(false)}
	allowed := asked
	allowed.Verdict = someVerdict(true)
	rows := audit.Audit{Root: "/a/acme/audit", Slug: "acme", Page: models.AuditPage{Page: 1, Pages: 1, Total: 2, Rows: []models.AuditRow{
		{ID: 1, At: now, Event: models.EventAppUpdate, TargetKind: "app", TargetID: "a", TargetName: "A", ActorName: "Ada", Before: `{"name":"B"}`, After: `{"name":"A"}`},
		{ID: 2, At: now, Event: models.EventKeyDelete, TargetKind: "key", TargetID: "1", TargetName: "K", IP: "192.0.2.1"},
	}}}
	settings := accounts.Settings{Root: "/a/acme/settings/account", CanEdit: true}
	for name, component := range map[string]templ.Component{
		"apps":          catalogue.AppsPage(c, apps),
		"apps changed":  catalogue.AppsChanged(apps),
		"no apps":       catalogue.AppRegion(catalogue.AppList{CanManage: true}),
		"no apps, look": catalogue.AppRegion(catalogue.AppList{}),
		"apps sought":   catalogue.AppRegion(catalogue.AppList{Count: 1, Search: "x"}),
		"add app":       views.Framed(c, catalogue.AddAppDialog(catalogue.AppForm{Page: true})),
		"rename app":    catalogue.RenameAppDialog(catalogue.AppForm{App: app}),
		"paste apps":    catalogue.PasteAppsDialog(lines),
		"remove app":    catalogue.RemoveAppDialog(catalogue.AppRemoval{Removal: catalogue.Removal{Keys: links}, App: app}),
		"remove free":   catalogue.RemoveAppDialog(catalogue.AppRemoval{App: app}),
		"catalogue":     catalogue.APIsPage(c, apis),
		"changed":       catalogue.APIsChanged(apis),
		"no calls":      catalogue.APIsRegion(catalogue.NewCatalogue(context.Background(), "/c", nil, "", true)),
		"no calls look": catalogue.APIsRegion(catalogue.NewCatalogue(context.Background(), "/c", nil, "", false)),
		"calls sought":  catalogue.APIsRegion(catalogue.NewCatalogue(context.Background(), "/c", someFamilies(), "nowhere", true)),
		"family":        catalogue.FamilyDialog(catalogue.FamilyForm{}),
		"rename family": catalogue.FamilyDialog(catalogue.FamilyForm{Family: models.Family{ID: 1}}),
		"remove family": catalogue.RemoveFamilyDialog(catalogue.FamilyRemoval{Family: someFamilies()[1]}),
		"full family":   catalogue.RemoveFamilyDialog(catalogue.FamilyRemoval{Family: someFamilies()[0]}),
		"add call":      catalogue.APIDialog(catalogue.NewAPIForm("1")),
		"edit call":     catalogue.APIDialog(form),
		"remove call":   catalogue.RemoveAPIDialog(catalogue.APIRemoval{Removal: catalogue.Removal{Keys: links}}),
		"remove unused": catalogue.RemoveAPIDialog(catalogue.APIRemoval{}),
		"preset":        catalogue.PresetDialog(catalogue.NewPresetOffer("/c", "/c", someFamilies())),
		"preset, done":  catalogue.PresetDialog(catalogue.PresetOffer{}),
		"preset, left":  catalogue.PresetDialog(catalogue.PresetOffer{LeftOut: 2, Calls: 1, Adds: []catalogue.PresetAdds{{Family: "X", New: true, Calls: 1}}}),
		"tester":        tester.Page(c, asked),
		"allowed":       tester.Region(allowed),
		"no verdict":    tester.Region(tester.Tester{Errors: map[string]string{"key": "no"}}),
		"audit":         audit.Page(c, rows),
		"audit, own":    audit.Page(c, audit.Audit{OwnOnly: true}),
		"audit, none":   audit.Region(audit.Audit{Filter: audit.Filter{Actor: "x"}}),
		"settings":      accounts.SettingsPage(c, settings),
		"settings look": accounts.SettingsPage(c, accounts.Settings{}),
	} {
		t.Run(name, func(t *testing.T) { endsEarly(t, component) })
	}
}

func TestPresetOffer(t *testing.T) {
	calls := 0
	for _, f := range models.Preset() {
		calls += len(f.APIs)
	}
	empty := catalogue.NewPresetOffer("/c", "/c", nil)
	if empty.Calls != calls || empty.LeftOut != 0 || len(empty.Adds) != len(models.Preset()) {
		t.Errorf("of nothing: %d calls, %d left out, %v", empty.Calls, empty.LeftOut, empty.Adds)
	}
	var all []models.FamilyRow
	for i, f := range models.Preset() {
		row := models.FamilyRow{Family: models.Family{ID: int64(i + 1), Name: f.Name}}
		for _, a := range f.APIs {
			row.APIs = append(row.APIs, models.APIRow{API: a})
		}
		all = append(all, row)
	}
	if full := catalogue.NewPresetOffer("/c", "/c", all); full.Calls != 0 || len(full.Adds) != 0 || full.LeftOut != calls {
		t.Errorf("of all: %+v", full)
	}
	lacks := all[:len(all)-1]
	if got := catalogue.NewPresetOffer("/c", "/c", lacks); fmt.Sprint(got.Adds) != "[{CRM true 0}]" {
		t.Errorf("without the empty family: %v", got.Adds)
	}
}

func TestAddressesHoldTheSearch(t *testing.T) {
	for got, want := range map[string]string{
		catalogue.AppList{Root: "/x"}.Href(1):                                        "/x",
		catalogue.AppList{Root: "/x", Search: "a&b=c"}.Href(3):                       "/x?page=3&q=a%26b%3Dc",
		catalogue.NewCatalogue(context.Background(), "/x", nil, "a b", false).Href(): "/x?q=a+b",
		catalogue.NewCatalogue(context.Background(), "/x", nil, "", false).Href():    "/x",
		audit.Audit{Root: "/x"}.Href(0):                                              "/x",
		audit.Audit{Root: "/x", Filter: audit.Filter{Event: "app."}}.Href(2):         "/x?event=app.&page=2",
	} {
		if got != want {
			t.Errorf("got %s, wanted %s", got, want)
		}
	}
}
