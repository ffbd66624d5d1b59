package models

import (
	"testing"
	"time"
)

// What happened in the future did not happen lately, but for clocks that are a
// little apart.
func TestLately(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for at, want := range map[time.Duration]bool{
		0: true, -9 * time.Minute: true, -10 * time.Minute: false, -365 * 24 * time.Hour: false,
		30 * time.Second: true, 61 * time.Second: false, time.Hour: false, 24 * time.Hour: false, 365 * 24 * time.Hour: false,
	} {
		if got := Lately(now.Add(at), now, 10*time.Minute); got != want {
			t.Errorf("%v: %v", at, got)
		}
		verified := now.Add(at)
		if got := (Session{CreatedAt: now.Add(-time.Hour), ReauthAt: &verified}).RecentlySignedIn(now); got != want {
			t.Errorf("verified %v: %v", at, got)
		}
	}
	if (Session{CreatedAt: now}).RecentlySignedIn(now) {
		t.Error("a session whose verification is not known counts as recent")
	}
}

// Another system's clock may be a little ahead; a time further in the future, or
// none, is not a time of a sign-in.
func TestReauthTime(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for at, want := range map[time.Time]time.Time{
		now: now, now.Add(-time.Hour): now.Add(-time.Hour), now.Add(30 * time.Second): now,
		now.Add(61 * time.Second): {}, now.AddDate(1, 0, 0): {}, {}: {},
	} {
		got := ReauthTime(at, now)
		if (got == nil) != want.IsZero() || got != nil && !got.Equal(want) {
			t.Errorf("%v: %v, want %v", at, got, want)
		}
	}
}
