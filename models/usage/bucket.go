package usage

import (
	"math"
	"sync/atomic"
	"time"
)

// Rate is a number of requests per window of time. The zero value is no limit.
type Rate struct {
	Requests int
	Window   time.Duration
}

// Limited reports whether the rate limits anything.
func (r Rate) Limited() bool { return r.Requests > 0 && r.Window > 0 }

// interval returns the cost of a request in nanoseconds. It is rounded up, so that a window never refills more than
// Requests.
func (r Rate) interval() int64 {
	n := int64(r.Requests)
	return max(1, (int64(r.Window)+n-1)/n)
}

// State is the state of a bucket after a request.
type State struct {
	Limit      int           // requests per window; 0: no limit
	Remaining  int           // requests that would pass now
	Window     time.Duration // the window of Limit
	Reset      time.Duration // until the bucket is full again
	RetryAfter time.Duration // until the next request passes; 0 if one passes now
}

// Bucket is the state of one rate limit. It implements the generic cell rate algorithm: the state is the time until
// which the allowed requests are paid for. An idle bucket passes the requests of a whole window at once and then
// refills evenly. The rate is an argument of each call, so it can change while the state stays.
//
// Times are nanoseconds of a clock that is never set back, such as the time since the program started. A call with an
// older time than another call is decided at the newest time seen, so a late call neither costs nothing nor returns
// what others paid.
//
// The zero value is a full bucket. A Bucket must not be copied. It is safe for concurrent use.
type Bucket struct {
	paidUntil atomic.Int64
	newest    atomic.Int64  // newest time of any call
	cuts      atomic.Uint32 // how often a shorter window cut paidUntil
}

// Taken is one allowed request, which GiveBack can undo.
type Taken struct {
	bucket *Bucket
	cost   int64
	cuts   uint32
}

// Take takes one request and reports whether it passes. A refused request costs nothing. Without a limit the request
// passes and the bucket does not change.
func (b *Bucket) Take(rate Rate, now int64) (State, Taken, bool) {
	if !rate.Limited() {
		return State{}, Taken{}, true
	}
	for {
		cuts, old := b.cuts.Load(), b.paidUntil.Load()
		at := b.advance(now) // after old was read, so no later time paid for old
		state, next, ok := rate.judge(old, at)
		if next == old {
			return state, Taken{}, ok
		}
		if !b.paidUntil.CompareAndSwap(old, next) {
			continue
		}
		if rate.cuts(old, at) {
			cuts = b.cuts.Add(1)
		}
		if !ok {
			return state, Taken{}, false
		}
		return state, Taken{b, rate.interval(), cuts}, true
	}
}

// Peek returns the results of Take without taking a request.
func (b *Bucket) Peek(rate Rate, now int64) (State, bool) {
	if !rate.Limited() {
		return State{}, true
	}
	old := b.paidUntil.Load()
	state, _, ok := rate.judge(old, max(now, b.newest.Load()))
	return state, ok
}

// GiveBack undoes one Take. Call it once, and without delay. It never returns more than the bucket still holds, and
// nothing if a shorter window has cut the bucket since: the rest then belongs to other requests.
func (t Taken) GiveBack() {
	if t.bucket == nil {
		return
	}
	for {
		old := t.bucket.paidUntil.Load()
		held := min(t.cost, old-t.bucket.newest.Load())
		if held <= 0 || t.bucket.cuts.Load() != t.cuts || t.bucket.paidUntil.CompareAndSwap(old, old-held) {
			return
		}
	}
}

// advance returns the newest time of any call, including now.
func (b *Bucket) advance(now int64) int64 {
	for {
		newest := b.newest.Load()
		if now <= newest {
			return newest
		}
		if b.newest.CompareAndSwap(newest, now) {
			return now
		}
	}
}

// cuts reports whether a bucket that is paid for until old holds more than the rate allows, which happens only after a
// longer window.
func (r Rate) cuts(old, now int64) bool { return old-now > r.interval()*int64(r.Requests) }

// judge decides one request for a bucket that is paid for until old. next is the
// time until which it is paid for afterwards.
func (r Rate) judge(old, now int64) (state State, next int64, ok bool) {
	cost := r.interval()
	room := cost * int64(r.Requests)
	// Paid for nothing in the past, and never further ahead than one window: a
	// shorter window must not lock a key out for longer than that.
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
