package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/web/webtest"

	"github.com/PuerkitoBio/goquery"
)

func TestScopeApp(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	path := keysPath + "/" + keys[0].Sid
	form := func() *webtest.Form { return c.Get(path).Form("#apps form") }
	saved := form().Set("mode", "some").Set("app", itoa(w.Apps[0].ID), itoa(w.Apps[2].ID)).Submit()
	wantText(t, saved, ".flash", "Scope (App) saved")
	wantText(t, saved, "#apps", "Only these 2 apps can be used with this key.", "2 of 3 selected")
	if k := a.key(t, w, keys[0].Sid); k.ScopeApps != models.ScopeSome || len(k.Apps) != 2 {
		t.Errorf("the key has %s with %d apps", k.ScopeApps, len(k.Apps))
	}
	if got := form().Fields["app"]; len(got) != 2 {
		t.Errorf("the form has %q chosen", got)
	}
	empty := c.HX().Post(path+"/apps", url.Values{"mode": {"some"}})
	wantText(t, empty, "#apps .tone-warn", "The App List is empty: this key can use no app.")
	wantText(t, c.Get(keysPath), "tbody", "No apps")
	all := c.HX().Post(path+"/apps", url.Values{"mode": {"all"}})
	wantText(t, all, "#apps", "Every app in the workspace can be used")
	wantText(t, c.Get(path), "#history", "Scope (App)", "All Apps", "No apps", "app-")
	for _, odd := range []url.Values{{"mode": {"most"}}, {"mode": {"some"}, "app": {"1 OR 1=1"}}, {"mode": {"some"}, "app": {"999999"}}, {}} {
		for _, window := range []*webtest.Client{c, c.HX()} {
			p := window.Post(path+"/apps", odd)
			wantStatus(t, p, http.StatusUnprocessableEntity)
			if !p.Has("#apps [role=alert]") {
				t.Errorf("%v: no words", odd)
			}
		}
	}
	if a.key(t, w, keys[0].Sid).ScopeApps != models.ScopeAll {
		t.Error("a refused form changed the scope")
	}
}

func TestScopeAPI(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	path := keysPath + "/" + keys[0].Sid
	p := c.Get(path)
	families := p.Find("#apis .family-head strong").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
	if !slices.Equal(families, []string{"Contact", "App", "Form", "Data", "File", "Workflow"}) {
		t.Errorf("families = %q", families)
	}
	list, get := w.APIByName(t, "data.list"), w.APIByName(t, "data.get")
	saved := p.Form("#apis form").Set("mode", "some").Set("api", itoa(list.ID), itoa(get.ID)).Submit()
	wantText(t, saved, "#apis", "Only these 2 APIs can be used", list.Path)
	if k := a.key(t, w, keys[0].Sid); len(k.APIs) != 2 {
		t.Errorf("the key has %d calls", len(k.APIs))
	}
	empty := c.HX().Post(path+"/apis", url.Values{"mode": {"some"}})
	wantText(t, empty, "#apis .tone-warn", "The API List is empty: this key can use no API.")
	wantText(t, empty, ".toast", "Scope (API) saved")
	wantText(t, c.Get(keysPath), "tbody", "No APIs")
	refused := c.Post(path+"/apis", url.Values{"mode": {"some"}, "api": {itoa(list.ID), "x"}})
	wantStatus(t, refused, http.StatusUnprocessableEntity)
	if !refused.Has(`#apis [data-dirty]`) {
		t.Error("the refused choice does not say that it is not saved")
	}
	c.HX().Post(path+"/apis", url.Values{"mode": {"all"}})
	wantText(t, c.Get(path), "#history", "data.get, data.list", "All APIs", "No APIs")
}

