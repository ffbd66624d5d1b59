package demo

import (
	"sync"
	"time"
)

// Clock is the clock of a store that Fill writes a history into. It shows a time in the past while Fill runs, and the
// system's time afterwards. It is safe for concurrent use.
type Clock struct {
	mu   sync.Mutex
	at   time.Time
	live bool
}

// NewClock returns a clock at the beginning of the history.
func NewClock() *Clock { return &Clock{at: time.Now().Add(-historyDays * 24 * time.Hour)} }

// Now returns the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live {
		return time.Now()
	}
	return c.at
}

// moveTo sets the clock to an hour of the day that many days ago, as if it were noon now. It never moves the clock
// back or into the future.
func (c *Clock) moveTo(daysAgo int, hour float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := time.Now().Add(-time.Duration(daysAgo)*24*time.Hour + time.Duration((hour-12)*float64(time.Hour)))
	if at.After(c.at) && at.Before(time.Now()) {
		c.at = at
	}
}

// advance moves the clock forward by d.
func (c *Clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// goLive makes the clock show the system's time.
func (c *Clock) goLive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live = true
}
