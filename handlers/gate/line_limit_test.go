package gate_test

import (
	"strings"
	"testing"
	"time"

	"keywicket/models"
)

// Who has no key cannot fill the disk with lines, and hides nothing from the
// counts.
func TestLogOfAFlood(t *testing.T) {
	const flood = 1000
	w := newFixture(t)
	now := noon
	h := w.server(func(c *gateConfig) { c.Now = func() time.Time { return now } })
	for _, e := range endpoints() {
		w.log.reset()
		now = now.Add(time.Hour)
		for range flood {
			ask(h, e.describe(call{target: "/ping"}))
		}
		if n := strings.Count(w.log.String(), "\n"); n < 10 || n > 50 {
			t.Errorf("%d requests wrote %d lines", flood, n)
		}
		w.log.reset()
		now = now.Add(time.Hour)
		ask(h, e.describe(call{target: "/ping"}))
		if line := w.log.String(); !strings.Contains(line, "left_out") || strings.Count(line, "\n") != 1 {
			t.Errorf("the line after the flood does not say how many were left out: %s", line)
		}
	}
	var counted int64
	for _, d := range w.usage.Drain().Days {
		if d.Reason != models.ReasonAllowed {
			counted += d.Count
		}
	}
	if want := int64(len(endpoints()) * (flood + 1)); counted != want {
		t.Errorf("%d denials were counted, want %d", counted, want)
	}
}
