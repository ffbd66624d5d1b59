package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/models/usage"
)

func TestStatusSwitch(t *testing.T) {
	a, w, keys, c := keysFixture(t, 2)
	sid := keys[0].Sid
	p := c.Get(keysPath + "?filter=enabled").Form("#key-" + sid + " form.switch-form").Submit()
	if p.URL != keysPath+"?filter=enabled" || a.key(t, w, sid).Enabled {
		t.Errorf("the switch leads to %q, the key is on: %v", p.URL, a.key(t, w, sid).Enabled)
	}
	wantText(t, p, ".flash", "“Seeded 1” is disabled")
	c.Get(keysPath)
	hx := c.HX().Post(keysPath+"/"+sid+"/status", url.Values{"enabled": {"1"}})
	wantText(t, hx, "#key-"+sid, "Enabled")
	wantText(t, hx, ".toast", "“Seeded 1” is enabled.")
	if !a.key(t, w, sid).Enabled {
		t.Error("the key stayed off")
	}
	c.Get(keysPath + "/" + sid)
	head := c.HX().Post(keysPath+"/"+sid+"/status", url.Values{"enabled": {"0"}})
	wantText(t, head, "#key-head", "This key is disabled")
	if head.Has("#keys") || !head.Has("#history") {
		t.Error("the details page got the wrong parts")
	}
	plain := c.Get(keysPath + "/" + sid).Form("#key-head form.switch-form").Submit()
	if plain.URL != keysPath+"/"+sid || !a.key(t, w, sid).Enabled {
		t.Errorf("the switch of the details leads to %q", plain.URL)
	}
	for _, odd := range []url.Values{{}, {"enabled": {"yes"}}} {
		wantStatus(t, c.Post(keysPath+"/"+sid+"/status", odd), http.StatusUnprocessableEntity)
	}
}

func TestDeleteOnlyADisabledKey(t *testing.T) {
	a, w, keys, c := keysFixture(t, 3)
	sid := keys[0].Sid
	ask := c.Get(keysPath + "/" + sid + "/delete")
	wantText(t, ask, "main", "“Seeded 1” cannot be deleted yet", "Disable it before")
	if ask.Has("form[action$='/delete']") {
		t.Error("an enabled key can be deleted")
	}
	refused := c.Post(keysPath+"/"+sid+"/delete", url.Values{})
	wantStatus(t, refused, http.StatusConflict)
	wantText(t, refused, "main", "Seeded 1 is enabled. Disable it before you delete it.")
	a.key(t, w, sid)

	a.enable(t, w, sid, false)
	err := a.store.AddUsage(t.Context(), usage.Batch{Last: []usage.LastUse{{KeyID: keys[0].ID, At: a.now().Add(-time.Hour), IP: "10.1.2.7"}}})
	if err != nil {
		t.Fatal(err)
	}
	list := c.Get(keysPath + "?filter=disabled")
	ask = c.Get(list.Find("#menu-"+sid+" .item-danger").AttrOr("href", ""))
	wantText(t, ask, "main", "Delete “Seeded 1”?", "denied for good", "used in the last seven days", "10.1.2.7")
	if back := attr(t, ask, "a[data-close]", "href"); back != keysPath+"?filter=disabled" {
		t.Errorf("Cancel leads to %q", back)
	}
	done := ask.Form("main form").Submit()
	if done.URL != keysPath+"?filter=disabled" {
		t.Errorf("deleting leads to %q", done.URL)
	}
	wantText(t, done, ".flash", "“Seeded 1” was deleted")
	wantStatus(t, c.Get(keysPath+"/"+sid), http.StatusNotFound)

	// With htmx the question is a dialog, and the answer is the list without
	// the key.
	a.enable(t, w, keys[1].Sid, false)
	c.Get(keysPath)
	hx := c.HX()
	dialog := hx.Get(keysPath + "/" + keys[1].Sid + "/delete")
	if !dialog.Has("dialog[data-show]") {
		t.Errorf("htmx got %.300s", dialog.Body)
	}
	after := hx.Post(keysPath+"/"+keys[1].Sid+"/delete", dialog.Form("dialog form").Fields)
	wantText(t, after, ".toast", "was deleted")
	if after.Has("#key-"+keys[1].Sid) || !after.Has("#key-"+keys[2].Sid) {
		t.Error("the list is not as it should be")
	}
	// From the details page, the answer redirects to the list.
	a.enable(t, w, keys[2].Sid, false)
	c.Get(keysPath + "/" + keys[2].Sid)
	gone := c.HX().Post(keysPath+"/"+keys[2].Sid+"/delete", url.Values{})
	if gone.Header.Get("HX-Redirect") != keysPath {
		t.Errorf("HX-Redirect = %q", gone.Header.Get("HX-Redirect"))
	}
	wantText(t, c.Get(keysPath), "main", "No API keys yet", "“Seeded 3” was deleted")
}

