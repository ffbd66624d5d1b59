// Package turns shares slots for slow work fairly among clients: one network
// that asks a lot waits behind its own requests, not before everybody else's.
package turns

import (
	"context"
	"errors"
	"net/netip"
	"sync"

	"keywicket/models/netaddr"
)

// ErrBusy means that too many wait already.
var ErrBusy = errors.New("too many are waiting for their turn")

// Lane is the queue that a client waits in. Every lane is served; the better
// ones more often.
type Lane uint8

// The lanes, best first.
const (
	Known   Lane = iota // succeeded before
	Fresh               // nothing is known of it
	Suspect             // failed lately
	laneCount
)

// schedule is which lane's turn it is, over and over; when that lane is empty
// it is the best one's that is not.
func schedule() []Lane { return []Lane{Known, Fresh, Known, Suspect, Known, Fresh, Known} }

// Client is who waits. Clients of one network share its turns.
type Client struct {
	Network netip.Prefix // the zero Prefix is one network more
	Lane    Lane
}

type clientKey struct{}

// WithClient returns a context whose work waits as the client's, in the lane.
func WithClient(ctx context.Context, a netip.Addr, lane Lane) context.Context {
	return context.WithValue(ctx, clientKey{}, Client{netaddr.Client(a), lane})
}

// InLane returns a context whose work waits in the lane, as the same client's.
func InLane(ctx context.Context, lane Lane) context.Context {
	return context.WithValue(ctx, clientKey{}, Client{ClientOf(ctx).Network, lane})
}

// ClientOf returns the client of the context; a context without one is that of
// an unknown network that nothing is known of.
func ClientOf(ctx context.Context) Client {
	if c, ok := ctx.Value(clientKey{}).(Client); ok {
		return c
	}
	return Client{Lane: Fresh}
}

// Turns is a number of slots and the queue for them. Make one with New; it is
// safe for concurrent use.
type Turns struct {
	mu      sync.Mutex
	free    int
	most    int // that may wait
	waiting int
	served  int
	lanes   [laneCount]lane
}

// New makes a Turns of slots, at least one, for which at most most wait.
func New(slots, most int) *Turns { return &Turns{free: max(1, slots), most: most} }

// waiter is one request in the queue.
type waiter struct {
	answer chan bool // a slot, or no room
}

// Enter waits for a slot for the context's client, and returns the function that
// releases it. The error is ErrBusy when too many wait, or the context's.
func (t *Turns) Enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := ClientOf(ctx)
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return sync.OnceFunc(t.leave), nil
	}
	if t.waiting >= t.most && !t.makeRoom(c) {
		t.mu.Unlock()
		return nil, ErrBusy
	}
	w := &waiter{answer: make(chan bool, 1)}
	t.lanes[c.Lane].add(c.Network, w)
	t.waiting++
	t.mu.Unlock()
	select {
	case ok := <-w.answer:
		return t.answered(ok)
	case <-ctx.Done():
		return nil, t.giveUp(c, w, ctx.Err())
	}
}

func (t *Turns) answered(ok bool) (leave func(), err error) {
	if !ok {
		return nil, ErrBusy
	}
	return sync.OnceFunc(t.leave), nil
}

// giveUp takes a waiter out whose context has ended; a slot that it was given
// at the last moment goes on to the next.
func (t *Turns) giveUp(c Client, w *waiter, cause error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lanes[c.Lane].remove(c.Network, w) {
		t.waiting--
		return cause
	}
	if <-w.answer {
		t.next()
	}
	return cause
}

func (t *Turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next()
}

// next hands a slot on, or keeps it when nobody waits. The caller holds mu.
func (t *Turns) next() {
	if t.waiting == 0 {
		t.free++
		return
	}
	order := schedule()
	at := order[t.served%len(order)]
	t.served++
	if t.lanes[at].empty() {
		for at = Known; t.lanes[at].empty(); at++ {
		}
	}
	t.waiting--
	t.lanes[at].first().answer <- true
}

// makeRoom refuses a waiter that has less right to its place than the client:
// the newest one of the network that waits most, in the worst lane. It reports
// false when there is none. The caller holds mu.
func (t *Turns) makeRoom(c Client) bool {
	for at := laneCount - 1; at >= c.Lane && at < laneCount; at-- {
		l := &t.lanes[at]
		if l.empty() {
			continue
		}
		network, n := l.fullest()
		if at == c.Lane && n <= len(l.waiters[c.Network])+1 {
			return false
		}
		t.waiting--
		l.last(network).answer <- false
		return true
	}
	return false
}
