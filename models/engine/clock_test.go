package engine_test

import (
	"testing"
	"time"

	"keywicket/models/engine"
	"keywicket/models/storetest"
)

// jumpyClock is a clock that people set, and that goes on meanwhile.
type jumpyClock struct {
	t      *testing.T
	passed time.Duration
	set    time.Duration
}

func (c *jumpyClock) now() time.Time {
	return storetest.SetSystemClock(c.t, time.Now().Add(c.passed), c.set)
}

// However the clock is set, a rate limits what it did before, and lets pass
// again when the time is over; what expires by the calendar follows the clock.
func TestClockJumps(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, 24 * time.Hour, 365 * 24 * time.Hour, -time.Hour, -24 * time.Hour, -365 * 24 * time.Hour} {
		t.Run(by.String(), func(t *testing.T) {
			clock := &jumpyClock{t: t}
			w := newFixture()
			e := engine.New(hash, wellFormed, clock.now)
			k, dated := newKey(1, "kw_a"), newKey(2, "kw_b")
			k.Key.RateRequests, k.Key.RateWindowSec = 2, 3600
			ends := clock.now().Add(30 * time.Minute)
			dated.Key.ExpiresAt = &ends
			e.Apply(engine.Delta{Accounts: []engine.AccountData{w.account}, Keys: []engine.KeyData{k, dated}})
			for i := range 2 {
				if d := e.Decide(ask("kw_a")); !d.Allowed() {
					t.Fatalf("request %d: %v", i, d.Reason)
				}
			}
			clock.set = by
			if d := e.Decide(ask("kw_a")); d.Reason != engine.RateLimited || d.Rate.RetryAfter > 30*time.Minute {
				t.Errorf("after the jump: %v, %+v", d.Reason, d.Rate)
			}
			if got, want := e.Decide(ask("kw_b")).Allowed(), by < 0; got != want {
				t.Errorf("a key with an Expiry Date: allowed %v, want %v", got, want)
			}
			clock.passed = time.Hour
			if d := e.Decide(ask("kw_a")); !d.Allowed() {
				t.Errorf("an hour later: %v, %+v", d.Reason, d.Rate)
			}
		})
	}
}
