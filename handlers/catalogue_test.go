package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web/webtest"
)

// emptyCatalogue removes every call and family.
func emptyCatalogue(t *testing.T, a *app, w storetest.Fixture) {
	t.Helper()
	for _, f := range w.Families {
		for _, api := range f.APIs {
			if err := a.store.RemoveAPI(t.Context(), w.Who, api.ID); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.store.RemoveFamily(t.Context(), w.Who, f.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// familyNamed returns the family with the name.
func familyNamed(t *testing.T, w storetest.Fixture, name string) models.FamilyRow {
	t.Helper()
	for _, f := range w.Families {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no family %q", name)
	return models.FamilyRow{}
}

func TestCatalogueShowsThePreset(t *testing.T) {
	a, w := newFixture(t)
	p := a.as(t, w.Owner.ID).Get("/a/acme/catalogue")
	if n := p.Find(".family-card").Length(); n != 7 {
		t.Errorf("%d families", n)
	}
	calls := 0
	for _, f := range models.Preset() {
		calls += len(f.APIs)
	}
	if n := p.Find(".apis-table tbody tr").Length(); n != calls {
		t.Errorf("%d calls, the preset has %d", n, calls)
	}
	row := p.Text(fmt.Sprintf("#api-%d", w.APIByName(t, "workflow.approval_comments").ID))
	for _, part := range []string{"POST", "/api/v1/app/{app_id}/entry/{entry_id}/data/{data_id}/approval_comments", "app_id", "in the path", "30 / s"} {
		if !strings.Contains(row, part) {
			t.Errorf("the row lacks %q: %s", part, row)
		}
	}
	if !strings.Contains(p.Text("main"), "No APIs in this family yet") {
		t.Error("the empty CRM family is not shown as one")
	}
}

func TestCatalogueSearch(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	for search, want := range map[string]string{
		"widget":     "[form.widget.list]",
		"LOGS":       "[workflow.instance.logs]",
		"file":       "[file.get_upload_token]",
		"/v2/":       "[workflow.task.rollback workflow.task.add_sign workflow.task.revoke]",
		"%3Cnope%3E": "[]",
	} {
		for _, browser := range []*webtest.Client{c, c.HX()} {
			p := browser.Get("/a/acme/catalogue?q=" + search)
			if got := texts(p, ".apis-table .row-name"); fmt.Sprint(got) != want {
				t.Errorf("%s found %v", search, got)
			}
		}
	}
	if p := c.Get("/a/acme/catalogue?q=Form"); fmt.Sprint(texts(p, ".family-card h2")) != "[Form 1 API Workflow 3 APIs]" {
		t.Logf("families with Form: %v", texts(p, ".family-card h2"))
	}
	if p := c.Get("/a/acme/catalogue?q=nope"); !strings.Contains(p.Text(".empty"), "No API found") {
		t.Errorf("nothing found: %s", p.Text("main"))
	}
}

func TestPreset(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	if p := c.Get("/a/acme/catalogue/preset"); p.Has("main form[action$='/preset']") || !strings.Contains(p.Text("main"), "already") {
		t.Errorf("with all of it there: %s", p.Text("main"))
	}
	emptyCatalogue(t, a, w)
	empty := c.Get("/a/acme/catalogue")
	if !strings.Contains(empty.Text(".empty"), "The catalogue is empty") || !empty.Has(".empty a[href$='/preset']") {
		t.Fatalf("the empty page: %s", empty.Text("main"))
	}
	// A family and two calls of the admin's own conflict with the preset.
	f, err := a.store.AddFamily(t.Context(), w.Who, "Data")
	if err != nil {
		t.Fatal(err)
	}
	for _, own := range []models.API{
		{FamilyID: f.ID, Name: "mine", Method: "POST", Path: "/api/v5/app/entry/data/{what}"},
		{FamilyID: f.ID, Name: "file.get_upload_token", Method: "GET", Path: "/mine"},
	} {
		if _, err := a.store.AddAPI(t.Context(), w.Who, own); err != nil {
			t.Fatal(err)
		}
	}
	ask := c.Get("/a/acme/catalogue/preset")
	for _, part := range []string{"It adds 45 APIs", "9 APIs are skipped", "Contact new family", "+29"} {
		if !strings.Contains(ask.Text("main"), part) {
			t.Errorf("it does not say %q: %s", part, ask.Text("main"))
		}
	}
	p := ask.Form("main form[action$='/preset']").Submit()
	if !strings.Contains(p.Text(".flash"), "45 APIs of the preset added") || p.Find(".apis-table tbody tr").Length() != 47 {
		t.Errorf("it said %q and shows %d calls", p.Text(".flash"), p.Find(".apis-table tbody tr").Length())
	}
}

func TestFamilies(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	p := c.Get("/a/acme/catalogue/families/new").Form("main form[action$='/families']").Set("name", " Billing ").Submit()
	if got := texts(p, ".family-card h2"); got[len(got)-1] != "Billing 0 APIs" {
		t.Fatalf("after adding: %v", got)
	}
	wantError(t, c.Get("/a/acme/catalogue/families/new").Form("main form[action$='/families']").Set("name", "Billing").Submit(), "name", "family named Billing already")

	rename := p.Find(".family-card a[href$='/rename']").Last().AttrOr("href", "")
	p = c.Get(rename).Form("main form[action$='/rename']").Set("name", "Invoices").Submit()
	if got := texts(p, ".family-card h2"); got[len(got)-1] != "Invoices 0 APIs" {
		t.Errorf("after renaming: %v", got)
	}
	wantError(t, c.Get(rename).Form("main form[action$='/rename']").Set("name", "Data").Submit(), "name", "family named Data already")

	remove := strings.Replace(rename, "/rename", "/remove", 1)
	p = c.Get(remove).Form("main form[action$='/remove']").Submit()
	if got := texts(p, ".family-card h2"); len(got) != 7 || !strings.Contains(p.Text(".flash"), "“Invoices” removed") {
		t.Errorf("after removing: %v", got)
	}
	full := fmt.Sprintf("/a/acme/catalogue/families/%d/remove", familyNamed(t, w, "Data").ID)
	if ask := c.Get(full); ask.Has("main form[action$='/remove']") || !strings.Contains(ask.Text("main"), "still contains APIs (8)") {
		t.Errorf("a full family: %s", ask.Text("main"))
	}
	if p := c.Post(full, nil); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("main"), "still contains APIs (8)") {
		t.Errorf("removing a full family gave %d %s", p.Status, p.Text("main"))
	}
	for _, stale := range []string{rename, remove, "/a/acme/catalogue/families/x/remove"} {
		if p := c.Get(stale); p.Status != http.StatusNotFound || !strings.Contains(p.Text("main"), "no longer exists") {
			t.Errorf("%s gave %d %s", stale, p.Status, p.Text("main"))
		}
	}
}

// fill sets the fields of a form.
func fill(f *webtest.Form, fields map[string]string) *webtest.Form {
	for name, value := range fields {
		f.Set(name, value)
	}
	return f
}

func TestCallsAddEditRemove(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	crm := familyNamed(t, w, "CRM")
	f := c.Get(fmt.Sprintf("/a/acme/catalogue/apis/new?family=%d", crm.ID)).Form("main form[action$='/apis']")
	if f.Fields.Get("family") != fmt.Sprint(crm.ID) {
		t.Errorf("the form chose the family %q", f.Fields.Get("family"))
	}
	p := fill(f, map[string]string{
		"name": "Deals.List", "method": "GET", "path": "/crm/{tenant}/deals", "bound": "1",
		"app_source": "path", "app_field": "{tenant}", "rate": "15",
	}).Submit()
	row := p.Find(".apis-table tr:contains('deals.list')").Last()
	if got := strings.Join(strings.Fields(row.Text()), " "); !strings.Contains(got, "GET /crm/{tenant}/deals tenant in the path 15 / s") {
		t.Fatalf("the new row: %q, said %q", got, p.Text(".flash"))
	}
	edit := row.Find("a[href$='/edit']").AttrOr("href", "")
	form := c.Get(edit).Form("main form[action$='/edit']")
	for name, want := range map[string]string{"name": "deals.list", "method": "GET", "bound": "1", "app_source": "path", "app_field": "tenant", "rate": "15"} {
		if form.Fields.Get(name) != want {
			t.Errorf("%s holds %q", name, form.Fields.Get(name))
		}
	}
	p = fill(form, map[string]string{"bound": "0", "rate": "", "method": "ANY"}).Submit()
	if got := p.Text("#" + row.AttrOr("id", "")); !strings.Contains(got, "ANY /crm/{tenant}/deals Not bound No limit None") {
		t.Errorf("after the change: %q", got)
	}
	remove := strings.Replace(edit, "/edit", "/remove", 1)
	p = c.Get(remove).Form("main form[action$='/remove']").Submit()
	if !strings.Contains(p.Text(".flash"), "API deals.list removed") || p.Has("#"+row.AttrOr("id", "")) {
		t.Errorf("after removing: %q", p.Text(".flash"))
	}
	for _, stale := range []string{edit, remove} {
		if p := c.Post(stale, nil); p.Status != http.StatusNotFound || !strings.Contains(p.Text("main"), "no longer in the catalogue") {
			t.Errorf("%s gave %d %s", stale, p.Status, p.Text("main"))
		}
	}
}

func TestCallsRefuse(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	data := fmt.Sprint(familyNamed(t, w, "Data").ID)
	good := map[string]string{"family": data, "name": "x.y", "method": "POST", "path": "/x/y", "bound": "0"}
	for name, tt := range map[string]struct {
		fields       map[string]string
		field, words string
	}{
		"no name":        {map[string]string{"name": ""}, "name", "Enter"},
		"a bad name":     {map[string]string{"name": "x y"}, "name", "lowercase letters"},
		"a name in use":  {map[string]string{"name": "data.list"}, "name", "an API named data.list"},
		"no family":      {map[string]string{"family": ""}, "family", "no longer exists"},
		"another family": {map[string]string{"family": "99999"}, "family", "no longer exists"},
		"a bad method":   {map[string]string{"method": "TRACE"}, "method", "Choose"},
		"a bad path":     {map[string]string{"path": "x"}, "path", "slash"},
		"an overlap":     {map[string]string{"path": "/api/v5/app/entry/data/{what}"}, "path", "POST /api/v5/app/entry/data/get of the API data.get"},
		"no such param":  {map[string]string{"bound": "1", "app_source": "path", "app_field": "app"}, "app_field", "no parameter app"},
		"no source":      {map[string]string{"bound": "1", "app_source": "cookie"}, "app_source", "Choose"},
		"no number":      {map[string]string{"rate": "many"}, "rate", "whole number"},
		"below zero":     {map[string]string{"rate": "-1"}, "rate", "whole number"},
		"a huge number":  {map[string]string{"rate": "99999999999999999999"}, "rate", "whole number"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, browser := range []*webtest.Client{c, c.HX()} {
				f := fill(fill(browser.Get("/a/acme/catalogue/apis/new").Form("form[action$='/apis']"), good), tt.fields)
				p := f.Submit()
				wantError(t, p, tt.field, tt.words)
				again := p.Form("form[action$='/apis']")
				for field, typed := range tt.fields {
					if _, chosen := map[string]bool{"family": true, "method": true, "app_source": true}[field]; !chosen && again.Fields.Get(field) != typed {
						t.Errorf("%s became %q", field, again.Fields.Get(field))
					}
				}
			}
		})
	}
	if n := a.count(t, "SELECT count(*) FROM apis"); n != 54 {
		t.Errorf("%d calls", n)
	}
}

func TestCallsNameTheirKeys(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	list := w.APIByName(t, "data.list")
	k, _, err := a.store.CreateKey(t.Context(), w.Who, "Night export", "")
	if err == nil {
		err = a.store.SetKeyAPIs(t.Context(), w.Who, k.Sid, models.ScopeSome, []int64{list.ID})
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"edit", "remove"} {
		p := c.Get(fmt.Sprintf("/a/acme/catalogue/apis/%d/%s", list.ID, page))
		if got := texts(p, ".names a"); fmt.Sprint(got) != "[Night export]" {
			t.Errorf("%s names %v", page, got)
		}
	}
	hx := c.HX()
	p := hx.Get(fmt.Sprintf("/a/acme/catalogue/apis/%d/remove", list.ID)).Form("dialog form").Submit()
	if !p.Has("hx-partial[hx-target='#catalogue']") || p.Text("hx-partial[hx-target*='.count']") != "53" || p.Has(fmt.Sprintf("#api-%d", list.ID)) {
		t.Errorf("after removing: %.300s", p.Body)
	}
	d, err := a.store.Key(t.Context(), w.Who, k.Sid)
	if err != nil || len(d.APIs) != 0 || d.ScopeAPIs != models.ScopeSome {
		t.Errorf("the key now has %v, %v", d.APIs, err)
	}
}

func TestCatalogueForMembers(t *testing.T) {
	a, w := newFixture(t)
	m := storetest.SeedMember(t, a.store, w.Account, "Mel", "mel@example.com", models.RoleMember)
	c := a.as(t, m.UserID)
	p := c.Get("/a/acme/catalogue")
	if p.Has("main [role=menu]") || p.Has("main a[href*='/new']") || !p.Has(".apis-table") {
		t.Errorf("a member sees %s", p.Text("main"))
	}
	emptyCatalogue(t, a, w)
	if p := c.Get("/a/acme/catalogue"); p.Has(".empty a") || !strings.Contains(p.Text(".empty"), "Ask an Owner") {
		t.Errorf("a member sees %s", p.Text("main"))
	}
}
