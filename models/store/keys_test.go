package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/storetest"
	"keywicket/models/usage"
)

func TestCreateKey(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	k, value, err := s.CreateKey(ctx, w.Who, "", "")
	ok(t, err)
	if !secret.WellFormed(value) {
		t.Errorf("value %q", value)
	}
	d := must(s.Key(ctx, w.Who, k.Sid))(t)
	want := models.Key{
		ID: k.ID, AccountID: w.Account.ID, OwnerID: w.Owner.ID, Sid: k.Sid, Name: "API Key 1", Channel: models.ChannelREST, Enabled: true,
		ScopeApps: models.ScopeAll, ScopeAPIs: models.ScopeAll, Prefix: value[:7], Last4: value[len(value)-4:],
		Visibility: models.Revealable, KEKID: k.KEKID, CreatedBy: w.Owner.Name, CreatedAt: k.CreatedAt, UpdatedAt: k.CreatedAt,
	}
	if diff := cmp.Diff(want, d.Key); diff != "" {
		t.Error(diff)
	}
	second, _, err := s.CreateKey(ctx, w.Who, "", "")
	ok(t, err)
	named, _, err := s.CreateKey(ctx, w.Who, "  Billing ", "")
	ok(t, err)
	if second.Name != "API Key 2" || named.Name != "Billing" {
		t.Errorf("names %q, %q", second.Name, named.Name)
	}
	_, _, err = s.CreateKey(ctx, w.Who, strings.Repeat("x", 101), "")
	wantCode(t, "a long name", err, models.CodeInvalid)
}

func TestOnePressMakesOneKey(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	first, value, err := s.CreateKey(ctx, w.Who, "", "press-1")
	ok(t, err)
	again, sameValue, err := s.CreateKey(ctx, w.Who, "", "press-1")
	ok(t, err)
	if again.Sid != first.Sid || sameValue != value {
		t.Errorf("the same press gave %s %s, then %s %s", first.Sid, value, again.Sid, sameValue)
	}
	copied, _, err := s.CopyKey(ctx, w.Who, first.Sid, "press-2")
	ok(t, err)
	copiedAgain, _, err := s.CopyKey(ctx, w.Who, first.Sid, "press-2")
	ok(t, err)
	if copied.Sid != copiedAgain.Sid {
		t.Error("the same press copied twice")
	}
	other := storetest.SeedMember(t, s, w.Account, "Ann", "ann@example.com", models.RoleAdmin)
	stranger, _, err := s.CreateKey(ctx, other, "", "press-1")
	ok(t, err)
	if stranger.Sid == first.Sid {
		t.Error("somebody else's press gave the key")
	}
	a := w.Account
	a.KeyVisibility = models.ShowOnce
	ok(t, s.UpdateAccount(ctx, w.Who, as(a)))
	once, onceValue, err := s.CreateKey(ctx, w.Who, "", "press-3")
	ok(t, err)
	onceAgain, gone, err := s.CreateKey(ctx, w.Who, "", "press-3")
	ok(t, err)
	if once.Sid != onceAgain.Sid || !secret.WellFormed(onceValue) || gone != "" {
		t.Errorf("show once: %q, then %q", onceValue, gone)
	}
	_, _, err = s.CreateKey(ctx, w.Who, "", strings.Repeat("p", 201))
	wantCode(t, "an endless press", err, models.CodeInvalid)
}

func TestCopyKeyCopiesEverythingButTheValue(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	ctx := t.Context()
	k, value, err := s.CreateKey(ctx, w.Who, "Partner", "")
	ok(t, err)
	until := clock.now().Add(48 * time.Hour)
	ok(t, s.SetKeyBasics(ctx, w.Who, k.Sid, "Partner", "for the shop", &until))
	ok(t, s.SetKeyRate(ctx, w.Who, k.Sid, 100, 60))
	ok(t, s.SetKeyApps(ctx, w.Who, k.Sid, models.ScopeSome, []int64{w.Apps[0].ID, w.Apps[2].ID}))
	ok(t, s.SetKeyAPIs(ctx, w.Who, k.Sid, models.ScopeSome, []int64{w.APIByName(t, "data.list").ID}))
	must(s.AddKeyIP(ctx, w.Who, k.Sid, "10.0.*.1"))(t)
	must(s.AddKeyIP(ctx, w.Who, k.Sid, "10.0.0.9"))(t)
	ok(t, s.SetKeyEnabled(ctx, w.Who, k.Sid, false))
	c, copyValue, err := s.CopyKey(ctx, w.Who, k.Sid, "")
	ok(t, err)
	if copyValue == value || !secret.WellFormed(copyValue) {
		t.Errorf("value %q", copyValue)
	}
	from, to := must(s.Key(ctx, w.Who, k.Sid))(t), must(s.Key(ctx, w.Who, c.Sid))(t)
	if to.Name != "Partner (copy)" {
		t.Errorf("name %q", to.Name)
	}
	same := func(d models.KeyDetail) models.KeyDetail {
		d.ID, d.Sid, d.Name, d.Prefix, d.Last4 = 0, "", "", "", ""
		d.CreatedAt, d.UpdatedAt, d.StatusAt = time.Time{}, time.Time{}, nil
		for i := range d.IPs {
			d.IPs[i] = models.KeyIP{Rule: d.IPs[i].Rule}
		}
		return d
	}
	if diff := cmp.Diff(same(from), same(to)); diff != "" {
		t.Error(diff)
	}
}

