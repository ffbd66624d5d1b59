package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/models/usage"
)

func TestUsage(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	o := storetest.SeedOther(t, s, "Other")
	ctx := t.Context()
	mia := storetest.SeedMember(t, s, w.Account, "Mia", "mia@example.com", models.RoleMember)
	k, hers := storetest.SeedKeys(t, s, w.Who, 1)[0], storetest.SeedKeys(t, s, mia, 1)[0]
	foreign := storetest.SeedKeys(t, s, o.Who, 1)[0]
	today, old := "2026-01-02", "2025-12-03" // the latter 31 days before
	yesterday := "2026-01-01"
	add := func(account, key int64, day, reason string, n int64) usage.DayCount {
		return usage.DayCount{AccountID: account, KeyID: key, Day: day, Reason: reason, Count: n}
	}
	a := w.Account.ID
	batch := usage.Batch{
		Days: []usage.DayCount{
			add(a, k.ID, today, models.ReasonAllowed, 3), add(a, k.ID, today, "ip_denied", 2), add(a, k.ID, yesterday, models.ReasonAllowed, 1),
			add(a, k.ID, "2025-12-04", models.ReasonAllowed, 8), add(a, k.ID, old, models.ReasonAllowed, 100),
			add(a, hers.ID, today, models.ReasonAllowed, 10), add(o.Account.ID, foreign.ID, today, models.ReasonAllowed, 50), add(0, 0, today, "key_unknown", 5),
		},
		Last: []usage.LastUse{{KeyID: k.ID, At: clock.now(), IP: "10.0.0.1", API: "data.list"}, {KeyID: 9999, At: clock.now()}},
	}
	ok(t, s.AddUsage(ctx, batch))
	ok(t, s.AddUsage(ctx, usage.Batch{}))
	ok(t, s.AddUsage(ctx, usage.Batch{
		Days: []usage.DayCount{add(a, k.ID, today, models.ReasonAllowed, 4)},
		Last: []usage.LastUse{{KeyID: k.ID, At: clock.now().Add(-time.Hour), IP: "10.0.0.99"}},
	}))
	want := []models.UsageDay{
		{Day: "2025-12-04", Reason: "allowed", Count: 8}, {Day: yesterday, Reason: "allowed", Count: 1},
		{Day: today, Reason: "allowed", Count: 7}, {Day: today, Reason: "ip_denied", Count: 2},
	}
	if diff := cmp.Diff(want, must(s.KeyUsage(ctx, w.Who, k.Sid, 30))(t)); diff != "" {
		t.Error(diff)
	}
	want[2].Count += 10
	if diff := cmp.Diff(want, must(s.AccountUsage(ctx, w.Who, 30))(t)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]models.UsageDay{{Day: today, Reason: "allowed", Count: 10}}, must(s.AccountUsage(ctx, mia, 30))(t)); diff != "" {
		t.Error(diff)
	}
	d := must(s.Key(ctx, w.Who, k.Sid))(t)
	if d.LastUsedAt == nil || !d.LastUsedAt.Equal(clock.now()) || d.LastUsedIP != "10.0.0.1" || d.LastUsedAPI != "data.list" {
		t.Errorf("an older use replaced a newer one: %+v", d.Key)
	}
	if !d.UpdatedAt.Equal(k.UpdatedAt) {
		t.Error("a use counts as a change of the key")
	}
	ok(t, s.SetKeyEnabled(ctx, w.Who, k.Sid, false))
	ok(t, s.DeleteKey(ctx, w.Who, k.Sid))
	if diff := cmp.Diff(want, must(s.AccountUsage(ctx, w.Who, 30))(t)); diff != "" {
		t.Errorf("after the key is gone: %s", diff)
	}
}

// What nobody can ask for any more goes, of every account and of no account.
func TestPruneUsage(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	k := storetest.SeedKeys(t, s, w.Who, 1)[0]
	day := func(back int) string { return clock.now().AddDate(0, 0, -back).Format(time.DateOnly) }
	var batch usage.Batch
	for _, back := range []int{0, 399, 400, 4000} {
		for _, id := range []struct{ account, key int64 }{{w.Account.ID, k.ID}, {w.Account.ID, 12345}, {0, 0}} {
			batch.Days = append(batch.Days, usage.DayCount{AccountID: id.account, KeyID: id.key, Day: day(back), Reason: models.ReasonAllowed, Count: 1})
		}
	}
	ok(t, s.AddUsage(t.Context(), batch))
	if n := must(s.PruneUsage(t.Context()))(t); n != 10 {
		t.Errorf("%d rows went, want 10: two days of three keys, and their sums of two accounts", n)
	}
	want := []models.UsageDay{{Day: day(399), Reason: "allowed", Count: 2}, {Day: day(0), Reason: "allowed", Count: 2}}
	if diff := cmp.Diff(want, must(s.AccountUsage(t.Context(), w.Who, 10_000))(t)); diff != "" {
		t.Error(diff)
	}
	if n := count(t, storetest.DB(t, s), "SELECT count(*) FROM usage_days"); n != 6 {
		t.Errorf("%d counts are left, want 6", n)
	}
	if n := must(s.PruneUsage(t.Context()))(t); n != 0 {
		t.Errorf("a second time %d rows went", n)
	}
}
