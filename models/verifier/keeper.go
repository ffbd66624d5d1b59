package verifier

import "context"

// Keeper stores the ids of verified secrets, so that a restart does not make
// every client wait for the slow hash again.
type Keeper interface {
	// Verified returns the newest ids, at most that many, the oldest first.
	Verified(ctx context.Context, most int) ([][32]byte, error)
	// SaveVerified adds ids. It may forget old ones.
	SaveVerified(ctx context.Context, ids [][32]byte) error
}

// Recall loads what was verified before the start.
func (v *Verifier) Recall(ctx context.Context, from Keeper) error {
	list, err := from.Verified(ctx, remembered)
	for _, id := range list {
		v.verified.Put(id, struct{}{})
	}
	return err
}

// Store stores what was verified since the last call. After an error, the next
// call tries again.
func (v *Verifier) Store(ctx context.Context, in Keeper) error {
	v.mu.Lock()
	fresh := v.fresh
	v.fresh = nil
	v.mu.Unlock()
	if len(fresh) == 0 {
		return nil
	}
	err := in.SaveVerified(ctx, fresh)
	if err != nil {
		v.mu.Lock()
		v.fresh = append(fresh, v.fresh...)
		v.mu.Unlock()
	}
	return err
}

// remember keeps the id of a verified secret, and has the next Store store it.
// When more wait for that than are remembered at all, it stays in memory only.
func (v *Verifier) remember(id [32]byte) {
	v.verified.Put(id, struct{}{})
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.fresh) < remembered {
		v.fresh = append(v.fresh, id)
	}
}