func TestLimitOfKeys(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	k := storetest.SeedKeys(t, s, w.Who, 1)[0]
	prefill(t, storetest.DB(t, s), k)
	for range models.MaxKeysPerAccount - raceKeys {
		_, _, err := s.CreateKey(ctx, w.Who, "", "")
		ok(t, err)
	}
	_, _, err := s.CreateKey(ctx, w.Who, "", "")
	wantCode(t, "the 501st key", err, models.CodeLimit)
	_, _, err = s.CopyKey(ctx, w.Who, k.Sid, "")
	wantCode(t, "the 501st key, copied", err, models.CodeLimit)
	o := storetest.SeedOther(t, s, "Other")
	storetest.SeedKeys(t, s, o.Who, 1)
}

func TestRevealIsAudited(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	k, value, err := s.CreateKey(ctx, w.Who, "", "")
	ok(t, err)
	if got := must(s.RevealKey(ctx, w.Who, k.Sid))(t); got != value {
		t.Errorf("revealed %q, want %q", got, value)
	}
	h := must(s.KeyHistory(ctx, w.Who, k.Sid, 10))(t)
	if len(h) != 2 || h[0].Event != models.EventKeyReveal || h[0].ActorName != w.Owner.Name || h[0].IP != w.Who.IP {
		t.Errorf("history %+v", h)
	}
	a := w.Account
	a.KeyVisibility = models.ShowOnce
	ok(t, s.UpdateAccount(ctx, w.Who, as(a)))
	once, _, err := s.CreateKey(ctx, w.Who, "", "")
	ok(t, err)
	_, err = s.RevealKey(ctx, w.Who, once.Sid)
	wantCode(t, "reveal a show-once key", err, models.CodeConflict)
	if n := count(t, storetest.DB(t, s), "SELECT count(*) FROM keys WHERE visibility = 'show_once' AND sealed IS NOT NULL"); n != 0 {
		t.Error("a show-once value is kept")
	}
	must(s.RevealKey(ctx, w.Who, k.Sid))(t) // keeps the policy it was created under
}

