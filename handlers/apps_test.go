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

// texts returns the texts of the matching elements.
func texts(p *webtest.Page, selector string) []string {
	var out []string
	for _, n := range p.Find(selector).EachIter() {
		out = append(out, strings.Join(strings.Fields(n.Text()), " "))
	}
	return out
}

// fieldError returns the error beside a field.
func fieldError(p *webtest.Page, id string) string { return p.Text("#" + id + "-error") }

// wantError checks that the form came back with the words beside a field.
func wantError(t *testing.T, p *webtest.Page, field, words string) {
	t.Helper()
	if p.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%s: status %d, wanted 422: %.200s", p.URL, p.Status, p.Text("main, body"))
	}
	if got := fieldError(p, "f-"+field); !strings.Contains(got, words) {
		t.Errorf("beside %s stands %q, wanted %q", field, got, words)
	}
}

// appID returns the database ID of an app.
func appID(t *testing.T, w storetest.Fixture, appID string) int64 {
	t.Helper()
	for _, a := range w.Apps {
		if a.AppID == appID {
			return a.ID
		}
	}
	t.Fatalf("no app %q", appID)
	return 0
}

// someApps creates a key that is limited to some apps.
func someApps(t *testing.T, a *app, w storetest.Fixture, name string, ids ...int64) models.Key {
	t.Helper()
	k, _, err := a.store.CreateKey(t.Context(), w.Who, name, "")
	if err == nil {
		err = a.store.SetKeyApps(t.Context(), w.Who, k.Sid, models.ScopeSome, ids)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAppsAddRenameRemove(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	list := c.Get("/a/acme/apps")
	if got := texts(list, ".apps-table .row-name"); fmt.Sprint(got) != "[Orders People Stock]" {
		t.Fatalf("the list shows %v", got)
	}
	p := c.Get(list.Find("a:contains('Add app')").First().AttrOr("href", "")).Form("main form[action='/a/acme/apps']").
		Set("app_id", "  app-new ").Set("name", "New one").Submit()
	if p.URL != "/a/acme/apps" || !strings.Contains(p.Text(".flash"), "App app-new added") {
		t.Fatalf("adding led to %s and said %q", p.URL, p.Text(".flash"))
	}
	if got := texts(p, ".apps-table .row-name"); fmt.Sprint(got) != "[New one Orders People Stock]" {
		t.Errorf("after adding: %v", got)
	}
	rename := p.Find("a[role=menuitem][href$='/rename']").First().AttrOr("href", "")
	form := c.Get(rename).Form("main form[action$='/rename']")
	if form.Fields.Get("name") != "New one" {
		t.Errorf("the form holds %q", form.Fields.Get("name"))
	}
	p = form.Set("name", "Newest").Submit()
	if got := texts(p, ".apps-table .row-name"); got[0] != "Newest" {
		t.Errorf("after renaming: %v", got)
	}
	remove := p.Find("a[role=menuitem][href$='/remove']").First().AttrOr("href", "")
	ask := c.Get(remove)
	if !strings.Contains(ask.Text("main"), "No key has it in its App List") || !strings.Contains(ask.Text("main .dialog-head"), "Newest") {
		t.Errorf("it asks: %s", ask.Text("main"))
	}
	p = ask.Form("main form[action$='/remove']").Submit()
	if len(texts(p, ".apps-table .row-name")) != 3 || !strings.Contains(p.Text(".flash"), "“Newest” removed") {
		t.Errorf("after removing: %v %q", texts(p, ".apps-table .row-name"), p.Text(".flash"))
	}
	// The other tab still shows the app.
	if gone := c.Post(remove, nil); gone.Status != http.StatusNotFound || !strings.Contains(gone.Text("main"), "no longer exists") {
		t.Errorf("a stale removal gave %d %s", gone.Status, gone.Text("main"))
	}
	if gone := c.HX().Send(http.MethodGet, rename, nil); gone.Status != http.StatusNotFound || !gone.Has("[data-toast=bad]") || gone.Find("hx-partial[hx-target='#apps'] .row-name").Length() != 3 {
		t.Errorf("a stale dialog gave %d %.200s", gone.Status, gone.Body)
	}
}

func TestAppRemovalNamesKeys(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	orders := appID(t, w, "app-orders")
	k := someApps(t, a, w, "Night export", orders)
	someApps(t, a, w, "Other export", appID(t, w, "app-stock"))
	ask := c.Get(fmt.Sprintf("/a/acme/apps/%d/remove", orders))
	if got := texts(ask, ".names a"); fmt.Sprint(got) != "[Night export]" {
		t.Errorf("it names %v", got)
	}
	if href := ask.Find(".names a").AttrOr("href", ""); href != "/a/acme/keys/"+k.Sid {
		t.Errorf("the key's link is %s", href)
	}
	if p := c.Get("/a/acme/apps"); !strings.Contains(p.Text("#app-"+fmt.Sprint(orders)), "1 key") {
		t.Errorf("the row says %s", p.Text("#app-"+fmt.Sprint(orders)))
	}
}

func TestAppsRefuse(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	for name, tt := range map[string]struct{ id, name, field, words string }{
		"no id":          {"", "X", "app_id", "Enter the app id"},
		"a space":        {"a b", "X", "app_id", "cannot contain spaces"},
		"a duplicate":    {"app-orders", "X", "app_id", "An app with the id app-orders"},
		"a long name":    {"x", strings.Repeat("n", 101), "name", "at most 100"},
		"a control name": {"x", "a\u202eb", "name", "invisible"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, browser := range []*webtest.Client{c, c.HX()} {
				p := browser.Get("/a/acme/apps/new").Form("form[action='/a/acme/apps']").Set("app_id", tt.id).Set("name", tt.name).Submit()
				wantError(t, p, tt.field, tt.words)
				if p.Find("#f-app_id").AttrOr("value", "") != tt.id || p.Find("#f-name").AttrOr("value", "") != tt.name {
					t.Errorf("what was typed is gone: %s", p.Body)
				}
			}
		})
	}
	p := c.Get(fmt.Sprintf("/a/acme/apps/%d/rename", w.Apps[0].ID)).Form("main form[action$='/rename']").Set("name", " ").Submit()
	wantError(t, p, "name", "visible")
	if n := a.count(t, "SELECT count(*) FROM apps"); n != 3 {
		t.Errorf("%d apps", n)
	}
}

func TestAppsByHTMX(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	c.Get("/a/acme/apps?q=or")
	hx := c.HX()
	dialog := hx.Get("/a/acme/apps/new")
	if dialog.Has("main") || !dialog.Has("dialog[data-show] form[hx-post='/a/acme/apps'][hx-target='#dialog']") {
		t.Fatalf("the dialog: %s", dialog.Body)
	}
	p := dialog.Form("dialog form").Set("app_id", "work-orders").Submit()
	if p.Status != http.StatusOK || p.Has("dialog") || !p.Has("[data-toast=ok]") {
		t.Errorf("after adding: %d %s", p.Status, p.Body)
	}
	if got := texts(p, "hx-partial[hx-target='#apps'] .row-name"); fmt.Sprint(got) != "[Orders work-orders]" {
		t.Errorf("the list was searched and shows %v", got)
	}
	if got := p.Text("hx-partial[hx-target*='.count']"); got != "4" {
		t.Errorf("the panel counts %q", got)
	}
	found := hx.Send(http.MethodGet, "/a/acme/apps?q=stock", nil)
	if found.Has("main") || found.Header.Get("HX-Push-Url") != "/a/acme/apps?q=stock" || fmt.Sprint(texts(found, ".row-name")) != "[Stock]" {
		t.Errorf("the search gave %s %s", found.Header.Get("HX-Push-Url"), found.Body)
	}
	if nothing := c.Get("/a/acme/apps?q=%3Cscript%3E"); !strings.Contains(nothing.Text("main"), "No app found") || strings.Contains(nothing.Body, "“<script>") {
		t.Errorf("nothing found: %s", nothing.Text("main"))
	}
}

func TestPasteApps(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	paste := func(lines string, skip bool) *webtest.Page {
		f := c.Get("/a/acme/apps/paste").Form("main form[action='/a/acme/apps/paste']").Set("lines", lines)
		if skip {
			f.Set("skip", "1")
		}
		return f.Submit()
	}
	wantError(t, paste(" \n\n", false), "lines", "at least one line")

	typed := "new-1, One\nbad id, Two\napp-stock, There already\nnew-1, again"
	p := paste(typed, false)
	wantError(t, p, "lines", "cannot be added: 3")
	if got := texts(p, ".bad-lines strong"); fmt.Sprint(got) != "[Line 2 Line 3 Line 4]" {
		t.Errorf("it names %v", got)
	}
	if p.Find("textarea").Text() != typed {
		t.Errorf("the text became %q", p.Find("textarea").Text())
	}
	if n := a.count(t, "SELECT count(*) FROM apps"); n != 3 {
		t.Errorf("a refused list left %d apps", n)
	}
	p = paste("new-1\tOne\r\napp-stock, Renamed?\r\nnew-2", true)
	if said := p.Text(".flash"); !strings.Contains(said, "2 apps added.") || !strings.Contains(said, "1 already existed.") {
		t.Errorf("it said %q", said)
	}
	if got := texts(p, ".apps-table .row-name"); fmt.Sprint(got) != "[new-2 One Orders People Stock]" {
		t.Errorf("the list shows %v", got)
	}
	var bad strings.Builder
	for i := range 30 {
		fmt.Fprintf(&bad, "bad id %d\n", i)
	}
	if p := paste(bad.String(), false); len(texts(p, ".bad-lines strong")) != 20 || !strings.Contains(p.Text(".bad-lines"), "and 10 more lines") {
		t.Errorf("30 bad lines: %s", p.Text(".bad-lines"))
	}
}

func TestTenThousandApps(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	var lines strings.Builder
	for i := range models.MaxPastedApp {
		fmt.Fprintf(&lines, "id-%05d, App number %05d\n", i, i)
	}
	f := c.Get("/a/acme/apps/paste").Form("main form[action='/a/acme/apps/paste']")
	p := f.Set("lines", lines.String()).Submit()
	if !strings.Contains(p.Text(".flash"), "10000 apps added") {
		t.Fatalf("pasting gave %d %s", p.Status, p.Text("main"))
	}
	if rows := p.Find(".apps-table tbody tr").Length(); rows != models.AppsPerPage || len(p.Body) > 200_000 {
		t.Errorf("a page has %d rows and %d bytes", rows, len(p.Body))
	}
	if !strings.Contains(p.Text(".pager"), "1–50 of 10,003") {
		t.Errorf("the pager says %s", p.Text(".pager"))
	}
	next := c.Get(p.Find(".pager a[rel=next]").AttrOr("href", ""))
	if !strings.Contains(next.Text(".pager"), "51–100") {
		t.Errorf("the next page says %s", next.Text(".pager"))
	}
	if one := c.Get("/a/acme/apps?q=id-04711"); fmt.Sprint(texts(one, ".row-name")) != "[App number 04711]" {
		t.Errorf("the search found %v", texts(one, ".row-name"))
	}
	if last := c.Get("/a/acme/apps?page=99999"); !strings.Contains(last.Text(".pager"), "10,001–10,003") {
		t.Errorf("beyond the end: %s", last.Text(".pager"))
	}
	one := f.Set("lines", lines.String()+"one more").Submit()
	wantError(t, one, "lines", "cannot be added")
	if !strings.Contains(one.Text("main .bad-lines"), "Line 1 ") {
		t.Errorf("it says %.300s", one.Text(".bad-lines"))
	}
}

func TestAppsForMembers(t *testing.T) {
	a, w := newFixture(t)
	m := storetest.SeedMember(t, a.store, w.Account, "Mel", "mel@example.com", models.RoleMember)
	c := a.as(t, m.UserID)
	p := c.Get("/a/acme/apps")
	if p.Has("main a[href$='/new']") || p.Has(".apps-table [role=menu]") || len(texts(p, ".row-name")) != 3 {
		t.Errorf("a member sees %s", p.Text("main"))
	}
	if got := c.Get("/a/acme/apps/new"); got.Status != http.StatusForbidden {
		t.Errorf("a member's form: %d", got.Status)
	}
}

func TestAppsEmpty(t *testing.T) {
	a, w := newFixture(t)
	for _, one := range w.Apps {
		if err := a.store.RemoveApp(t.Context(), w.Who, one.ID); err != nil {
			t.Fatal(err)
		}
	}
	p := a.as(t, w.Owner.ID).Get("/a/acme/apps")
	if !strings.Contains(p.Text(".empty"), "No apps yet") || p.Find(".empty a").Length() != 2 {
		t.Errorf("an owner sees %s", p.Text(".empty"))
	}
	m := storetest.SeedMember(t, a.store, w.Account, "Mel", "mel@example.com", models.RoleMember)
	if p := a.as(t, m.UserID).Get("/a/acme/apps"); p.Has(".empty a") || !strings.Contains(p.Text(".empty"), "Ask an Owner") {
		t.Errorf("a member sees %s", p.Text(".empty"))
	}
}
