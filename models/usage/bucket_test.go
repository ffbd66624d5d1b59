package usage_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"keywicket/models/usage"
)

const start = int64(1_770_000_000_000_000_000) // Unix nanoseconds

func perMinute(n int) usage.Rate { return usage.Rate{Requests: n, Window: time.Minute} }

func takes(b *usage.Bucket, r usage.Rate, now int64, n int) int {
	passed := 0
	for range n {
		if _, _, ok := b.Take(r, now); ok {
			passed++
		}
	}
	return passed
}

// TestBucketBurst: exactly the window's requests pass at once, however badly
// they divide the window.
func TestBucketBurst(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 30, 999, 999_983, 1_000_000} {
		for _, window := range []time.Duration{time.Second, time.Minute, 24 * time.Hour} {
			var b usage.Bucket
			if got := takes(&b, usage.Rate{Requests: n, Window: window}, start, n+2); got != n {
				t.Errorf("%d in %v: %d passed at once", n, window, got)
			}
		}
	}
}

func TestBucketWithoutLimit(t *testing.T) {
	var b usage.Bucket
	for _, r := range []usage.Rate{{}, {Requests: 5}, {Window: time.Second}, {Requests: -1, Window: time.Second}} {
		if got := takes(&b, r, start, 100); got != 100 {
			t.Errorf("%+v: %d of 100 passed", r, got)
		}
		if s, ok := b.Peek(r, start); !ok || s != (usage.State{}) {
			t.Errorf("%+v: %+v, %v", r, s, ok)
		}
		_, taken, _ := b.Take(r, start)
		taken.GiveBack()
	}
	if got := takes(&b, perMinute(2), start, 9); got != 2 {
		t.Errorf("%d passed; no limit must leave the bucket alone", got)
	}
}

func TestBucketState(t *testing.T) {
	var b usage.Bucket
	r := perMinute(4)
	for left := 3; left >= 0; left-- {
		peeked, _ := b.Peek(r, start)
		s, _, ok := b.Take(r, start)
		want := usage.State{Limit: 4, Remaining: left, Window: time.Minute, Reset: time.Duration(4-left) * 15 * time.Second}
		if !ok || s != want || peeked != want {
			t.Fatalf("got %+v, peeked %+v, want %+v", s, peeked, want)
		}
	}
	s, _, ok := b.Take(r, start+int64(5*time.Second))
	want := usage.State{Limit: 4, Window: time.Minute, Reset: 55 * time.Second, RetryAfter: 10 * time.Second}
	if ok || s != want {
		t.Errorf("refused: %+v, want %+v", s, want)
	}
	if _, _, ok := b.Take(r, start+int64(15*time.Second)); !ok {
		t.Error("refused after RetryAfter")
	}
}

func TestBucketGiveBack(t *testing.T) {
	var b usage.Bucket
	r := perMinute(3)
	_, taken, _ := b.Take(r, start)
	if takes(&b, r, start, 2) != 2 {
		t.Fatal("refused")
	}
	taken.GiveBack()
	if got := takes(&b, r, start, 5); got != 1 {
		t.Errorf("%d passed after one was given back", got)
	}
}

// TestBucketAfterChange: used is used after a change of the rate, but nobody
// waits for longer than the new window, and what was taken of the old one is
// not given back out of the new one.
func TestBucketAfterChange(t *testing.T) {
	var b usage.Bucket
	long := usage.Rate{Requests: 2, Window: 24 * time.Hour}
	_, taken, _ := b.Take(long, start)
	takes(&b, long, start, 1)
	short := usage.Rate{Requests: 2, Window: time.Second}
	if s, _, ok := b.Take(short, start); ok || s.RetryAfter != time.Second/2 {
		t.Errorf("after a shorter window: %v, %+v", ok, s)
	}
	taken.GiveBack()
	if _, ok := b.Peek(short, start); ok {
		t.Error("what was taken of the longer window came back out of the shorter one")
	}
	if got := takes(&b, short, start+int64(time.Second), 5); got != 2 {
		t.Errorf("%d passed one new window later", got)
	}
}

