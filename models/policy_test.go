package models

import (
	"errors"
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
