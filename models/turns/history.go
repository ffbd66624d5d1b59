package turns

import (
	"context"
	"net/netip"

	"keywicket/models/recent"
)

// remembered is the minimum number of successes, and of networks that failed, in a History.
const remembered = 20_000

// History selects the lane for attempts at secrets, so that a client that succeeded before does not wait behind those
// that fail. Create one with NewHistory. It is safe for concurrent use.
type History struct {
	right *recent.Map[success, struct{}]
	wrong *recent.Map[netip.Prefix, struct{}]
}

// success is a secret that a network got right.
type success struct {
	network netip.Prefix
	subject string
}

// NewHistory returns an empty History.
func NewHistory() *History {
	return &History{right: recent.New[success, struct{}](remembered), wrong: recent.New[netip.Prefix, struct{}](remembered)}
}

// Enter waits for a slot of t for an attempt at the subject. The lane is Known if the context's network succeeded at
// that subject before, Suspect if its last attempt failed, and otherwise the context's lane.
func (h *History) Enter(ctx context.Context, t *Turns, subject string) (leave func(), err error) {
	network := ClientOf(ctx).Network
	switch {
	case h.right.Has(success{network, subject}):
		ctx = InLane(ctx, Known)
	case network.IsValid() && ClientOf(ctx).Lane != Known && h.wrong.Has(network):
		ctx = InLane(ctx, Suspect)
	}
	return t.Enter(ctx)
}

// Note records the result of an attempt at the subject.
func (h *History) Note(ctx context.Context, subject string, right bool) {
	network := ClientOf(ctx).Network
	if !right {
		h.wrong.Put(network, struct{}{})
		return
	}
	h.wrong.Forget(network)
	h.right.Put(success{network, subject}, struct{}{})
}
