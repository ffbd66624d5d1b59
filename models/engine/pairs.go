package engine

import (
	"net/netip"
	"strings"
	"time"

	"keywicket/models"
)

// Pairs is what the engine needs to judge credential pairs. Its methods must be
// safe for concurrent use.
type Pairs interface {
	// HashPair returns the keyed hash under which a generated pair is stored. Upper
	// and lower case of the user name are one. It must not allocate where a
	// decision is not to.
	HashPair(channel models.Channel, username, value string) [32]byte
	// WellFormed reports whether a generated secret could exist.
	WellFormed(value string) bool
	// CheckSecret reports to which of the candidates a chosen secret belongs. It
	// takes as long for no candidates as for wrong ones.
	CheckSecret(c SecretCheck) SecretResult
}

// SecretCheck asks to which candidate a secret belongs.
type SecretCheck struct {
	Channel    models.Channel
	Username   string // in lower case
	Secret     string
	From       netip.Addr // the zero Addr is unknown
	Candidates []Candidate
}

// Candidate is one stored secret that may be the one. All candidates of a
// SecretCheck have one user name.
type Candidate struct {
	ID   [32]byte // of these credentials alone: changed ones have another
	Hash string   // argon2id, PHC form
}

// SecretResult is the answer to a SecretCheck. The zero value means that the
// secret belongs to no candidate.
type SecretResult struct {
	OK         bool
	Index      int           // of the candidate, where OK
	Busy       bool          // the secret could not be checked: a fault of ours
	RetryAfter time.Duration // above 0, there were too many wrong tries, and the secret was not checked
}

// WithPairs lets the engine judge credential pairs; without, every pair is
// unknown. Call it before the engine is used.
func (e *Engine) WithPairs(p Pairs) *Engine {
	e.pairs = p
	return e
}

// decidePair judges a request by its user name and secret.
func (e *Engine) decidePair(r *Request) Decision {
	switch {
	case e.pairs == nil:
		return deny(KeyUnknown)
	case strings.HasPrefix(r.Credential, models.SecretPrefix):
		return e.decideGenerated(r)
	}
	return e.decideChosen(r)
}

// decideGenerated looks the pair up in the request's channel, and only then in
// the others: there it exists, but is for another channel.
func (e *Engine) decideGenerated(r *Request) Decision {
	possible := e.pairs.WellFormed(r.Credential)
	s, now := e.snap.Load(), e.instant()
	var found hit
	for i := range channelCount {
		c := channelAt(r.Channel, i)
		hash := e.pairs.HashPair(c, r.Username, r.Credential)
		if found = s.lookUp(&hash, now.wall); found.key != nil {
			break
		}
	}
	return s.judge(found, r, possible, now)
}

// decideChosen judges a request by a secret that a person chose. Where the user
// name is not known in the request's channel but in another, it checks the secret
// there: only somebody who has the secret learns that it is for another channel.
func (e *Engine) decideChosen(r *Request) Decision {
	now := e.now().UnixNano()
	name := models.FoldUsername(r.Username)
	check := SecretCheck{Channel: r.Channel, Username: name, Secret: r.Credential, From: r.IP}
	var tried []*credential
	for i := range channelCount {
		c := channelAt(r.Channel, i)
		if tried = e.snap.Load().named(nameKey{channelCode(c), name}, now); len(tried) > 0 {
			break
		}
	}
	for _, c := range tried {
		check.Candidates = append(check.Candidates, Candidate{c.id, c.slow})
	}
	result := e.pairs.CheckSecret(check)
	switch {
	case result.Busy:
		d := deny(KeyUnknown)
		d.Busy = true
		return d
	case result.RetryAfter > 0:
		d := deny(RateLimited)
		d.Rate.RetryAfter = result.RetryAfter
		return d
	case !result.OK:
		return deny(KeyUnknown)
	}
	// The check takes time, in which the credentials may have been changed.
	s, then := e.snap.Load(), e.instant()
	for _, c := range s.named(tried[result.Index].name, then.wall) {
		if c.id == tried[result.Index].id {
			return s.judge(hit{c.key, c.previous}, r, true, then)
		}
	}
	return deny(KeyUnknown)
}
