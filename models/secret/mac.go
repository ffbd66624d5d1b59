package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// MAC is an HMAC-SHA-256 over a sequence of fields. Each field is written with its length, so different sequences are
// always written differently.
type MAC struct{ h hash.Hash }

// NewMAC returns a MAC under the key. Its first field is its use, so that a MAC for one use is invalid for any other.
func NewMAC(key []byte, use string) MAC {
	m := MAC{hmac.New(sha256.New, key)}
	m.Text(use)
	return m
}

// Number adds a number.
func (m MAC) Number(n int64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n)) // #nosec G115 -- the bits, whatever the sign
	_, _ = m.h.Write(b[:])                      // a hash returns no error
}

// Text adds a text.
func (m MAC) Text(s string) { m.Bytes([]byte(s)) }

// Bytes adds bytes.
func (m MAC) Bytes(b []byte) {
	m.Number(int64(len(b)))
	_, _ = m.h.Write(b)
}

// Sum returns the MAC of the fields so far, 32 bytes.
func (m MAC) Sum() []byte { return m.h.Sum(nil) }
