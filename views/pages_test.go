package views_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/views"

	"github.com/a-h/templ"
)

func someFamilies() []models.FamilyRow {
	return []models.FamilyRow{
		{Family: models.Family{ID: 1, Name: "Data"}, APIs: []models.APIRow{
			{API: models.API{ID: 1, FamilyID: 1, Name: "data.list", Method: "POST", Path: "/data/list", AppBound: true, AppSource: models.AppInBody, AppField: "app_id", RatePerSecond: 30}, KeyCount: 2},
			{API: models.API{ID: 2, FamilyID: 1, Name: "data.get", Method: models.AnyMethod, Path: "/data/{id}"}},
		}},
		{Family: models.Family{ID: 2, Name: "CRM"}},
	}
}

func someVerdict(allowed bool) *views.Verdict {
	v := &views.Verdict{Allowed: allowed, Reason: "allowed", Status: 200, KeyName: "K", KeyHref: "/a/acme/keys/1", Call: "data.list", App: "x"}
	v.Checks = []views.Check{{Reason: "key_missing", State: views.CheckPassed}, {Reason: "rate_limited", State: views.CheckSkipped, Why: "gate.skip.rate"}}
	if !allowed {
		v.Reason, v.Status = "ip_denied", 403
		v.Checks = append(v.Checks, views.Check{Reason: "ip_denied", State: views.CheckFailed})
	}
	return v
}

func TestAReaderWhoLeavesEndsTheOtherPages(t *testing.T) {
	c := chrome(models.RoleOwner)
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	links := []views.KeyLink{{Name: "K", Href: "/a/acme/keys/1"}}
	app := models.App{ID: 1, AppID: "a", Name: "A", CreatedAt: now}
	apps := views.AppList{Root: "/a/acme/apps", Count: 2, CanManage: true, Page: models.AppPage{
		Rows: []models.AppRow{{App: app}, {App: app, KeyCount: 1}}, Total: 2, Page: 1, Pages: 1,
	}}
	lines := views.AppPaste{Bad: []views.BadLine{{Line: 1, Words: "no"}}, More: 2, Errors: map[string]string{"lines": "no"}}
	catalogue := views.NewCatalogue(context.Background(), "/a/acme/catalogue", someFamilies(), "", true)
	form := views.APIFormOf(someFamilies()[0].APIs[0].API)
	form.ID, form.Keys, form.Families = 1, links, someFamilies()
	tester := views.Tester{Root: "/a/acme/tester", Form: views.NewTesterForm(), Families: someFamilies(), Keys: []models.KeyRow{{Key: keyModel()}}, Verdict: someVerdict(false)}
	allowed := tester
	allowed.Verdict = someVerdict(true)
	audit := views.Audit{Root: "/a/acme/audit", Slug: "acme", Page: models.AuditPage{Page: 1, Pages: 1, Total: 2, Rows: []models.AuditRow{
		{ID: 1, At: now, Event: models.EventAppUpdate, TargetKind: "app", TargetID: "a", TargetName: "A", ActorName: "Ada", Before: `{"name":"B"}`, After: `{"name":"A"}`},
		{ID: 2, At: now, Event: models.EventKeyDelete, TargetKind: "key", TargetID: "1", TargetName: "K", IP: "192.0.2.1"},
	}}}
	settings := views.Settings{Root: "/a/acme/settings/account", CanEdit: true}
	for name, component := range map[string]templ.Component{
		"apps":          views.AppsPage(c, apps),
		"apps changed":  views.AppsChanged(apps),
		"no apps":       views.AppRegion(views.AppList{CanManage: true}),
		"no apps, look": views.AppRegion(views.AppList{}),
		"apps sought":   views.AppRegion(views.AppList{Count: 1, Search: "x"}),
		"add app":       views.Framed(c, views.AddAppDialog(views.AppForm{Page: true})),
		"rename app":    views.RenameAppDialog(views.AppForm{App: app}),
		"paste apps":    views.PasteAppsDialog(lines),
		"remove app":    views.RemoveAppDialog(views.AppRemoval{App: app, Keys: links}),
		"remove free":   views.RemoveAppDialog(views.AppRemoval{App: app}),
		"catalogue":     views.CataloguePage(c, catalogue),
		"changed":       views.CatalogueChanged(catalogue),
		"no calls":      views.CatalogueRegion(views.NewCatalogue(context.Background(), "/c", nil, "", true)),
		"no calls look": views.CatalogueRegion(views.NewCatalogue(context.Background(), "/c", nil, "", false)),
		"calls sought":  views.CatalogueRegion(views.NewCatalogue(context.Background(), "/c", someFamilies(), "nowhere", true)),
		"family":        views.FamilyDialog(views.FamilyForm{}),
		"rename family": views.FamilyDialog(views.FamilyForm{Family: models.Family{ID: 1}}),
		"remove family": views.RemoveFamilyDialog(views.FamilyRemoval{Family: someFamilies()[1]}),
		"full family":   views.RemoveFamilyDialog(views.FamilyRemoval{Family: someFamilies()[0]}),
		"add call":      views.APIDialog(views.NewAPIForm("1")),
		"edit call":     views.APIDialog(form),
		"remove call":   views.RemoveAPIDialog(views.APIRemoval{Keys: links}),
		"remove unused": views.RemoveAPIDialog(views.APIRemoval{}),
		"preset":        views.PresetDialog(views.NewPresetOffer("/c", "/c", someFamilies())),
		"preset, done":  views.PresetDialog(views.PresetOffer{}),
		"preset, left":  views.PresetDialog(views.PresetOffer{LeftOut: 2, Calls: 1, Adds: []views.PresetAdds{{Family: "X", New: true, Calls: 1}}}),
		"tester":        views.TesterPage(c, tester),
		"allowed":       views.TesterRegion(allowed),
		"no verdict":    views.TesterRegion(views.Tester{Errors: map[string]string{"key": "no"}}),
		"audit":         views.AuditPage(c, audit),
		"audit, own":    views.AuditPage(c, views.Audit{OwnOnly: true}),
		"audit, none":   views.AuditRegion(views.Audit{Filter: views.AuditFilter{Actor: "x"}}),
		"settings":      views.SettingsPage(c, settings),
		"settings look": views.SettingsPage(c, views.Settings{}),
	} {
		t.Run(name, func(t *testing.T) { endsEarly(t, component) })
	}
}

