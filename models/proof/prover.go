package proof

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"keywicket/models"
	"keywicket/models/gate"
	"keywicket/models/secret"
)

const (
	atOnce     = 2  // slow hashes worked on at once; each takes 19 MiB
	mostQueued = 64 // that wait for their turn
	maxWait    = 2 * time.Second
	remembered = 20_000 // proofs
)

// Prover proves chosen secrets, and is the engine's gate.Pairs. It is safe for
// concurrent use.
type Prover struct {
	hasher    *secret.Hasher
	passwords *secret.Passwords
	now       func() time.Time
	start     time.Time // of the clock by which tries are limited

	key      [32]byte // under which proofs are remembered; it dies with the process
	proofs   memory[struct{}]
	throttle throttle

	slots  chan struct{}
	queued atomic.Int64

	mu      sync.Mutex
	flights map[[32]byte]*flight
}

// flight is a try that is being made; who makes the same one waits for it.
type flight struct {
	done   chan struct{}
	answer gate.Proven
}

// New makes a Prover with the hasher that generated pairs are stored under.
func New(h *secret.Hasher, now func() time.Time) (*Prover, error) {
	p := &Prover{
		hasher: h, passwords: secret.NewPasswords(atOnce), now: now, start: now(),
		throttle: newThrottle(), slots: make(chan struct{}, atOnce), flights: map[[32]byte]*flight{},
	}
	p.proofs.most = remembered
	if _, err := rand.Read(p.key[:]); err != nil {
		return nil, fmt.Errorf("make the key of the proofs: %w", err)
	}
	return p, nil
}

// HashPair implements gate.Pairs.
func (p *Prover) HashPair(channel models.Channel, username, value string) [32]byte {
	return p.hasher.HashPair(channel, username, value)
}

// WellFormed implements gate.Pairs.
func (p *Prover) WellFormed(value string) bool { return secret.PairWellFormed(value) }

// Prove implements gate.Pairs. What it has proven once it knows by the stored
// credentials' own id, so that a proof never outlives a change of them.
func (p *Prover) Prove(q gate.Proof) gate.Proven {
	if i, ok := p.knows(q); ok {
		return gate.Proven{OK: true, Index: i}
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
	f.answer = gate.Proven{Busy: true} // stays if the work ends in a fault
	f.answer = p.try(q)
	return f.answer
}

// try charges who asks, waits for its turn, and works.
func (p *Prover) try(q gate.Proof) gate.Proven {
	charge, wait := p.throttle.charge(q, int64(p.now().Sub(p.start)))
	if wait > 0 {
		return gate.Proven{RetryAfter: wait}
	}
	if !p.turn() {
		charge.giveBack()
		return gate.Proven{Busy: true}
	}
	defer func() { <-p.slots }()
	hashes := make([]string, len(q.Candidates))
	for i, c := range q.Candidates {
		hashes[i] = c.Hash
	}
	i, err := p.passwords.VerifyAny(context.Background(), hashes, q.Secret)
	switch {
	case err != nil:
		charge.giveBack()
		return gate.Proven{Busy: true}
	case i < 0:
		return gate.Proven{}
	}
	charge.giveBack()
	p.proofs.put(p.proofOf(q.Candidates[i].ID, q.Secret), struct{}{})
	return gate.Proven{OK: true, Index: i}
}

// turn waits for a slot. It says false where too many wait already, or none
// comes free in time.
func (p *Prover) turn() bool {
	defer p.queued.Add(-1)
	if p.queued.Add(1) > mostQueued {
		return false
	}
	timer := time.NewTimer(maxWait)
	defer timer.Stop()
	select {
	case p.slots <- struct{}{}:
		return true
	case <-timer.C:
		return false
	}
}

// knows says to which candidate the secret was proven to belong before.
func (p *Prover) knows(q gate.Proof) (int, bool) {
	for i, c := range q.Candidates {
		if _, ok := p.proofs.get(p.proofOf(c.ID, q.Secret)); ok {
			return i, true
		}
	}
	return 0, false
}

func (p *Prover) proofOf(id [32]byte, value string) [32]byte {
	return p.digest("proof", string(id[:]), value)
}

// attempt names a try: the same secret for the same credentials.
func (p *Prover) attempt(q gate.Proof) [32]byte {
	parts := []string{"attempt", string(q.Channel), q.Username, q.Secret, q.From.String()}
	for _, c := range q.Candidates {
		parts = append(parts, string(c.ID[:]))
	}
	return p.digest(parts...)
}

// digest gives a keyed hash of the parts, so that no memory of the process
// holds a secret that could be guessed at leisure.
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