func TestKeyChanges(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	ctx := t.Context()
	sid := storetest.SeedKeys(t, s, w.Who, 1)[0].Sid
	later, past := clock.now().Add(time.Hour), clock.now().Add(-time.Hour)
	for _, c := range []struct {
		what   string
		do     func() error
		code   models.Code
		event  models.Event // "" for no audit row
		before string
		after  string
	}{
		{"rename", func() error { return s.SetKeyBasics(ctx, w.Who, sid, " New ", "d", nil) }, "", models.EventKeyUpdate,
			`{"description":"","name":"Seeded 1"}`, `{"description":"d","name":"New"}`},
		{"rename to the same", func() error { return s.SetKeyBasics(ctx, w.Who, sid, "New", "d", nil) }, "", "", "", ""},
		{"rename to nothing", func() error { return s.SetKeyBasics(ctx, w.Who, sid, " ", "d", nil) }, models.CodeInvalid, "", "", ""},
		{"long description", func() error { return s.SetKeyBasics(ctx, w.Who, sid, "New", strings.Repeat("d", 501), nil) }, models.CodeInvalid, "", "", ""},
		{"basics", func() error { return s.SetKeyBasics(ctx, w.Who, sid, "New 2", "d", &later) }, "", models.EventKeyUpdate,
			`{"expires_at":null,"name":"New"}`, `{"expires_at":"2026-01-02T04:04:05Z","name":"New 2"}`},
		{"the same basics", func() error { return s.SetKeyBasics(ctx, w.Who, sid, "New 2", "d", &later) }, "", "", "", ""},
		{"basics in the past", func() error { return s.SetKeyBasics(ctx, w.Who, sid, "New 3", "d", &past) }, models.CodeInvalid, "", "", ""},
		{"basics back", func() error { return s.SetKeyBasics(ctx, w.Who, sid, "New", "d", nil) }, "", models.EventKeyUpdate,
			`{"expires_at":"2026-01-02T04:04:05Z","name":"New 2"}`, `{"expires_at":null,"name":"New"}`},
		{"disable", func() error { return s.SetKeyEnabled(ctx, w.Who, sid, false) }, "", models.EventKeyDisable, `{"enabled":true}`, `{"enabled":false}`},
		{"disable again", func() error { return s.SetKeyEnabled(ctx, w.Who, sid, false) }, "", "", "", ""},
		{"enable", func() error { return s.SetKeyEnabled(ctx, w.Who, sid, true) }, "", models.EventKeyEnable, `{"enabled":false}`, `{"enabled":true}`},
		{"limit", func() error { return s.SetKeyRate(ctx, w.Who, sid, 5, 60) }, "", models.EventKeyUpdate,
			`{"rate_requests":0,"rate_window_sec":0}`, `{"rate_requests":5,"rate_window_sec":60}`},
		{"bad limit", func() error { return s.SetKeyRate(ctx, w.Who, sid, -1, 60) }, models.CodeInvalid, "", "", ""},
		{"no limit", func() error { return s.SetKeyRate(ctx, w.Who, sid, 0, 60) }, "", models.EventKeyUpdate,
			`{"rate_requests":5,"rate_window_sec":60}`, `{"rate_requests":0,"rate_window_sec":0}`},
		{"delete enabled", func() error { return s.DeleteKey(ctx, w.Who, sid) }, models.CodeConflict, "", "", ""},
		{"unknown", func() error { return s.SetKeyEnabled(ctx, w.Who, "01ARZ3NDEKTSV4RRFFQ69G5FAV", true) }, models.CodeNotFound, "", "", ""},
		{"no sid", func() error { return s.SetKeyEnabled(ctx, w.Who, "", true) }, models.CodeNotFound, "", "", ""},
	} {
		before := must(s.KeyHistory(ctx, w.Who, sid, 200))(t)
		wantCode(t, c.what, c.do(), c.code)
		rows := must(s.KeyHistory(ctx, w.Who, sid, 200))(t)
		if c.event == "" {
			if len(rows) != len(before) {
				t.Errorf("%s: %d audit rows more", c.what, len(rows)-len(before))
			}
			continue
		}
		if len(rows) != len(before)+1 || rows[0].Event != c.event || rows[0].Before != c.before || rows[0].After != c.after {
			t.Errorf("%s: audit row %+v", c.what, rows[0])
		}
	}
	ok(t, s.SetKeyEnabled(ctx, w.Who, sid, false))
	ok(t, s.DeleteKey(ctx, w.Who, sid))
	_, err := s.Key(ctx, w.Who, sid)
	wantCode(t, "a deleted key", err, models.CodeNotFound)
}

func TestBulk(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	o := storetest.SeedOther(t, s, "Other")
	ctx := t.Context()
	keys := storetest.SeedKeys(t, s, w.Who, 4)
	foreign := storetest.SeedKeys(t, s, o.Who, 1)[0]
	ok(t, s.SetKeyEnabled(ctx, w.Who, keys[0].Sid, false))
	sids := []string{keys[0].Sid, keys[1].Sid, keys[2].Sid, keys[2].Sid, foreign.Sid, "nothing"}
	for _, c := range []struct {
		op   models.BulkOp
		want models.BulkResult
	}{
		{models.BulkDelete, models.BulkResult{Done: 1, Refused: []string{"Seeded 2", "Seeded 3"}, Gone: 2}},
		{models.BulkDisable, models.BulkResult{Done: 2, Gone: 3}},
		{models.BulkDisable, models.BulkResult{Same: 2, Gone: 3}},
		{models.BulkEnable, models.BulkResult{Done: 2, Gone: 3}},
	} {
		got := must(s.BulkKeys(ctx, w.Who, sids, c.op))(t)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.op, diff)
		}
	}
	if d := must(s.Key(ctx, o.Who, foreign.Sid))(t); !d.Enabled {
		t.Error("another account's key was disabled")
	}
	_, err := s.BulkKeys(ctx, w.Who, sids, "explode")
	wantCode(t, "an unknown operation", err, models.CodeInvalid)
	if r := must(s.BulkKeys(ctx, w.Who, nil, models.BulkDelete))(t); r.Done+r.Gone != 0 {
		t.Errorf("nothing selected: %+v", r)
	}
	_, err = s.BulkKeys(ctx, w.Who, make([]string, 501), models.BulkEnable)
	wantCode(t, "too many", err, models.CodeInvalid)
}

