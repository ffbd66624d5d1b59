package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keywicket/models"
	"keywicket/models/storetest"
)

func names(d models.KeyDetail) (apps, apis, ips []string) {
	for _, a := range d.Apps {
		apps = append(apps, a.AppID)
	}
	for _, a := range d.APIs {
		apis = append(apis, a.Name)
	}
	for _, r := range d.IPs {
		ips = append(ips, r.Rule)
	}
	return apps, apis, ips
}

func TestScopes(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	o := storetest.SeedOther(t, s, "Other")
	ctx := t.Context()
	sid := storetest.SeedKeys(t, s, w.Who, 1)[0].Sid
	list, get := w.APIByName(t, "data.list"), w.APIByName(t, "data.get")
	for _, c := range []struct {
		what string
		do   func() error
		code models.Code
		mode models.ScopeMode // of the apps afterwards
		apps []string
		apis []string
	}{
		{"some apps", func() error {
			return s.SetKeyApps(ctx, w.Who, sid, models.ScopeSome, []int64{w.Apps[1].ID, w.Apps[0].ID, w.Apps[1].ID})
		}, "", models.ScopeSome, []string{"app-orders", "app-people"}, nil},
		{"another account's app", func() error {
			return s.SetKeyApps(ctx, w.Who, sid, models.ScopeSome, []int64{w.Apps[2].ID, o.Apps[0].ID})
		}, models.CodeInvalid, models.ScopeSome, []string{"app-orders", "app-people"}, nil},
		{"no such app", func() error { return s.SetKeyApps(ctx, w.Who, sid, models.ScopeSome, []int64{99999}) },
			models.CodeInvalid, models.ScopeSome, []string{"app-orders", "app-people"}, nil},
		{"no such mode", func() error { return s.SetKeyApps(ctx, w.Who, sid, "none", nil) },
			models.CodeInvalid, models.ScopeSome, []string{"app-orders", "app-people"}, nil},
		{"some calls", func() error { return s.SetKeyAPIs(ctx, w.Who, sid, models.ScopeSome, []int64{list.ID, get.ID}) },
			"", models.ScopeSome, []string{"app-orders", "app-people"}, []string{"data.get", "data.list"}},
		{"another account's call", func() error {
			return s.SetKeyAPIs(ctx, w.Who, sid, models.ScopeSome, []int64{o.APIByName(t, "data.list").ID})
		}, models.CodeInvalid, models.ScopeSome, []string{"app-orders", "app-people"}, []string{"data.get", "data.list"}},
		{"some of none", func() error { return s.SetKeyApps(ctx, w.Who, sid, models.ScopeSome, nil) },
			"", models.ScopeSome, nil, []string{"data.get", "data.list"}},
		{"all apps, whatever the list", func() error { return s.SetKeyApps(ctx, w.Who, sid, models.ScopeAll, []int64{w.Apps[0].ID}) },
			"", models.ScopeAll, nil, []string{"data.get", "data.list"}},
	} {
		before := len(must(s.KeyHistory(ctx, w.Who, sid, 200))(t))
		wantCode(t, c.what, c.do(), c.code)
		d := must(s.Key(ctx, w.Who, sid))(t)
		apps, apis, _ := names(d)
		if diff := cmp.Diff(c.apps, apps); diff != "" || d.ScopeApps != c.mode {
			t.Errorf("%s: mode %s, apps %s", c.what, d.ScopeApps, diff)
		}
		if diff := cmp.Diff(c.apis, apis); diff != "" {
			t.Errorf("%s: calls %s", c.what, diff)
		}
		rows := len(must(s.KeyHistory(ctx, w.Who, sid, 200))(t)) - before
		if want := map[bool]int{true: 1, false: 0}[c.code == ""]; rows != want {
			t.Errorf("%s: %d audit rows", c.what, rows)
		}
	}
}