func TestDeleteLeadsBackOnlyHere(t *testing.T) {
	a, w, keys, c := keysFixture(t, 4)
	for i, back := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/a/acme/keys/" + keys[3].Sid + "/delete"} {
		a.enable(t, w, keys[i].Sid, false)
		to := keysPath + "/" + keys[i].Sid + "/delete"
		p := c.Send(http.MethodPost, to, c.Made(to, url.Values{"back": {back}}))
		if to := p.Location(); to != keysPath {
			t.Errorf("back=%q leads to %q", back, to)
		}
	}
}

func TestBulk(t *testing.T) {
	a, w, keys, c := keysFixture(t, 5)
	bulk := func(op string, sids ...string) url.Values { return url.Values{"op": {op}, "sid": sids} }
	list := c.Get(keysPath)
	if !list.Has(`#bulk button[value=enable]`) || list.Find(`[form=bulk][name=sid]`).Length() != 5 {
		t.Fatal("the list cannot select rows")
	}
	ask := c.Post(keysPath+"/bulk", bulk("disable", keys[0].Sid, keys[1].Sid))
	wantText(t, ask, "main", "Disable 2 keys?", "disabled key are denied", "Seeded 1", "Seeded 2")
	if !a.key(t, w, keys[0].Sid).Enabled {
		t.Fatal("asking disabled the key")
	}
	done := ask.Form("main form").Submit()
	wantText(t, done, ".flash", "2 keys disabled.")
	if done.URL != keysPath || a.key(t, w, keys[1].Sid).Enabled {
		t.Errorf("bulk leads to %q", done.URL)
	}

	// Delete names the keys that stay, before and after.
	c.Get(keysPath)
	hx := c.HX()
	dialog := hx.Post(keysPath+"/bulk", bulk("delete", keys[0].Sid, keys[2].Sid, keys[3].Sid))
	wantText(t, dialog, "dialog", "Delete 1 key?", "Seeded 1", "Will not be deleted because enabled: Seeded 3, Seeded 4.")
	fields := dialog.Form("dialog form").Fields
	answer := hx.Post(keysPath+"/bulk", fields)
	wantText(t, answer, ".toast", "1 key deleted.", "Not deleted because enabled: Seeded 3, Seeded 4.")
	if !strings.Contains(attr(t, answer, ".toast", "class"), "warn") || answer.Has("#key-"+keys[0].Sid) {
		t.Error("the answer looks as if all were well")
	}
	again := hx.Post(keysPath+"/bulk", fields)
	wantText(t, again, ".toast", "0 keys deleted.", "1 no longer exists.")

	only := c.Post(keysPath+"/bulk", bulk("delete", keys[2].Sid))
	wantText(t, only, "main", "None of these keys can be deleted yet")
	if only.Has("main form") {
		t.Error("nothing can be done, but there is a button")
	}
	enabled := c.Post(keysPath+"/bulk", bulk("enable", keys[1].Sid, keys[2].Sid))
	wantText(t, enabled, ".flash", "1 key enabled.", "1 already had this status.")

	wantStatus(t, c.Post(keysPath+"/bulk", bulk("enable")), http.StatusUnprocessableEntity)
	wantStatus(t, c.Post(keysPath+"/bulk", bulk("explode", keys[1].Sid)), http.StatusUnprocessableEntity)
	wantStatus(t, c.Post(keysPath+"/bulk", url.Values{"op": {"explode"}, "confirmed": {"1"}, "sid": {keys[1].Sid}}), http.StatusUnprocessableEntity)
	c.Get(keysPath)
	gone := c.HX().Post(keysPath+"/bulk", bulk("disable", keys[0].Sid))
	wantStatus(t, gone, http.StatusNotFound)
	wantText(t, gone, ".toast", "no longer exist")
}

