package gate

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Engine decides. Make one with New; it is safe for concurrent use.
type Engine struct {
	hash       func(string) [32]byte
	wellFormed func(string) bool
	now        func() time.Time
	pairs      Pairs // nil: every pair is unknown

	snap atomic.Pointer[snapshot] // what Decide reads; never changed once stored

	mu  sync.Mutex // one Apply at a time
	reg registry   // guarded by mu
}

// New makes an engine that knows no key. hash is the keyed hash under which
// keys are stored; wellFormed says whether a credential could exist; both and
// the clock must be safe for concurrent use, and must not allocate where a
// decision is not to.
func New(hash func(string) [32]byte, wellFormed func(string) bool, now func() time.Time) *Engine {
	e := &Engine{hash: hash, wellFormed: wellFormed, now: now, reg: newRegistry()}
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
	if r.Username != "" && !strings.HasPrefix(r.Credential, tokenStart) {
		return e.decidePair(&r)
	}
	possible := e.wellFormed(r.Credential)
	hash := e.hash(r.Credential)
	s, now := e.snap.Load(), e.now().UnixNano()
	return s.judge(s.lookUp(&hash, now), &r, possible, now)
}

// DecideHash judges a request for the key with the hash, whatever its
// Credential: the tester has no key's value.
func (e *Engine) DecideHash(hash [32]byte, r Request) Decision {
	s, now := e.snap.Load(), e.now().UnixNano()
	return s.judge(hit{key: s.find(&hash)}, &r, true, now)
}

// judge runs every check for what the credential led to; possible is false for
// one that could not exist.
func (s *snapshot) judge(h hit, r *Request, possible bool, now int64) Decision {
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
	d := Decision{Key: h.key, Old: h.old, account: a}
	d.checkKey(r, now)
	d.checkCaller(r)
	d.checkAPI(r)
	d.checkApp(r)
	if d.Failed == 0 {
		d.takeQuota(now, r.Dry)
	}
	d.Reason = d.Failed.First()
	return d
}

// Size is the number of accounts and of keys that the engine knows.
func (e *Engine) Size() (accounts, keys int) {
	s := e.snap.Load()
	return s.accountCount, s.keyCount
}
