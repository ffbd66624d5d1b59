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
		proved := now.Add(at)
		if got := (Session{CreatedAt: now.Add(-time.Hour), ReauthAt: &proved}).RecentlySignedIn(now); got != want {
			t.Errorf("proved %v: %v", at, got)
		}
	}
}