func TestNothingIsLostAmongManyApps(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	path := keysPath + "/" + keys[0].Sid
	var more []models.NewApp
	for i := range 10_000 - len(w.Apps) {
		more = append(more, models.NewApp{AppID: fmt.Sprintf("bulk-%05d", i), Name: fmt.Sprintf("Bulk %05d", i)})
	}
	if _, err := a.store.AddApps(t.Context(), w.Who, more); err != nil {
		t.Fatal(err)
	}
	page, err := a.store.ListApps(t.Context(), w.Who, models.AppQuery{All: true})
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int64, 0, len(page.Rows))
	for _, r := range page.Rows {
		ids = append(ids, r.ID)
	}
	set := func(ids []int64) {
		if err := a.store.SetKeyApps(t.Context(), w.Who, keys[0].Sid, models.ScopeSome, ids); err != nil {
			t.Fatal(err)
		}
	}
	count := func() int { return len(a.key(t, w, keys[0].Sid).Apps) }
	find := func(p *webtest.Page, text string) *webtest.Page {
		f := p.Form("#apps form").Set("find", text)
		f.Fields.Set("step", "find")
		return f.Submit()
	}

	// A few apps are chosen; another one is found, marked, and saved with them.
	set(ids[:3])
	p := c.Get(path)
	if n := p.Find("#apps .pick").Length(); n != 103 {
		t.Errorf("the picker shows %d of 10,000 apps", n)
	}
	found := find(p, "BULK-09876")
	if found.Find("#apps .pick").Length() != 4 || count() != 3 {
		t.Fatalf("the search shows %d apps, the key has %d", found.Find("#apps .pick").Length(), count())
	}
	f := found.Form("#apps form")
	f.Fields.Add("app", found.Find("#apps .pick input:not([checked])").AttrOr("value", ""))
	marked := find(f.Submit(), "09875") // saved here, then looked for another
	if count() != 4 {
		t.Errorf("the key has %d apps, wanted 4", count())
	}
	pending := marked.Form("#apps form")
	pending.Fields.Add("app", marked.Find("#apps .pick input:not([checked])").AttrOr("value", ""))
	pending.Fields.Set("step", "find")
	pending.Set("find", "nothing like it")
	still := pending.Submit()
	if n := len(still.Form("#apps form").Fields["app"]); n != 5 || count() != 4 {
		t.Errorf("a search left %d apps marked; the key has %d", n, count())
	}
	if !still.Has("#apps [data-dirty]") {
		t.Error("what was marked does not say that it is not saved")
	}
	hx := c.HX().Post(path+"/apps", url.Values{"mode": {"some"}, "step": {"find"}, "find": {"Bulk 00001"}})
	if !strings.HasPrefix(strings.TrimSpace(hx.Body), "<section") || hx.Find("#apps .pick").Length() != 1 {
		t.Errorf("htmx got %.300s", hx.Body)
	}

	// All apps are chosen: those that are not shown stay chosen, and one is
	// removed.
	set(ids)
	p = c.Get(path)
	if n := p.Find("#apps .pick").Length(); n != 200 {
		t.Errorf("the picker shows %d apps", n)
	}
	wantText(t, p, "#apps", "9,800 more of the 10,000 selected apps are not shown")
	f = p.Form("#apps form")
	f.Set("app", f.Fields["app"][1:]...)
	f.Submit()
	if count() != 9_999 {
		t.Errorf("one of 10,000 was taken out, %d are left", count())
	}
	f = c.Get(path).Form("#apps form")
	f.Fields.Set("step", "drop")
	dropped := f.Submit()
	if dropped.Has("#apps [name=kept]") || count() != 9_999 {
		t.Error("taking out what is not shown kept it, or saved at once")
	}
	dropped.Form("#apps form").Submit()
	if count() != 200 {
		t.Errorf("%d are left of the 200 shown", count())
	}
}

func TestFiveHundredAppsAreAllShown(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	var more []models.NewApp
	for i := range 500 - len(w.Apps) {
		more = append(more, models.NewApp{AppID: fmt.Sprintf("bulk-%03d", i)})
	}
	if _, err := a.store.AddApps(t.Context(), w.Who, more); err != nil {
		t.Fatal(err)
	}
	p := c.Get(keysPath + "/" + keys[0].Sid)
	boxes := p.Find("#apps .pick input").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("value", "") })
	if len(boxes) != 500 || p.Has("#apps [name=find]") {
		t.Fatalf("%d of 500 apps are shown", len(boxes))
	}
	p.Form("#apps form").Set("mode", "some").Set("app", boxes...).Submit()
	if k := a.key(t, w, keys[0].Sid); len(k.Apps) != 500 {
		t.Errorf("500 were chosen, %d are kept", len(k.Apps))
	}
}

func TestAWorkspaceWithoutAppsSaysSo(t *testing.T) {
	a, w, keys, c := keysFixture(t, 1)
	for _, app := range w.Apps {
		if err := a.store.RemoveApp(t.Context(), w.Who, app.ID); err != nil {
			t.Fatal(err)
		}
	}
	wantText(t, c.Get(keysPath+"/"+keys[0].Sid), "#apps", "The workspace has no apps yet")
}
