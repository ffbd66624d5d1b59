package verifier

import "context"

// Keeper stores proofs, so that a restart does not make every client prove its
// secret again.
type Keeper interface {
	// Verified returns the newest proofs, the oldest of them first.
	Verified(ctx context.Context, most int) ([][32]byte, error)
	// SaveVerified adds proofs. It may forget old ones.
	SaveVerified(ctx context.Context, proofs [][32]byte) error
}

// Recall learns what was proven before the start.
func (p *Prover) Recall(ctx context.Context, from Keeper) error {
	list, err := from.Verified(ctx, remembered)
	for _, proof := range list {
		p.proofs.Put(proof, struct{}{})
	}
	return err
}

// Store stores what was proven since the last time. What cannot be stored is
// tried again the next time.
func (p *Prover) Store(ctx context.Context, in Keeper) error {
	p.mu.Lock()
	fresh := p.fresh
	p.fresh = nil
	p.mu.Unlock()
	if len(fresh) == 0 {
		return nil
	}
	err := in.SaveVerified(ctx, fresh)
	if err != nil {
		p.mu.Lock()
		p.fresh = append(fresh, p.fresh...)
		p.mu.Unlock()
	}
	return err
}

// remember keeps a proof, and has it stored with the next ones; beyond what is
// remembered at all it stays in memory alone.
func (p *Prover) remember(proof [32]byte) {
	p.proofs.Put(proof, struct{}{})
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.fresh) < remembered {
		p.fresh = append(p.fresh, proof)
	}
}
