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

// ErrBusy means that too many clients are waiting already.
var ErrBusy = errors.New("too many are waiting for their turn")

// Lane is a queue for clients. Every lane is served, the better ones more often.
type Lane uint8

// The lanes, best first.
const (
	Known   Lane = iota // succeeded before
	Fresh               // unknown
	Suspect             // failed recently
	laneCount
)

// schedule returns the order in which the lanes are served, over and over. If the lane whose turn it is is empty, the
// best lane with waiters is served.
func schedule() []Lane { return []Lane{Known, Fresh, Known, Suspect, Known, Fresh, Known} }

// Client identifies a waiting client. Clients of one network share its turns.
type Client struct {
	Network netip.Prefix // the zero Prefix counts as one network
	Lane    Lane
}

type clientKey struct{}

// WithClient returns a context whose work waits in the lane as the client a.
func WithClient(ctx context.Context, a netip.Addr, lane Lane) context.Context {
	return context.WithValue(ctx, clientKey{}, Client{netaddr.Client(a), lane})
}

// InLane returns a context for the same client in another lane.
func InLane(ctx context.Context, lane Lane) context.Context {
	return context.WithValue(ctx, clientKey{}, Client{ClientOf(ctx).Network, lane})
}

// ClientOf returns the client of the context. Without one it returns a Fresh client of the zero network.
func ClientOf(ctx context.Context) Client {
	if c, ok := ctx.Value(clientKey{}).(Client); ok {
		return c
	}
	return Client{Lane: Fresh}
}

// Turns is a number of slots with a queue for them. Create one with New. It is safe for concurrent use.
type Turns struct {
	mu      sync.Mutex
	free    int
	most    int // maximum number of waiters
	waiting int
	served  int
	lanes   [laneCount]lane
}

// New returns a Turns with slots, at least one, for which at most most clients wait.
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

// giveUp removes a waiter whose context has ended. If it just got a slot, the next waiter gets that.
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

// next hands a free slot to the next waiter, or keeps it if there is none. The caller holds mu.
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

// makeRoom refuses a waiter to make room for the client: the newest one of the network with the most waiters, in the
// worst lane. It returns false if every waiter has precedence over the client. The caller holds mu.
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
