package usage_test

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/usage"
)

// sink stores what it is given, unless it fails.
type sink struct {
	mu      sync.Mutex
	fail    error
	counts  map[string]int64
	batches chan int // batch sizes, where somebody waits for them
	ctxErr  error    // of the context of the last batch
}

func (s *sink) AddUsage(ctx context.Context, b usage.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ctxErr = ctx.Err()
	if s.batches != nil {
		select {
		case s.batches <- len(b.Days):
		default:
		}
	}
	if s.fail != nil {
		return s.fail
	}
	if s.counts == nil {
		s.counts = make(map[string]int64)
	}
	for _, d := range b.Days {
		s.counts[d.Reason] += d.Count
	}
	return nil
}

func (s *sink) setFail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func record(c *usage.Counter, n int) {
	for range n {
		c.Record(1, 7, models.ReasonAllowed, noon, netip.Addr{}, "")
	}
}

// TestFailedFlushIsNotLost: exactly what was counted is stored in the end.
func TestFailedFlushIsNotLost(t *testing.T) {
	var c usage.Counter
	s := &sink{fail: errors.New("disk full")}
	f := usage.NewFlusher(&c, s, time.Hour, nil)
	record(&c, 3)
	if err := f.Flush(t.Context()); !errors.Is(err, s.fail) {
		t.Fatalf("error %v", err)
	}
	record(&c, 2)
	s.setFail(nil)
	for range 2 {
		if err := f.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if s.counts[models.ReasonAllowed] != 5 {
		t.Errorf("%d stored, want 5", s.counts[models.ReasonAllowed])
	}
}

// TestRunFlushesAtTheEnd: with a context that still works.
func TestRunFlushesAtTheEnd(t *testing.T) {
	var c usage.Counter
	s := &sink{}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- usage.NewFlusher(&c, s, time.Hour, nil).Run(ctx) }()
	record(&c, 4)
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if s.counts[models.ReasonAllowed] != 4 || s.ctxErr != nil {
		t.Errorf("%d stored, want 4; context %v", s.counts[models.ReasonAllowed], s.ctxErr)
	}
}

// TestRunTriesAgain: at the interval, also after a failure, and it tells of a
// failure at the end.
func TestRunTriesAgain(t *testing.T) {
	var c usage.Counter
	s := &sink{fail: errors.New("locked"), batches: make(chan int, 1)}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- usage.NewFlusher(&c, s, time.Millisecond, nil).Run(ctx) }()
	record(&c, 1)
	for range 3 {
		select {
		case n := <-s.batches:
			if n != 1 {
				t.Errorf("a batch of %d rows", n)
			}
		case <-time.After(time.Minute):
			t.Fatal("it does not try again")
		}
	}
	stop()
	if err := <-ended; !errors.Is(err, s.fail) {
		t.Errorf("error at the end: %v", err)
	}
	if b := c.Drain(); len(b.Days) != 1 || b.Days[0].Count != 1 {
		t.Errorf("left in the counter: %+v", b)
	}
}
