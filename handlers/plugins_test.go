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

// namedKey creates a key with the name and, optionally, a whitelist.
func namedKey(t *testing.T, a *app, who models.Actor, name string, ips ...string) models.Key {
	t.Helper()
	k, _, err := a.store.CreateKey(t.Context(), who, name, "")
	for _, ip := range ips {
		if err == nil {
			_, err = a.store.AddKeyIP(t.Context(), who, k.Sid, ip)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// addPlugin adds a plugin that uses the key.
func addPlugin(t *testing.T, a *app, who models.Actor, id, name, sid string) models.Plugin {
	t.Helper()
	p, err := a.store.AddPlugin(t.Context(), who, models.NewPlugin{PluginID: id, Name: name, KeySid: sid})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPluginsAddEditRemove(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	free, listed := namedKey(t, a, w.Who, "Free key"), namedKey(t, a, w.Who, "Listed key", "10.1.2.3")
	list := c.Get("/a/acme/plugins")
	if !strings.Contains(list.Text(".empty"), "No plugins yet") {
		t.Errorf("without plugins: %s", list.Text("main"))
	}
	form := c.Get(list.Find(".empty a").AttrOr("href", "")).Form("main form[action='/a/acme/plugins']")
	p := form.Set("plugin_id", " row-counter ").Set("name", "Row counter").Set("key", listed.Sid).Submit()
	if p.URL != "/a/acme/plugins" || !strings.Contains(p.Text(".flash"), "Plugin “Row counter” added") {
		t.Fatalf("adding led to %s and said %q", p.URL, p.Text(".flash"))
	}
	row := p.Text(".plugins-table tbody tr")
	for _, words := range []string{"Row counter", "row-counter", "Listed key", "Blocked", "By the IP Whitelist of Listed key", "Choose another key"} {
		if !strings.Contains(row, words) {
			t.Errorf("the row lacks %q: %s", words, row)
		}
	}
	ways := p.Find(".ways a")
	if href := ways.First().AttrOr("href", ""); href != "/a/acme/keys/"+listed.Sid+"#whitelist" {
		t.Errorf("the way to the whitelist is %s", href)
	}
	edit := c.Get(ways.Last().AttrOr("href", ""))
	if !strings.Contains(edit.Text("main .note"), "The IP Whitelist of Listed key blocks this plugin") {
		t.Errorf("the dialog says %s", edit.Text("main"))
	}
	if groups := edit.Find("select[name=key] optgroup"); groups.First().AttrOr("label", "") != "Ready" || groups.Last().AttrOr("label", "") != "Blocked" {
		t.Errorf("keys are offered as %s", edit.Text("select[name=key]"))
	}
	p = edit.Form("main form[action$='/edit']").Set("name", "Counter").Set("key", free.Sid).Submit()
	if row := p.Text(".plugins-table tbody tr"); !strings.Contains(row, "Counter") || !strings.Contains(row, "Ready") || strings.Contains(row, "Blocked") {
		t.Errorf("after choosing another key: %s", row)
	}
	remove := p.Find("a[role=menuitem][href$='/remove']").AttrOr("href", "")
	ask := c.Get(remove)
	if !strings.Contains(ask.Text("main"), "The key Free key stays as it is") {
		t.Errorf("it asks %s", ask.Text("main"))
	}
	p = ask.Form("main form[action$='/remove']").Submit()
	if !p.Has(".empty") || !strings.Contains(p.Text(".flash"), "“Counter” removed") {
		t.Errorf("after removing: %s", p.Text("main"))
	}
	if gone := c.HX().Send(http.MethodPost, remove, nil); gone.Status != http.StatusNotFound || !gone.Has("[data-toast=bad]") || !gone.Has("hx-partial[hx-target='#plugins']") {
		t.Errorf("a stale removal gave %d %.200s", gone.Status, gone.Body)
	}
}

func TestPluginsRefuse(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	p := addPlugin(t, a, w.Who, "there", "There", "")
	before := a.snapshot(t)
	for name, tt := range map[string]struct{ id, name, key, field, words string }{
		"no id":       {"", "X", "", "plugin_id", "Enter the plugin id"},
		"a space":     {"a b", "X", "", "plugin_id", "hyphens and underscores"},
		"a twin":      {"there", "X", "", "plugin_id", "A plugin with the id there"},
		"too long":    {strings.Repeat("x", 65), "X", "", "plugin_id", "at most 64"},
		"no such key": {"new", "X", "01JNOSUCHKEY", "key", "no longer exists"},
		"a long name": {"new", strings.Repeat("n", 101), "", "name", "at most 100"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, browser := range []*webtest.Client{c, c.HX()} {
				form := browser.Get("/a/acme/plugins/new").Form("form[action='/a/acme/plugins']")
				form.Fields.Set("key", tt.key)
				page := form.Set("plugin_id", tt.id).Set("name", tt.name).Submit()
				wantError(t, page, tt.field, tt.words)
				if got := page.Find("input[name=plugin_id]").AttrOr("value", ""); got != tt.id {
					t.Errorf("%q came back as %q", tt.id, got)
				}
			}
		})
	}
	edited := c.Get(fmt.Sprintf("/a/acme/plugins/%d/edit", p.ID)).Form("main form[action$='/edit']").Set("name", " ").Submit()
	wantError(t, edited, "name", "Enter")
	if a.snapshot(t) != before {
		t.Error("something changed")
	}
}

func TestPluginsSearchAndEscape(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	addPlugin(t, a, w.Who, "one", "<b>One</b>", namedKey(t, a, w.Who, "Key of one").Sid)
	addPlugin(t, a, w.Who, "two", "Two", "")
	p := c.Get("/a/acme/plugins").Form("form[role=search]").Set("q", "key of").Submit()
	if got := texts(p, ".plugins-table .row-name"); fmt.Sprint(got) != "[<b>One</b>]" || p.Find(".row-name b").Length() != 0 {
		t.Errorf("found %v", got)
	}
	if none := c.Get("/a/acme/plugins?q=nothing"); !strings.Contains(none.Text(".empty"), "No plugin found") {
		t.Errorf("found %s", none.Text("main"))
	}
	two := c.Get("/a/acme/plugins?q=two")
	if row := two.Text(".plugins-table tbody tr"); !strings.Contains(row, "No key") || !strings.Contains(row, "Choose a key") {
		t.Errorf("a plugin without a key: %s", row)
	}
}

// TestPluginsOfAMember checks that a Member sees the plugins of their own keys,
// and cannot change them.
func TestPluginsOfAMember(t *testing.T) {
	a, w := newFixture(t)
	m := storetest.SeedMember(t, a.store, w.Account, "Mel", "mel@example.com", models.RoleMember)
	c := a.as(t, m.UserID)
	theirs := addPlugin(t, a, w.Who, "theirs", "Theirs", namedKey(t, a, w.Who, "Their key").Sid)
	if p := c.Get("/a/acme/plugins"); !strings.Contains(p.Text(".empty"), "No plugin uses your keys") || p.Has(".empty a") {
		t.Errorf("without own plugins: %s", p.Text("main"))
	}
	addPlugin(t, a, w.Who, "mine", "Mine", namedKey(t, a, m, "My key", "10.1.2.3").Sid)
	p := c.Get("/a/acme/plugins")
	if got := texts(p, ".plugins-table .row-name"); fmt.Sprint(got) != "[Mine]" || p.Has("[role=menuitem], main .btn-primary") {
		t.Errorf("a member sees %v", got)
	}
	if ways := texts(p, ".ways a"); len(ways) != 1 {
		t.Errorf("a member is offered %v", ways)
	}
	if strings.Contains(p.Body, "Their") {
		t.Error("the page tells of other people's keys")
	}
	if got := c.Get(fmt.Sprintf("/a/acme/plugins/%d/edit", theirs.ID)); got.Status != http.StatusForbidden {
		t.Errorf("a member's dialog: %d", got.Status)
	}
}

// TestKeyTellsOfItsPlugins checks that the key's page names its plugins, and
// what a whitelist does to them.
func TestKeyTellsOfItsPlugins(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	k := namedKey(t, a, w.Who, "Shared key")
	if p := c.Get("/a/acme/keys/" + k.Sid); strings.Contains(p.Text("#whitelist"), "this key. The first") {
		t.Errorf("without plugins: %s", p.Text("#whitelist"))
	}
	addPlugin(t, a, w.Who, "b", "Beta", k.Sid)
	addPlugin(t, a, w.Who, "a", "Alpha", k.Sid)
	p := c.Get("/a/acme/keys/" + k.Sid)
	wantText(t, p, "#whitelist", "2 plugins use this key. The first address will block them:", "Alpha", "Beta")
	if href := p.Find("#whitelist .names a").First().AttrOr("href", ""); href != "/a/acme/plugins?q=a" {
		t.Errorf("the plugin's link is %s", href)
	}
	added := c.HX().Get("/a/acme/keys/"+k.Sid).Form("form[action$='/whitelist']").Set("ip", "10.1.2.3").Submit()
	wantText(t, added, "#whitelist", "2 plugins use this key and are blocked.")
}

// TestTesterAsksAsAPlugin checks that the Tester can ask as one of the
// account's plugins.
func TestTesterAsksAsAPlugin(t *testing.T) {
	a, w := newFixture(t)
	c := a.as(t, w.Owner.ID)
	k := namedKey(t, a, w.Who, "Listed key", "10.1.2.3")
	addPlugin(t, a, w.Who, "row-counter", "Row counter", k.Sid)
	form := c.Get("/a/acme/tester?key=" + k.Sid).Form("main form.card")
	for plugin, denied := range map[string]bool{"": false, "*": true, "row-counter": true} {
		p := form.Set("api", "data.list").Set("app", "app-orders").Set("ip", "10.1.2.3").Set("plugin", plugin).Submit()
		if got := p.Has(".check-failed[data-check=plugin_denied]"); got != denied {
			t.Errorf("as %q: denied %v", plugin, got)
		}
		if named := strings.Contains(p.Text(".verdict-facts"), "Row counter"); named != (plugin == "row-counter") {
			t.Errorf("as %q the verdict tells %s", plugin, p.Text(".verdict-facts"))
		}
	}
	form.Fields.Set("plugin", "a b")
	if p := form.Submit(); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a plugin that cannot be gave %d", p.Status)
	}
}
