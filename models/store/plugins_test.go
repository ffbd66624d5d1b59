package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keywicket/models"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// listed returns the plugins that the actor sees: name, key and state.
func listed(t *testing.T, s *store.Store, who models.Actor, q models.PluginQuery) []string {
	t.Helper()
	var out []string
	for _, r := range must(s.ListPlugins(t.Context(), who, q))(t).Rows {
		out = append(out, fmt.Sprintf("%s/%s/%s", r.Name, r.KeyName, r.State(time.Now())))
	}
	return out
}

func TestPlugins(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	keys := storetest.SeedKeys(t, s, w.Who, 2)
	add := func(id, name, sid string) models.Plugin {
		return must(s.AddPlugin(ctx, w.Who, models.NewPlugin{PluginID: id, Name: name, KeySid: sid}))(t)
	}
	row := add(" row-counter ", "Row counter", keys[0].Sid)
	add("Row-Counter", "", keys[1].Sid) // another id: case counts
	add("loose", "Loose end", "")
	want := []string{"Loose end//no_key", "Row counter/Seeded 1/ready", "Row-Counter/Seeded 2/ready"}
	if diff := cmp.Diff(want, listed(t, s, w.Who, models.PluginQuery{})); diff != "" {
		t.Error(diff)
	}
	for search, found := range map[string]int{"LOOSE": 1, "seeded 2": 1, "row": 2, "_": 0, " ": 3} {
		if got := listed(t, s, w.Who, models.PluginQuery{Search: search}); len(got) != found {
			t.Errorf("%q found %v", search, got)
		}
	}
	ok(t, s.UpdatePlugin(ctx, w.Who, row.ID, "Counter", keys[1].Sid))
	if p := must(s.Plugin(ctx, w.Who, row.ID))(t); p.Name != "Counter" || p.PluginID != "row-counter" || p.KeyName != "Seeded 2" {
		t.Errorf("changed to %+v", p)
	}
	ok(t, s.UpdatePlugin(ctx, w.Who, row.ID, "Counter", ""))
	if p := must(s.Plugin(ctx, w.Who, row.ID))(t); p.KeyID != nil {
		t.Errorf("without a key: %+v", p)
	}
	ok(t, s.RemovePlugin(ctx, w.Who, row.ID))
	wantCode(t, "removed", second(s.Plugin(ctx, w.Who, row.ID)), models.CodeNotFound)
	if c := must(s.NavCounts(ctx, w.Who))(t); c.Plugins != 2 || c.Keys != 2 {
		t.Errorf("the panel counts %+v", c)
	}
}

func TestPluginRefusals(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	p := must(s.AddPlugin(ctx, w.Who, models.NewPlugin{PluginID: "there"}))(t)
	before := dump(t, storetest.DB(t, s))
	for what, c := range map[string]struct {
		n    models.NewPlugin
		code models.Code
	}{
		"no id":         {models.NewPlugin{PluginID: " "}, models.CodeInvalid},
		"a space":       {models.NewPlugin{PluginID: "a b"}, models.CodeInvalid},
		"Chinese":       {models.NewPlugin{PluginID: "插件"}, models.CodeInvalid},
		"65 characters": {models.NewPlugin{PluginID: strings.Repeat("x", 65)}, models.CodeInvalid},
		"a twin":        {models.NewPlugin{PluginID: "there"}, models.CodeConflict},
		"no such key":   {models.NewPlugin{PluginID: "new", KeySid: "01J"}, models.CodeInvalid},
		"a long name":   {models.NewPlugin{PluginID: "new", Name: strings.Repeat("n", 101)}, models.CodeInvalid},
	} {
		wantCode(t, what, second(s.AddPlugin(ctx, w.Who, c.n)), c.code)
	}
	wantCode(t, "an empty name", s.UpdatePlugin(ctx, w.Who, p.ID, " ", ""), models.CodeInvalid)
	wantCode(t, "no such key", s.UpdatePlugin(ctx, w.Who, p.ID, "x", "01J"), models.CodeInvalid)
	ok(t, s.UpdatePlugin(ctx, w.Who, p.ID, "there", "")) // as it is: no change, no audit
	if dump(t, storetest.DB(t, s)) != before {
		t.Error("something changed")
	}
}

