package verifier

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/recent"
	"keywicket/models/secret"
	"keywicket/models/turns"
)

const (
	atOnce     = 2    // slow hashes worked on at once; each takes 19 MiB
	mostQueued = 1024 // that wait for their turn
	maxWait    = 2 * time.Second
	remembered = 20_000 // proofs
)

// Prover proves chosen secrets, and is the engine's engine.Pairs. It is safe for
// concurrent use.
type Prover struct {
	hasher *secret.Hasher
	verify func(ctx context.Context, phcs []string, value string) (int, error)
	now    func() time.Time
	start  time.Time // of the clock by which tries are limited

	key      [32]byte // under which proofs are remembered
	proofs   *recent.Map[[32]byte, struct{}]
	throttle throttle
	turns    *turns.Turns
	history  *turns.History

	mu      sync.Mutex
	flights map[[32]byte]*flight
	fresh   [][32]byte // proofs that are not stored yet
}

// flight is a try that is being made; who makes the same one waits for it.
type flight struct {
	done   chan struct{}
	answer engine.Proven
}

// New makes a Prover with the hasher that generated pairs are stored under.
func New(h *secret.Hasher, now func() time.Time) *Prover {
	return &Prover{
		hasher: h, verify: secret.NewPasswords(atOnce).VerifyAny, now: now, start: now(), key: h.ProofKey(),
		proofs: recent.New[[32]byte, struct{}](remembered), throttle: newThrottle(),
		turns: turns.New(atOnce, mostQueued), history: turns.NewHistory(), flights: map[[32]byte]*flight{},
	}
}

// HashPair implements engine.Pairs.
func (p *Prover) HashPair(channel models.Channel, username, value string) [32]byte {
	return p.hasher.HashPair(channel, username, value)
}

// WellFormed implements engine.Pairs.
func (p *Prover) WellFormed(value string) bool { return secret.PairWellFormed(value) }

// Prove implements engine.Pairs. What it has proven once it knows by the stored
// credentials' own id, so that a proof never outlives a change of them.
func (p *Prover) Prove(q engine.Proof) engine.Proven {
	if i, ok := p.knows(q); ok {
		return engine.Proven{OK: true, Index: i}
	}
	id := p.attempt(q)
	p.mu.Lock()
	if f := p.flights[id]; f != nil {
		p.mu.Unlock()
		<-f.done
		return f.answer
	}
	f := &flight{done: make(chan struct{})}
	p.flights[id] = f
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.flights, id)
		p.mu.Unlock()
		close(f.done)
	}()
	f.answer = engine.Proven{Busy: true} // stays if the work ends in a fault
	f.answer = p.try(q)
	return f.answer
}

// try charges who asks, waits for its turn, and works.
func (p *Prover) try(q engine.Proof) engine.Proven {
	charge, wait := p.throttle.charge(q, int64(p.now().Sub(p.start)))
	if wait > 0 {
		return engine.Proven{RetryAfter: wait}
	}
	i, err := p.work(q)
	switch {
	case err != nil:
		charge.giveBack()
		return engine.Proven{Busy: true}
	case i < 0:
		return engine.Proven{}
	}
	charge.giveBack()
	p.remember(p.proofOf(q.Candidates[i].ID, q.Secret))
	return engine.Proven{OK: true, Index: i}
}

// work tries the secret when it is the turn of who asks. It fails where too
// many wait already, or no turn comes in time.
func (p *Prover) work(q engine.Proof) (int, error) {
	ctx := turns.WithClient(context.Background(), q.From, turns.Fresh)
	wait, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	subject := string(q.Channel) + "\x00" + q.Username
	leave, err := p.history.Enter(wait, p.turns, subject)
	if err != nil {
		return -1, err
	}
	defer leave()
	hashes := make([]string, len(q.Candidates))
	for i, c := range q.Candidates {
		hashes[i] = c.Hash
	}
	i, err := p.verify(ctx, hashes, q.Secret)
	if err == nil {
		p.history.Note(ctx, subject, i >= 0)
	}
	return i, err
}

// knows says to which candidate the secret was proven to belong before.
func (p *Prover) knows(q engine.Proof) (int, bool) {
	for i, c := range q.Candidates {
		if p.proofs.Has(p.proofOf(c.ID, q.Secret)) {
			return i, true
		}
	}
	return 0, false
}

func (p *Prover) proofOf(id [32]byte, value string) [32]byte {
	return p.digest("proof", string(id[:]), value)
}

// attempt names a try: the same secret for the same credentials.
func (p *Prover) attempt(q engine.Proof) [32]byte {
	parts := []string{"attempt", string(q.Channel), q.Username, q.Secret, q.From.String()}
	for _, c := range q.Candidates {
		parts = append(parts, string(c.ID[:]))
	}
	return p.digest(parts...)
}

// digest returns a keyed hash of the parts, so that neither the memory of the
// process nor the database holds a secret that could be guessed at leisure.
func (p *Prover) digest(parts ...string) (sum [32]byte) {
	mac := hmac.New(sha256.New, p.key[:])
	var length [8]byte
	for _, part := range parts {
		binary.LittleEndian.PutUint64(length[:], uint64(len(part)))
		mac.Write(length[:])
		mac.Write([]byte(part))
	}
	mac.Sum(sum[:0])
	return sum
}
