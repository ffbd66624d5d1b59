package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"hash"
	"sync"
)

// MinPepperLen is the least length of a Hasher's pepper, in bytes.
const MinPepperLen = 32

// ErrShortPepper is the refusal of a pepper below MinPepperLen.
var ErrShortPepper = errors.New("the pepper of the key hash is too short")

// Hasher gives the keyed hash under which a key is looked up: HMAC-SHA-256
// with a pepper that is not in the database in plain. It is safe for
// concurrent use.
type Hasher struct {
	pool sync.Pool
}

// hashState is a MAC with the buffers that let it work without allocating.
type hashState struct {
	mac hash.Hash
	in  [128]byte
	out [sha256.Size]byte
}

// NewHasher makes a Hasher. The pepper is copied.
func NewHasher(pepper []byte) (*Hasher, error) {
	if len(pepper) < MinPepperLen {
		return nil, ErrShortPepper
	}
	own := append([]byte(nil), pepper...)
	h := &Hasher{}
	h.pool.New = func() any { return &hashState{mac: hmac.New(sha256.New, own)} }
	return h, nil
}

// Hash gives the keyed hash of a value, also of one that is not well formed.
func (h *Hasher) Hash(value string) [32]byte {
	s, ok := h.pool.Get().(*hashState)
	if !ok { // cannot be: New makes nothing else
		return [32]byte{}
	}
	s.mac.Reset()
	for len(value) > 0 {
		n := copy(s.in[:], value)
		s.mac.Write(s.in[:n])
		value = value[n:]
	}
	s.mac.Sum(s.out[:0])
	result := s.out
	clear(s.in[:])
	h.pool.Put(s)
	return result
}
