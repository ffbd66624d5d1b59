package models

import (
	"slices"
	"testing"
	"time"
)

func TestKeyExpired(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) *time.Time { x := now.Add(d); return &x }
	for _, c := range []struct {
		name string
		at   *time.Time
		want bool
	}{
		{"never", nil, false},
		{"in a moment", at(1), false},
		{"now", at(0), true},
		{"a moment ago", at(-1), true},
		{"in another zone", func() *time.Time { x := now.Add(time.Hour).In(time.FixedZone("", -8*3600)); return &x }(), false},
	} {
		if got := (Key{ExpiresAt: c.at}).Expired(now); got != c.want {
			t.Errorf("%s: expired is %v", c.name, got)
		}
	}
}

func TestCheckExpiry(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	day := func(n int) *time.Time { x := now.AddDate(0, 0, n); return &x }
	for _, good := range []*time.Time{nil, day(1), day(365), day(36_000)} {
		if err := CheckExpiry(good, now); err != nil {
			t.Errorf("%v is refused: %v", good, err)
		}
	}
	wantRefusal(t, CheckExpiry(day(0), now), "expires_at", "errors.expiry.past")
	wantRefusal(t, CheckExpiry(day(-1), now), "expires_at", "errors.expiry.past")
	wantRefusal(t, CheckExpiry(day(40_000), now), "expires_at", "errors.expiry.far")
	wantRefusal(t, CheckExpiry(&time.Time{}, now), "expires_at", "errors.expiry.past")
}

func TestExpiryChoices(t *testing.T) {
	now := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
	last := now
	choices := Account{}.ExpiryChoices(now)
	if len(choices) == 0 {
		t.Fatal("nothing is offered")
	}
	for _, c := range choices {
		if !c.At.After(last) || CheckExpiry(&c.At, now) != nil || c.At.Sub(now) < time.Duration(c.Days)*24*time.Hour {
			t.Errorf("%d days from %v are %v", c.Days, now, c.At)
		}
		last = c.At
	}
}

func TestCheckExpiryPolicy(t *testing.T) {
	now := time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)
	at := func(days int) *time.Time { e := time.Date(2026, 3, 1+days, 23, 59, 59, 0, time.UTC); return &e }
	ninety := Account{MaxExpiryDays: 90}
	for _, c := range []struct {
		what string
		a    Account
		t    *time.Time
		key  string
	}{
		{"no maximum, no date", Account{}, nil, ""},
		{"no maximum, far away", Account{}, at(5000), ""},
		{"no maximum, over", Account{}, at(-1), "errors.expiry.past"},
		{"a maximum, no date", ninety, nil, "errors.expiry.required"},
		{"the last day", ninety, at(90), ""},
		{"a day later", ninety, at(91), "errors.expiry.max"},
		{"over", ninety, at(-1), "errors.expiry.past"},
	} {
		err := CheckExpiryPolicy(c.a, c.t, now)
		if c.key == "" {
			if err != nil {
				t.Errorf("%s: %v", c.what, err)
			}
			continue
		}
		wantRefusal(t, err, "expires_at", c.key)
	}
	for _, c := range []struct {
		a          Account
		give, want *time.Time
	}{
		{Account{}, nil, nil}, {Account{}, at(400), at(400)}, {ninety, nil, at(90)}, {ninety, at(91), at(90)}, {ninety, at(3), at(3)}, {ninety, at(-3), at(-3)},
	} {
		if got := c.a.WithinPolicy(c.give, now); (got == nil) != (c.want == nil) || got != nil && !got.Equal(*c.want) {
			t.Errorf("%d days: %v became %v", c.a.MaxExpiryDays, c.give, got)
		}
	}
	var days []int
	for _, choice := range (Account{MaxExpiryDays: 120}).ExpiryChoices(now) {
		days = append(days, choice.Days)
		if err := CheckExpiryPolicy(Account{MaxExpiryDays: 120}, &choice.At, now); err != nil {
			t.Errorf("%d days are offered and refused: %v", choice.Days, err)
		}
	}
	if !slices.Equal(days, []int{30, 90, 120}) {
		t.Errorf("offered: %v", days)
	}
}

func TestEndOfDay(t *testing.T) {
	end := time.Date(2026, 3, 1, 23, 59, 59, 0, time.UTC)
	for _, at := range []time.Time{
		time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), end,
		time.Date(2026, 3, 2, 1, 0, 0, 0, time.FixedZone("", 2*3600)), // 23:00 of the day before, UTC
	} {
		if got := EndOfDay(at); !got.Equal(end) {
			t.Errorf("the day of %v ends at %v, want %v", at, got, end)
		}
	}
}

func TestExpiresSoon(t *testing.T) {
	now := time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)
	for days, want := range map[int]bool{-1: false, 0: false, 1: true, ExpiringDays: true, ExpiringDays + 1: false} {
		at := now.AddDate(0, 0, days)
		if got := (Key{ExpiresAt: &at}).ExpiresSoon(now); got != want {
			t.Errorf("a key that expires in %d days expires soon: %v, want %v", days, got, want)
		}
	}
	if (Key{}).ExpiresSoon(now) {
		t.Error("a key that never expires expires soon")
	}
}