// A Member sees the plugins of their own keys alone, and changes none.
func TestMembersSeeThePluginsOfTheirKeys(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	member := storetest.SeedMember(t, s, w.Account, "Mia", "mia@example.com", models.RoleMember)
	own, other := storetest.SeedKeys(t, s, member, 1)[0], storetest.SeedKeys(t, s, w.Who, 1)[0]
	mine := must(s.AddPlugin(ctx, w.Who, models.NewPlugin{PluginID: "mine", KeySid: own.Sid}))(t)
	theirs := must(s.AddPlugin(ctx, w.Who, models.NewPlugin{PluginID: "theirs", KeySid: other.Sid}))(t)
	must(s.AddPlugin(ctx, w.Who, models.NewPlugin{PluginID: "nobodys"}))(t)
	if got := listed(t, s, member, models.PluginQuery{}); len(got) != 1 || got[0] != "mine/Seeded 1/ready" {
		t.Errorf("a member sees %v", got)
	}
	if n := must(s.PluginCount(ctx, member))(t); n != 1 || must(s.NavCounts(ctx, member))(t).Plugins != 1 {
		t.Errorf("a member counts %d", n)
	}
	wantCode(t, "another's", second(s.Plugin(ctx, member, theirs.ID)), models.CodeNotFound)
	must(s.Plugin(ctx, member, mine.ID))(t)
	for what, err := range map[string]error{
		"add":    second(s.AddPlugin(ctx, member, models.NewPlugin{PluginID: "x"})),
		"update": s.UpdatePlugin(ctx, member, mine.ID, "x", ""),
		"remove": s.RemovePlugin(ctx, member, mine.ID),
	} {
		wantCode(t, what, err, models.CodeForbidden)
	}
}

// What happens to its key is seen at the plugin, and the key tells of its
// plugins.
func TestPluginsFollowTheirKey(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	key := storetest.SeedKeys(t, s, w.Who, 1)[0]
	must(s.AddPlugin(ctx, w.Who, models.NewPlugin{PluginID: "b", Name: "Beta", KeySid: key.Sid}))(t)
	must(s.AddPlugin(ctx, w.Who, models.NewPlugin{PluginID: "a", Name: "Alpha", KeySid: key.Sid}))(t)
	state := func(want models.PluginState) {
		t.Helper()
		if got := must(s.ListPlugins(ctx, w.Who, models.PluginQuery{All: true}))(t).Rows[0].State(time.Now()); got != want {
			t.Errorf("the plugin is %s, want %s", got, want)
		}
	}
	state(models.PluginReady)
	must(s.AddKeyIP(ctx, w.Who, key.Sid, "10.1.2.3"))(t)
	state(models.PluginBlocked)
	if d := must(s.Key(ctx, w.Who, key.Sid))(t); len(d.Plugins) != 2 || d.Plugins[0].Name != "Alpha" {
		t.Errorf("the key tells of %+v", d.Plugins)
	}
	ok(t, s.SetKeyEnabled(ctx, w.Who, key.Sid, false))
	state(models.PluginDisabled)
	ok(t, s.DeleteKey(ctx, w.Who, key.Sid))
	state(models.PluginNoKey)
	rows := must(s.ListAudit(ctx, w.Who, models.AuditQuery{Event: models.EventKeyDelete}))(t).Rows
	if len(rows) != 1 || !strings.Contains(rows[0].Before, `"plugins":["Alpha","Beta"]`) {
		t.Errorf("the audit tells %+v", rows)
	}
}

func TestPluginsAreAudited(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	key := storetest.SeedKeys(t, s, w.Who, 1)[0]
	p := must(s.AddPlugin(ctx, w.Who, models.NewPlugin{PluginID: "form-event", Name: "Form event", KeySid: key.Sid}))(t)
	ok(t, s.UpdatePlugin(ctx, w.Who, p.ID, "Form", ""))
	ok(t, s.RemovePlugin(ctx, w.Who, p.ID))
	var got []string
	for _, r := range must(s.ListAudit(ctx, w.Who, models.AuditQuery{Event: "plugin."}))(t).Rows {
		got = append(got, strings.Join([]string{string(r.Event), r.TargetKind, r.TargetID, r.TargetName, r.Before, r.After}, " "))
	}
	want := []string{
		`plugin.delete plugin form-event Form {"key":"","name":"Form","plugin_id":"form-event"} `,
		`plugin.update plugin form-event Form {"key":"Seeded 1","name":"Form event"} {"key":"","name":"Form"}`,
		`plugin.create plugin form-event Form event  {"key":"Seeded 1","name":"Form event","plugin_id":"form-event"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