func TestPresetOffer(t *testing.T) {
	calls := 0
	for _, f := range models.Preset() {
		calls += len(f.APIs)
	}
	empty := views.NewPresetOffer("/c", "/c", nil)
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
	if full := views.NewPresetOffer("/c", "/c", all); full.Calls != 0 || len(full.Adds) != 0 || full.LeftOut != calls {
		t.Errorf("of all: %+v", full)
	}
	lacks := all[:len(all)-1]
	if got := views.NewPresetOffer("/c", "/c", lacks); fmt.Sprint(got.Adds) != "[{CRM true 0}]" {
		t.Errorf("without the empty family: %v", got.Adds)
	}
}

func TestAddressesHoldTheSearch(t *testing.T) {
	for got, want := range map[string]string{
		views.AppList{Root: "/x"}.Href(1):                                         "/x",
		views.AppList{Root: "/x", Search: "a&b=c"}.Href(3):                        "/x?page=3&q=a%26b%3Dc",
		views.NewCatalogue(context.Background(), "/x", nil, "a b", false).Href():  "/x?q=a+b",
		views.NewCatalogue(context.Background(), "/x", nil, "", false).Href():     "/x",
		views.Audit{Root: "/x"}.Href(0):                                           "/x",
		views.Audit{Root: "/x", Filter: views.AuditFilter{Event: "app."}}.Href(2): "/x?event=app.&page=2",
	} {
		if got != want {
			t.Errorf("got %s, wanted %s", got, want)
		}
	}
}