func TestScopeOfThousandsOfApps(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	many := make([]models.NewApp, models.MaxPastedApp)
	for i := range many {
		many[i] = models.NewApp{AppID: fmt.Sprintf("many-%05d", i), Name: fmt.Sprintf("Many %d", i)}
	}
	if n := must(s.AddApps(ctx, w.Who, many))(t); n != len(many) {
		t.Fatalf("added %d", n)
	}
	page := must(s.ListApps(ctx, w.Who, models.AppQuery{All: true}))(t)
	ids := make([]int64, len(page.Rows))
	for i, r := range page.Rows {
		ids[i] = r.ID
	}
	sid := storetest.SeedKeys(t, s, w.Who, 1)[0].Sid
	ok(t, s.SetKeyApps(ctx, w.Who, sid, models.ScopeSome, ids))
	if d := must(s.Key(ctx, w.Who, sid))(t); len(d.Apps) != len(many)+3 {
		t.Errorf("%d apps", len(d.Apps))
	}
	h := must(s.KeyHistory(ctx, w.Who, sid, 1))(t)
	if len(h[0].After) > 10_000 || !strings.Contains(h[0].After, `"count":10003`) {
		t.Errorf("audit row of %d bytes: %.200s", len(h[0].After), h[0].After)
	}
}

func TestWhitelist(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	sid := storetest.SeedKeys(t, s, w.Who, 1)[0].Sid
	for _, c := range []struct {
		raw  string
		want string
		code models.Code
	}{
		{" 10.0.0.1 ", "10.0.0.1", ""},
		{"10.1.*.7", "10.1.*.7", ""},
		{"10.0.0.1", "", models.CodeConflict},
		{"10.*.*.7", "", models.CodeInvalid},
		{"::1", "", models.CodeInvalid},
		{"010.0.0.1", "", models.CodeInvalid},
	} {
		got, err := s.AddKeyIP(ctx, w.Who, sid, c.raw)
		if code := models.CodeOf(err); got != c.want || (code == "") != (c.code == "") {
			t.Errorf("%q: got %q, %v", c.raw, got, err)
		}
	}
	wantCode(t, "remove what is not there", s.RemoveKeyIP(ctx, w.Who, sid, "1.1.1.1", true), models.CodeNotFound)
	wantCode(t, "remove rubbish", s.RemoveKeyIP(ctx, w.Who, sid, "%", true), models.CodeNotFound)
	ok(t, s.RemoveKeyIP(ctx, w.Who, sid, "10.0.0.1", false))
	wantCode(t, "remove the last", s.RemoveKeyIP(ctx, w.Who, sid, "10.1.*.7", false), models.CodeConflict)
	if _, _, ips := names(must(s.Key(ctx, w.Who, sid))(t)); len(ips) != 1 {
		t.Errorf("whitelist %v", ips)
	}
	ok(t, s.RemoveKeyIP(ctx, w.Who, sid, "10.1.*.7", true))
	if h := must(s.KeyHistory(ctx, w.Who, sid, 1))(t); h[0].After != `{"any_ip":true,"ips":0}` {
		t.Errorf("removing the last address is noted as %s", h[0].After)
	}
	for i := range models.MaxIPsPerKey {
		must(s.AddKeyIP(ctx, w.Who, sid, fmt.Sprintf("10.0.0.%d", i)))(t)
	}
	_, err := s.AddKeyIP(ctx, w.Who, sid, "10.0.1.1")
	wantCode(t, "the 51st address", err, models.CodeLimit)
}

// The audit calls the apps of an App List by name, and by the id that stays.
func TestAuditNamesTheAppsOfAList(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	must(s.AddApps(ctx, w.Who, []models.NewApp{{AppID: "nameless"}}))(t)
	page := must(s.ListApps(ctx, w.Who, models.AppQuery{All: true}))(t)
	ids := []int64{page.Rows[0].ID, page.Rows[1].ID}
	sid := storetest.SeedKeys(t, s, w.Who, 1)[0].Sid
	ok(t, s.SetKeyApps(ctx, w.Who, sid, models.ScopeSome, ids))
	row := must(s.KeyHistory(ctx, w.Who, sid, 1))(t)[0]
	if want := `{"apps":["Orders (app-orders)","nameless"],"count":2,"scope_apps":"some"}`; row.After != want {
		t.Errorf("the audit tells %s, want %s", row.After, want)
	}
}
