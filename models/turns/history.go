package turns

import (
	"context"
	"net/netip"

	"keywicket/models/recent"
)

// remembered is how many successes, and how many networks that failed, a
// History knows at least.
const remembered = 20_000

// History finds the lane for tries at secrets: whoever got one right before is
// not kept waiting by those who get them wrong. Make one with NewHistory; it is
// safe for concurrent use.
type History struct {
	right *recent.Map[success, struct{}]
	wrong *recent.Map[netip.Prefix, struct{}]
}

// success is a secret that a network got right.
type success struct {
	network netip.Prefix
	subject string
}

// NewHistory makes an empty History.
func NewHistory() *History {
	return &History{right: recent.New[success, struct{}](remembered), wrong: recent.New[netip.Prefix, struct{}](remembered)}
}

// Enter waits for a slot of t for a try at the subject. The lane is Known where
// the context's network got that subject's secret right before, Suspect where
// it failed last, and otherwise the context's.
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

// Note remembers how a try at the subject ended.
func (h *History) Note(ctx context.Context, subject string, right bool) {
	network := ClientOf(ctx).Network
	if !right {
		h.wrong.Put(network, struct{}{})
		return
	}
	h.wrong.Forget(network)
	h.right.Put(success{network, subject}, struct{}{})
}
