package engine

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"keywicket/models"
)

// Engine decides. Make one with New; it is safe for concurrent use.
type Engine struct {
	hash       func(string) [32]byte
	wellFormed func(string) bool
	now        func() time.Time
	start      time.Time // of the clock by which rates are measured
	pairs      Pairs     // nil: every pair is unknown

	snap atomic.Pointer[snapshot] // what Decide reads; never changed once stored

	mu  sync.Mutex // one Apply at a time
	reg registry   // guarded by mu
}

// New returns an engine without keys. hash returns the keyed hash under which a
// key is stored, and wellFormed reports whether a credential could exist. Both and
// the clock must be safe for concurrent use, and must not allocate where a decision
// must not.
func New(hash func(string) [32]byte, wellFormed func(string) bool, now func() time.Time) *Engine {
	e := &Engine{hash: hash, wellFormed: wellFormed, now: now, start: now(), reg: newRegistry()}
	e.snap.Store(&snapshot{})
	return e
}

// Decide judges a request by its credential. A credential that could not
// exist is hashed and looked up like any other, so that it takes the time of
// an unknown one. One that begins like a token is one, whatever the user name;
// any other is the secret of a pair where there is a user name.
func (e *Engine) Decide(r Request) Decision {
	if r.Credential == "" {
		return deny(KeyMissing)
	}
	if r.Username != "" && !strings.HasPrefix(r.Credential, models.TokenPrefix) {
		return e.decidePair(&r)
	}
	possible := e.wellFormed(r.Credential)
	hash := e.hash(r.Credential)
	s, now := e.snap.Load(), e.instant()
	return s.judge(s.lookUp(&hash, now.wall), &r, possible, now)
}

// DecideHash judges a request for the key with the hash, whatever its
// Credential: the tester has no key's value.
func (e *Engine) DecideHash(hash [32]byte, r Request) Decision {
	s, now := e.snap.Load(), e.instant()
	return s.judge(hit{key: s.find(&hash)}, &r, true, now)
}

// instant is a moment by two clocks: the calendar's, by which keys and previous
// credentials expire, and a monotonic one, by which rates are measured.
type instant struct {
	wall int64 // Unix nanoseconds
	tick int64 // nanoseconds since the engine was made
}

func (e *Engine) instant() instant {
	now := e.now()
	return instant{wall: now.UnixNano(), tick: int64(now.Sub(e.start))}
}

// judge runs every check for what the credential led to; possible is false for
// one that could not exist.
func (s *snapshot) judge(h hit, r *Request, possible bool, now instant) Decision {
	if !possible {
		return deny(KeyMalformed)
	}
	if h.key == nil {
		return deny(KeyUnknown)
	}
	a := s.account(h.key.slot)
	if a == nil {
		return deny(KeyUnknown)
	}
	if r.FromQuery && !a.keyInQuery {
		return deny(KeyMissing)
	}
	d := Decision{Key: h.key, Previous: h.previous, account: a}
	d.checkKey(r, now.wall)
	d.checkCaller(r)
	d.checkAPI(r)
	d.checkApp(r)
	if d.Failed == 0 {
		d.takeQuota(now.tick, r.Dry)
	}
	d.Reason = d.Failed.First()
	return d
}

// Size returns the number of accounts and of keys that the engine knows.
func (e *Engine) Size() (accounts, keys int) {
	s := e.snap.Load()
	return s.accountCount, s.keyCount
}

// SoleAccount returns the only account that the engine knows. It returns false
// when there are several, or none.
func (e *Engine) SoleAccount() (AccountInfo, bool) {
	s := e.snap.Load()
	if s.accountCount != 1 {
		return AccountInfo{}, false
	}
	for _, chunk := range s.accounts {
		if chunk == nil {
			continue
		}
		for _, a := range chunk {
			if a != nil {
				return a.info, true
			}
		}
	}
	return AccountInfo{}, false
}