func TestStalePagesSaySo(t *testing.T) {
	a, w, keys, c := keysFixture(t, 2)
	sid := keys[0].Sid
	other := c.Clone()
	c.Get(keysPath)
	a.enable(t, w, sid, false)
	if err := a.store.DeleteKey(t.Context(), w.Who, sid); err != nil {
		t.Fatal(err)
	}
	hx := c.HX()
	for _, action := range []string{"status", "copy", "reveal", "delete"} {
		p := hx.Post(keysPath+"/"+sid+"/"+action, url.Values{"enabled": {"1"}, "idempotency_key": {"p"}})
		wantStatus(t, p, http.StatusNotFound)
		wantText(t, p, ".toast", "no longer exists")
		if p.Has("#key-"+sid) || !p.Has("#key-"+keys[1].Sid) {
			t.Errorf("%s: the list still has the key, or lost the others", action)
		}
	}
	other.Get(keysPath + "/" + keys[1].Sid)
	for _, action := range []string{"status", "copy", "reveal", "delete", "basics", "apps", "apis", "whitelist", "whitelist/remove", "limits"} {
		for _, window := range []struct{ p, at string }{{"plain", "main"}, {"htmx", ".toast"}} {
			from := other
			if window.p == "htmx" {
				from = other.HX()
			}
			p := from.Post(keysPath+"/"+sid+"/"+action, url.Values{"enabled": {"1"}, "idempotency_key": {"p"}, "name": {"x"}, "mode": {"all"}, "ip": {"10.1.2.3"}})
			wantStatus(t, p, http.StatusNotFound)
			wantText(t, p, window.at, "no longer exists")
		}
	}
}

func TestAnotherAccountsKeysDoNotExist(t *testing.T) {
	a, _, keys, c := keysFixture(t, 1)
	other := storetest.SeedOther(t, a.store, "Globex")
	theirs := storetest.SeedKeys(t, a.store, other.Who, 1)[0]
	a.enable(t, other, theirs.Sid, false)
	before := a.snapshot(t)
	fields := url.Values{"enabled": {"1"}, "idempotency_key": {"p"}, "name": {"x"}, "mode": {"all"}, "ip": {"10.1.2.3"}, "confirmed": {"1"}}
	for _, r := range a.routes {
		if !strings.Contains(r.Path, "/keys/:sid") {
			continue
		}
		for _, account := range []string{"acme", "globex"} {
			path := strings.NewReplacer(":account", account, ":sid", theirs.Sid).Replace(r.Path)
			wantStatus(t, c.Send(r.Method, path, fields), http.StatusNotFound)
		}
	}
	bulk := c.Post(keysPath+"/bulk", url.Values{"op": {"delete"}, "confirmed": {"1"}, "sid": {theirs.Sid}})
	wantText(t, bulk, ".flash", "1 no longer exists")
	// The apps and calls of another account do not exist either.
	for part, field := range map[string]string{"apps": "app", "apis": "api"} {
		id := other.Apps[0].ID
		if part == "apis" {
			id = other.APIByName(t, "data.list").ID
		}
		p := c.Post(keysPath+"/"+keys[0].Sid+"/"+part, url.Values{"mode": {"some"}, field: {itoa(id)}})
		wantStatus(t, p, http.StatusUnprocessableEntity)
		wantText(t, p, "#"+part+" [role=alert]", "no longer")
	}
	if a.snapshot(t) != before {
		t.Error("something changed")
	}
	if k := a.key(t, other, theirs.Sid); k.Enabled || k.Name != theirs.Name || k.ScopeApps != models.ScopeAll {
		t.Errorf("their key is %+v", k)
	}
}
