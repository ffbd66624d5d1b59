package verifier

import (
	"context"
	"testing"
	"time"

	"keywicket/models/engine"
	"keywicket/models/storetest"
)

// However the clock is set, wrong tries are limited as before, and for no
// longer.
func TestThrottleAfterClockJumps(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, 365 * 24 * time.Hour, -time.Hour, -24 * time.Hour, -365 * 24 * time.Hour} {
		t.Run(by.String(), func(t *testing.T) {
			var set, passed time.Duration
			p := New(newBench(t).hasher, func() time.Time { return storetest.SetSystemClock(t, time.Now().Add(passed), set) })
			p.verify = func(context.Context, []string, string) (int, error) { return -1, nil }
			wrong := question("wrong", engine.Candidate{ID: [32]byte{1}})
			for range triesPerName {
				p.CheckSecret(wrong)
			}
			set = by
			if got := p.CheckSecret(wrong); got.RetryAfter <= 0 || got.RetryAfter > triesWindow/triesPerName {
				t.Errorf("after the jump: %+v", got)
			}
			passed = triesWindow / triesPerName
			if got := p.CheckSecret(wrong); got.RetryAfter > 0 {
				t.Errorf("a minute later: %+v", got)
			}
		})
	}
}
