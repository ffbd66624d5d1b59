package models

import (
	"errors"
	"slices"
	"strings"
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

func TestNextExpiryChoices(t *testing.T) {
	now := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
	last := now
	choices := NextExpiryChoices(now)
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

func TestCheckRate(t *testing.T) {
	for _, good := range [][2]int{{0, 0}, {0, 60}, {0, -5}, {1, 1}, {100, 60}, {MaxRateRequests, 24 * 3600}} {
		if err := CheckRate(good[0], good[1]); err != nil {
			t.Errorf("%v is refused: %v", good, err)
		}
	}
	wantRefusal(t, CheckRate(-1, 60), "rate_requests", "errors.rate.requests")
	wantRefusal(t, CheckRate(MaxRateRequests+1, 60), "rate_requests", "errors.rate.requests")
	wantRefusal(t, CheckRate(10, 0), "rate_window", "errors.rate.window")
	wantRefusal(t, CheckRate(10, 24*3600+1), "rate_window", "errors.rate.window")
}

func TestCheckAccount(t *testing.T) {
	right := Account{Name: " Acme ", KeyVisibility: Revealable, ErrorDialect: DialectJodoo, RatePerSecond: 50}
	got, err := CheckAccount(right)
	if err != nil || got.Name != "Acme" {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, c := range []struct {
		field, key string
		spoil      func(*Account)
	}{
		{"name", "errors.text.required", func(a *Account) { a.Name = "" }},
		{"name", "errors.text.too_long", func(a *Account) { a.Name = strings.Repeat("a", 101) }},
		{"key_visibility", "errors.choice", func(a *Account) { a.KeyVisibility = "" }},
		{"error_dialect", "errors.choice", func(a *Account) { a.ErrorDialect = "xml" }},
		{"rate", "errors.rate.per_second", func(a *Account) { a.RatePerSecond = -1 }},
		{"rate", "errors.rate.per_second", func(a *Account) { a.RatePerSecond = MaxRatePerSecond + 1 }},
		{"max_expiry_days", "errors.expiry.days", func(a *Account) { a.MaxExpiryDays = -1 }},
		{"max_expiry_days", "errors.expiry.days", func(a *Account) { a.MaxExpiryDays = MaxExpiryPolicyDays + 1 }},
		{"language", "errors.choice", func(a *Account) { a.Language = "tlh" }},
	} {
		a := right
		c.spoil(&a)
		_, err := CheckAccount(a)
		wantRefusal(t, err, c.field, c.key)
	}
}

func TestCheckRoomForKeys(t *testing.T) {
	for _, c := range []struct {
		have, adding int
		ok           bool
	}{{0, 1, true}, {499, 1, true}, {500, 0, true}, {500, 1, false}, {499, 2, false}, {501, 1, false}} {
		err := CheckRoomForKeys(c.have, c.adding)
		if (err == nil) != c.ok {
			t.Errorf("%d and %d more: %v", c.have, c.adding, err)
		}
		if err != nil && CodeOf(err) != CodeLimit {
			t.Errorf("refused with %s", CodeOf(err))
		}
	}
}

func TestCheckDelete(t *testing.T) {
	if err := CheckDelete(Key{Name: "CRM"}); err != nil {
		t.Error(err)
	}
	err := CheckDelete(Key{Name: "CRM", Enabled: true})
	wantRefusal(t, err, "", "errors.key.enabled_delete")
	var e *Error
	if CodeOf(err) != CodeConflict || !errors.As(err, &e) || e.Args["Name"] != "CRM" {
		t.Errorf("the refusal does not name the key: %v", err)
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

func TestMayCreate(t *testing.T) {
	for _, c := range []struct {
		members bool
		role    Role
		may     bool
	}{{true, RoleMember, true}, {false, RoleMember, false}, {false, RoleAdmin, true}, {false, RoleOwner, true}, {true, "", false}} {
		if err := CheckMayCreate(Account{MembersCreate: c.members}, c.role); (err == nil) != c.may {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
