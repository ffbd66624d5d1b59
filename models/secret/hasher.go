package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"sync"

	"keywicket/models"
)

// MinPepperLen is the minimum length of a Hasher's pepper, in bytes.
const MinPepperLen = 32

// ErrShortPepper means that a pepper is shorter than MinPepperLen.
var ErrShortPepper = errors.New("the pepper of the key hash is too short")

// Hasher computes the keyed hash under which a key is looked up: HMAC-SHA-256 with a pepper that the database does not
// hold in plain. It is safe for concurrent use.
type Hasher struct {
	values sync.Pool // of hashState
	pairs  sync.Pool // the same with another key, so that no value is mistaken for a pair
	derive func(label string) []byte
}

// hashState is a MAC with the buffers that it needs to work without allocating.
type hashState struct {
	mac hash.Hash
	in  [128]byte
	out [sha256.Size]byte
}

// NewHasher returns a Hasher with a copy of the pepper. It returns ErrShortPepper if the pepper is too short.
func NewHasher(pepper []byte) (*Hasher, error) {
	if len(pepper) < MinPepperLen {
		return nil, ErrShortPepper
	}
	own := append([]byte(nil), pepper...)
	derive := func(label string) []byte {
		mac := hmac.New(sha256.New, own)
		mac.Write([]byte(label))
		return mac.Sum(nil)
	}
	ofPairs := derive("keywicket credential pair")
	h := &Hasher{derive: derive}
	h.values.New = func() any { return &hashState{mac: hmac.New(sha256.New, own)} }
	h.pairs.New = func() any { return &hashState{mac: hmac.New(sha256.New, ofPairs)} }
	return h, nil
}

// ProofKey returns the key under which correct chosen secrets are remembered. It is derived from the pepper, so a copy
// of the database without the master key does not help to guess them.
func (h *Hasher) ProofKey() [32]byte { return [32]byte(h.derive("keywicket proof of a chosen secret")) }

// Hash returns the keyed hash of a value, well formed or not.
func (h *Hasher) Hash(value string) [32]byte {
	s := begin(&h.values)
	s.write(value)
	return s.end(&h.values)
}

// HashPair returns the keyed hash of a credential pair of a channel. The user name is not case-sensitive. It does not
// allocate.
func (h *Hasher) HashPair(channel models.Channel, username, value string) [32]byte {
	s := begin(&h.pairs)
	s.writeLen(len(channel))
	s.write(string(channel))
	s.writeLen(len(username))
	s.writeLower(username)
	s.write(value)
	return s.end(&h.pairs)
}

func begin(pool *sync.Pool) *hashState {
	s, ok := pool.Get().(*hashState)
	if !ok { // cannot happen: New returns nothing else
		return &hashState{mac: hmac.New(sha256.New, nil)}
	}
	s.mac.Reset()
	return s
}

func (s *hashState) end(pool *sync.Pool) [32]byte {
	s.mac.Sum(s.out[:0])
	result := s.out
	clear(s.in[:])
	pool.Put(s)
	return result
}

func (s *hashState) write(text string) {
	for len(text) > 0 {
		n := copy(s.in[:], text)
		s.mac.Write(s.in[:n])
		text = text[n:]
	}
}

// writeLower writes the text with A to Z in lower case.
func (s *hashState) writeLower(text string) {
	for len(text) > 0 {
		n := copy(s.in[:], text)
		for i, c := range s.in[:n] {
			if c >= 'A' && c <= 'Z' {
				s.in[i] = c + 'a' - 'A'
			}
		}
		s.mac.Write(s.in[:n])
		text = text[n:]
	}
}

// writeLen writes the length of the next part, so that no two pairs are written alike.
func (s *hashState) writeLen(n int) {
	binary.LittleEndian.PutUint32(s.in[:4], uint32(n)) //nolint:gosec // texts of a request, far shorter
	s.mac.Write(s.in[:4])
}