func TestListKeys(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	ctx := t.Context()
	keys := make([]models.Key, 60)
	for i := range keys {
		clock.add(time.Minute)
		keys[i] = storetest.SeedKeys(t, s, w.Who, 1)[0]
		ok(t, s.SetKeyBasics(ctx, w.Who, keys[i].Sid, fmt.Sprintf("Key %02d", i), "100% of_it", nil))
	}
	soon := clock.now().AddDate(0, 0, 10)
	late := clock.now().AddDate(0, 0, 40)
	ok(t, s.SetKeyBasics(ctx, w.Who, keys[3].Sid, "Key 03", "100% of_it", &soon))
	ok(t, s.SetKeyBasics(ctx, w.Who, keys[4].Sid, "Key 04", "100% of_it", &late))
	ok(t, s.SetKeyEnabled(ctx, w.Who, keys[5].Sid, false))
	ok(t, s.SetKeyApps(ctx, w.Who, keys[6].Sid, models.ScopeSome, []int64{w.Apps[0].ID, w.Apps[1].ID}))
	ok(t, s.SetKeyAPIs(ctx, w.Who, keys[6].Sid, models.ScopeSome, []int64{w.APIByName(t, "data.list").ID}))
	must(s.AddKeyIP(ctx, w.Who, keys[6].Sid, "10.0.0.1"))(t)
	ok(t, s.AddUsage(ctx, usage.Batch{
		Days: []usage.DayCount{
			{AccountID: w.Account.ID, KeyID: keys[6].ID, Day: clock.now().Format("2006-01-02"), Reason: models.ReasonAllowed, Count: 7},
			{AccountID: w.Account.ID, KeyID: keys[6].ID, Day: clock.now().Format("2006-01-02"), Reason: "ip_denied", Count: 9},
			{AccountID: w.Account.ID, KeyID: keys[6].ID, Day: clock.now().AddDate(0, 0, -29).Format("2006-01-02"), Reason: models.ReasonAllowed, Count: 3},
			{AccountID: w.Account.ID, KeyID: keys[6].ID, Day: clock.now().AddDate(0, 0, -30).Format("2006-01-02"), Reason: models.ReasonAllowed, Count: 5},
		},
		Last: []usage.LastUse{{KeyID: keys[6].ID, At: clock.now(), IP: "10.0.0.1", API: "data.list"}},
	}))
	for _, c := range []struct {
		what  string
		q     models.KeyQuery
		total int
		page  int
		pages int
		first string
		rows  int
	}{
		{"all", models.KeyQuery{}, 60, 1, 2, "Key 59", 50},
		{"second page", models.KeyQuery{Page: 2}, 60, 2, 2, "Key 09", 10},
		{"beyond the last", models.KeyQuery{Page: 9}, 60, 2, 2, "Key 09", 10},
		{"before the first", models.KeyQuery{Page: -1}, 60, 1, 2, "Key 59", 50},
		{"by name", models.KeyQuery{Sort: "name"}, 60, 1, 2, "Key 00", 50},
		{"by use", models.KeyQuery{Sort: "used"}, 60, 1, 2, "Key 06", 50},
		{"search", models.KeyQuery{Search: " key 1 "}, 10, 1, 1, "Key 19", 10},
		{"search in other case", models.KeyQuery{Search: "kEY 1"}, 10, 1, 1, "Key 19", 10},
		{"search for a wildcard", models.KeyQuery{Search: "%"}, 60, 1, 2, "Key 59", 50},
		{"search for no wildcard", models.KeyQuery{Search: "f_i"}, 60, 1, 2, "Key 59", 50},
		{"a wildcard matches itself", models.KeyQuery{Search: "K%y"}, 0, 1, 1, "", 0},
		{"by Sid", models.KeyQuery{Search: keys[7].Sid}, 1, 1, 1, "Key 07", 1},
		{"by prefix", models.KeyQuery{Search: keys[7].Prefix}, 1, 1, 1, "Key 07", 1},
		{"injection", models.KeyQuery{Search: `'; DROP TABLE keys; --`, Sort: "name; DROP TABLE keys"}, 0, 1, 1, "", 0},
		{"enabled", models.KeyQuery{Filter: models.FilterEnabled}, 59, 1, 2, "Key 59", 50},
		{"disabled", models.KeyQuery{Filter: models.FilterDisabled}, 1, 1, 1, "Key 05", 1},
		{"expiring", models.KeyQuery{Filter: models.FilterExpiring}, 1, 1, 1, "Key 03", 1},
	} {
		p := must(s.ListKeys(ctx, w.Who, c.q))(t)
		first := ""
		if len(p.Rows) > 0 {
			first = p.Rows[0].Name
		}
		if p.Total != c.total || p.Page != c.page || p.Pages != c.pages || len(p.Rows) != c.rows || first != c.first {
			t.Errorf("%s: %d in all, page %d of %d with %d rows from %q", c.what, p.Total, p.Page, p.Pages, len(p.Rows), first)
		}
		if p.InUse != 60 || p.Enabled != 59 || p.Disabled != 1 || p.Expiring != 1 {
			t.Errorf("%s: %d keys, %d enabled, %d disabled, %d expiring", c.what, p.InUse, p.Enabled, p.Disabled, p.Expiring)
		}
		for _, r := range p.Rows {
			if r.Hash != nil || r.Sealed != nil || r.IdempotencyKey != nil {
				t.Errorf("%s: a row carries what nobody may see", c.what)
			}
		}
	}
	r := must(s.ListKeys(ctx, w.Who, models.KeyQuery{Sort: "used"}))(t).Rows[0]
	if r.AppCount != 2 || r.APICount != 1 || r.IPCount != 1 || r.LastUsedIP != "10.0.0.1" || r.LastUsedAPI != "data.list" {
		t.Errorf("row %+v", r)
	}
	if len(r.Spark) != 30 || r.Spark[29] != 7 || r.Spark[0] != 3 {
		t.Errorf("spark %v", r.Spark)
	}
}