// TestBucketHoldsAgainstLateClocks: callers who read the clock and were held up
// neither win a request nor set the bucket back, whether they are refused, pass
// or give back.
func TestBucketHoldsAgainstLateClocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := usage.Rate{
			Requests: rapid.IntRange(1, 20).Draw(t, "requests"),
			Window:   time.Duration(rapid.IntRange(1, 100).Draw(t, "window")) * time.Second,
		}
		cost := (int64(rate.Window) + int64(rate.Requests) - 1) / int64(rate.Requests)
		full := cost * int64(rate.Requests)
		var b usage.Bucket
		var passed []int64 // by the newest time that was known
		now, newest := start, int64(0)
		for range rapid.IntRange(1, 120).Draw(t, "asks") {
			now += rapid.Int64Range(0, cost).Draw(t, "pause")
			seen := now - rapid.Int64Range(0, 3*full).Draw(t, "held up for")*rapid.Int64Range(0, 1).Draw(t, "is late")
			newest = max(newest, seen)
			before, could := b.Peek(rate, newest)
			_, taken, ok := b.Take(rate, seen)
			if ok != could {
				t.Fatalf("a call %v late: passed is %v, for one in time %v", time.Duration(now-seen), ok, could)
			}
			if ok && rapid.Bool().Draw(t, "gives back") {
				taken.GiveBack()
				ok = false
			}
			if after, _ := b.Peek(rate, newest); !ok && after != before {
				t.Fatalf("a call that took nothing, %v late, made %+v of %+v", time.Duration(now-seen), after, before)
			}
			if !ok {
				continue
			}
			passed = append(passed, newest)
			for i, from := range passed {
				most := int64(rate.Requests) + (newest-from)/cost
				if got := int64(len(passed) - i); got > most {
					t.Fatalf("%d passed in %v, at most %d", got, time.Duration(newest-from), most)
				}
			}
		}
	})
}

// TestBucketAgainstLog holds the bucket to a log of what passed: in any time
// span it passes no more than a full bucket and what refills in the span, and
// it refuses only when that is used up.
func TestBucketAgainstLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := usage.Rate{
			Requests: rapid.IntRange(1, 20).Draw(t, "requests"),
			Window:   time.Duration(rapid.IntRange(1, 100).Draw(t, "window")) * time.Second,
		}
		cost := (int64(rate.Window) + int64(rate.Requests) - 1) / int64(rate.Requests)
		var b usage.Bucket
		var passed []int64
		now := start
		for range rapid.IntRange(1, 80).Draw(t, "asks") {
			now += rapid.Int64Range(0, 2*cost).Draw(t, "pause")
			state, _, ok := b.Take(rate, now)
			if !ok {
				if again, _ := b.Peek(rate, now+int64(state.RetryAfter)); again.RetryAfter != 0 {
					t.Fatalf("refused at its own RetryAfter: %+v", again)
				}
				if _, early := b.Peek(rate, now+int64(state.RetryAfter)-1); early {
					t.Fatal("passes before RetryAfter")
				}
				continue
			}
			passed = append(passed, now)
			for i, from := range passed {
				most := int64(rate.Requests) + (now-from)/cost
				if got := int64(len(passed) - i); got > most {
					t.Fatalf("%d passed in %v, at most %d", got, time.Duration(now-from), most)
				}
			}
		}
	})
}

func TestBucketConcurrent(t *testing.T) {
	var b usage.Bucket
	var passed atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { passed.Add(int64(takes(&b, perMinute(1000), start, 500))) })
	}
	all.Wait()
	if passed.Load() != 1000 {
		t.Errorf("%d passed of 4000, want 1000", passed.Load())
	}
}

func BenchmarkBucketTake(b *testing.B) {
	var bucket usage.Bucket
	rate := usage.Rate{Requests: 1_000_000, Window: time.Second}
	for i := range b.N {
		bucket.Take(rate, start+int64(i)*2000)
	}
}
