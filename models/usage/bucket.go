package usage

import (
	"math"
	"sync/atomic"
	"time"
)

// Rate is so many requests in a window of time. The zero value is no limit.
type Rate struct {
	Requests int
	Window   time.Duration
}

// Limited says whether the rate limits anything.
func (r Rate) Limited() bool { return r.Requests > 0 && r.Window > 0 }

// interval is what one request costs, in nanoseconds, rounded up so that a
// window never refills more than Requests.
func (r Rate) interval() int64 {
	n := int64(r.Requests)
	return max(1, (int64(r.Window)+n-1)/n)
}

// State is what a bucket says after a request was taken or refused.
type State struct {
	Limit      int           // requests in a window; 0: no limit
	Remaining  int           // requests that would pass at once
	Window     time.Duration // the window of Limit
	Reset      time.Duration // until the bucket is full again
	RetryAfter time.Duration // until the next request passes; 0 when one passes now
}

// Bucket is the state of one rate limit: a generic cell rate algorithm in a
// single number, the time until which the allowed requests are paid for. An
// idle bucket passes a whole window's requests at once and then refills
// evenly. The rate comes with each call, so that it can change while the
// state stays. The zero value is a full bucket; a Bucket must not be copied,
// and is safe for concurrent use.
type Bucket struct {
	paidUntil atomic.Int64 // Unix nanoseconds
}

// Take takes one request at the time now, in Unix nanoseconds, and says
// whether it passes. A refused request costs nothing. Without a limit it
// passes and the bucket is left alone.
func (b *Bucket) Take(rate Rate, now int64) (State, bool) {
	if !rate.Limited() {
		return State{}, true
	}
	for {
		old := b.paidUntil.Load()
		state, next, ok := rate.judge(old, now)
		if next == old || b.paidUntil.CompareAndSwap(old, next) {
			return state, ok
		}
	}
}

// Peek says what Take would, and takes nothing.
func (b *Bucket) Peek(rate Rate, now int64) (State, bool) {
	if !rate.Limited() {
		return State{}, true
	}
	state, _, ok := rate.judge(b.paidUntil.Load(), now)
	return state, ok
}

// GiveBack undoes one successful Take at the same rate.
func (b *Bucket) GiveBack(rate Rate) {
	if rate.Limited() {
		b.paidUntil.Add(-rate.interval())
	}
}

// judge decides one request against a bucket that is paid for until old, and
// gives until when it is paid for then.
func (r Rate) judge(old, now int64) (state State, next int64, ok bool) {
	cost := r.interval()
	room := cost * int64(r.Requests)
	// Paid for nothing in the past, and never further ahead than one window:
	// a shorter window, or a clock that was set back, must not lock a key out
	// for longer than that.
	paid := min(max(old-now, 0), room)
	state = State{Limit: r.Requests, Window: r.Window}
	ok = paid+cost <= room
	if ok {
		paid += cost
	} else {
		state.RetryAfter = time.Duration(paid + cost - room)
	}
	next = now + paid
	state.Remaining = int(min((room-paid)/cost, math.MaxInt32))
	state.Reset = time.Duration(paid)
	return state, next, ok
}