func TestMembersSeeTheirOwn(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	ann := storetest.SeedMember(t, s, w.Account, "Ann", "ann@example.com", models.RoleMember)
	storetest.SeedKeys(t, s, w.Who, 3)
	mine := storetest.SeedKeys(t, s, ann, 2)
	ok(t, s.SetKeyEnabled(ctx, ann, mine[0].Sid, false))
	p := must(s.ListKeys(ctx, ann, models.KeyQuery{}))(t)
	if p.Total != 2 || len(p.Rows) != 2 || p.InUse != 5 || p.Enabled != 1 || p.Disabled != 1 {
		t.Errorf("the member's list: %+v", p)
	}
	if c := must(s.NavCounts(ctx, ann))(t); c.Keys != 2 || c.Apps != 3 {
		t.Errorf("the member's figures: %+v", c)
	}
	if p := must(s.ListKeys(ctx, w.Who, models.KeyQuery{}))(t); p.Total != 5 {
		t.Errorf("the owner's list: %d", p.Total)
	}
	if a := must(s.ListAudit(ctx, ann, models.AuditQuery{}))(t); a.Total != 3 {
		t.Errorf("the member's audit: %d rows", a.Total)
	}
	wantCode(t, "a member adding apps", second(s.AddApps(ctx, ann, []models.NewApp{{AppID: "x"}})), models.CodeForbidden)
	wantCode(t, "a member editing the catalogue", second(s.AddFamily(ctx, ann, "X")), models.CodeForbidden)
	wantCode(t, "a member editing the account", s.UpdateAccount(ctx, ann, as(w.Account)), models.CodeForbidden)
	nobody := ann
	nobody.Role = ""
	wantCode(t, "no role", second(s.ListKeys(ctx, nobody, models.KeyQuery{})), models.CodeForbidden)
}

func second[T any](_ T, err error) error { return err }

// clock is a clock for tests.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) now() time.Time      { return c.at }
func (c *clock) add(d time.Duration) { c.at = c.at.Add(d) }

// A search finds what reads the same, however it is encoded, and one that is
// too long for SQLite finds nothing instead of failing.
func TestSearchTakesAnyText(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	k := storetest.SeedKeys(t, s, w.Who, 1)[0]
	ok(t, s.SetKeyBasics(t.Context(), w.Who, k.Sid, "Caf\u00e9", "", nil))
	for search, want := range map[string]int{
		"Caf\u00e9": 1, "Cafe\u0301": 1, "Cafe": 0, strings.Repeat("a", 60_000): 0, strings.Repeat("%", 60_000): 0, "\xff\xfe": 0,
	} {
		page, err := s.ListKeys(t.Context(), w.Who, models.KeyQuery{Search: search})
		if err != nil || page.Total != want {
			t.Errorf("%.20q: %d keys, %v; want %d", search, page.Total, err, want)
		}
		if _, err := s.ListApps(t.Context(), w.Who, models.AppQuery{Search: search}); err != nil {
			t.Errorf("apps by %.20q: %v", search, err)
		}
		if _, err := s.ListAudit(t.Context(), w.Who, models.AuditQuery{Actor: search, Target: search}); err != nil {
			t.Errorf("audit by %.20q: %v", search, err)
		}
	}
}
