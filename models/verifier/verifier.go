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
	remembered = 20_000 // secrets that were verified
)

// Verifier checks secrets that people chose. It implements engine.Pairs and is
// safe for concurrent use. Make one with New.
type Verifier struct {
	hasher *secret.Hasher
	verify func(ctx context.Context, phcs []string, value string) (int, error)
	now    func() time.Time
	start  time.Time // of the clock by which tries are limited

	key      [32]byte                        // of the digests
	verified *recent.Map[[32]byte, struct{}] // by verifiedID
	throttle throttle
	turns    *turns.Turns
	history  *turns.History

	mu      sync.Mutex
	flights map[[32]byte]*flight
	fresh   [][32]byte // of verified, those that are not stored yet
}

// flight is a check that is being made. Callers with the same check wait for it.
type flight struct {
	done   chan struct{}
	answer engine.SecretResult
}

// New returns a Verifier that hashes generated pairs with h.
func New(h *secret.Hasher, now func() time.Time) *Verifier {
	return &Verifier{
		hasher: h, verify: secret.NewPasswords(atOnce).VerifyAny, now: now, start: now(), key: h.ProofKey(),
		verified: recent.New[[32]byte, struct{}](remembered), throttle: newThrottle(),
		turns: turns.New(atOnce, mostQueued), history: turns.NewHistory(), flights: map[[32]byte]*flight{},
	}
}

// HashPair implements engine.Pairs.
func (v *Verifier) HashPair(channel models.Channel, username, value string) [32]byte {
	return v.hasher.HashPair(channel, username, value)
}

// WellFormed implements engine.Pairs.
func (v *Verifier) WellFormed(value string) bool { return secret.PairWellFormed(value) }

// CheckSecret implements engine.Pairs. It remembers a verified secret by the
// stored credential's own id, so that a change of the credential ends it.
func (v *Verifier) CheckSecret(q engine.SecretCheck) engine.SecretResult {
	if i, ok := v.knows(q); ok {
		return engine.SecretResult{OK: true, Index: i}
	}
	id := v.attempt(q)
	v.mu.Lock()
	if f := v.flights[id]; f != nil {
		v.mu.Unlock()
		<-f.done
		return f.answer
	}
	f := &flight{done: make(chan struct{})}
	v.flights[id] = f
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		delete(v.flights, id)
		v.mu.Unlock()
		close(f.done)
	}()
	f.answer = engine.SecretResult{Busy: true} // stays if the work ends in a fault
	f.answer = v.try(q)
	return f.answer
}

// try charges the client for a wrong try, and checks the secret.
func (v *Verifier) try(q engine.SecretCheck) engine.SecretResult {
	charge, wait := v.throttle.charge(q, int64(v.now().Sub(v.start)))
	if wait > 0 {
		return engine.SecretResult{RetryAfter: wait}
	}
	i, err := v.work(q)
	switch {
	case err != nil:
		charge.refund()
		return engine.SecretResult{Busy: true}
	case i < 0:
		return engine.SecretResult{}
	}
	charge.refund()
	v.remember(v.verifiedID(q.Candidates[i].ID, q.Secret))
	return engine.SecretResult{OK: true, Index: i}
}

// work returns the index of the candidate that the secret belongs to, or -1. It
// waits for the client's turn, and fails when too many wait already or no turn
// comes in time.
func (v *Verifier) work(q engine.SecretCheck) (int, error) {
	ctx := turns.WithClient(context.Background(), q.From, turns.Fresh)
	wait, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	subject := string(q.Channel) + "\x00" + q.Username
	leave, err := v.history.Enter(wait, v.turns, subject)
	if err != nil {
		return -1, err
	}
	defer leave()
	hashes := make([]string, len(q.Candidates))
	for i, c := range q.Candidates {
		hashes[i] = c.Hash
	}
	i, err := v.verify(ctx, hashes, q.Secret)
	if err == nil {
		v.history.Note(ctx, subject, i >= 0)
	}
	return i, err
}

// knows returns the candidate to which the secret was verified to belong before.
func (v *Verifier) knows(q engine.SecretCheck) (int, bool) {
	for i, c := range q.Candidates {
		if v.verified.Has(v.verifiedID(c.ID, q.Secret)) {
			return i, true
		}
	}
	return 0, false
}

// verifiedID names a verified secret of the credential with the id. Stored ids
// hold the word "proof": another one would make every client wait once more.
func (v *Verifier) verifiedID(id [32]byte, value string) [32]byte {
	return v.digest("proof", string(id[:]), value)
}

// attempt names a check: the same secret for the same credentials, from the same
// address.
func (v *Verifier) attempt(q engine.SecretCheck) [32]byte {
	parts := []string{"attempt", string(q.Channel), q.Username, q.Secret, q.From.String()}
	for _, c := range q.Candidates {
		parts = append(parts, string(c.ID[:]))
	}
	return v.digest(parts...)
}

// digest returns a keyed hash of the parts, so that neither the memory of the
// process nor the database holds a secret that could be guessed at leisure.
func (v *Verifier) digest(parts ...string) (sum [32]byte) {
	mac := hmac.New(sha256.New, v.key[:])
	var length [8]byte
	for _, part := range parts {
		binary.LittleEndian.PutUint64(length[:], uint64(len(part)))
		mac.Write(length[:])
		mac.Write([]byte(part))
	}
	mac.Sum(sum[:0])
	return sum
}
