package secret

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func newTestHasher(t testing.TB, pepper byte) *Hasher {
	t.Helper()
	h, err := NewHasher(bytes.Repeat([]byte{pepper}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHashIsHMAC(t *testing.T) {
	h := newTestHasher(t, 7)
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringN(0, 600, -1), rapid.StringMatching(`kw_[0-9A-Za-z]{38}`)).Draw(t, "value")
		mac := hmac.New(sha256.New, bytes.Repeat([]byte{7}, 32))
		mac.Write([]byte(value))
		if got := h.Hash(value); !hmac.Equal(got[:], mac.Sum(nil)) {
			t.Fatalf("hash of %d bytes is wrong", len(value))
		}
	})
}

func TestHashDependsOnThePepper(t *testing.T) {
	v := mint(t)
	if newTestHasher(t, 1).Hash(v) == newTestHasher(t, 2).Hash(v) {
		t.Error("two peppers give one hash")
	}
	if _, err := NewHasher(make([]byte, MinPepperLen-1)); !errors.Is(err, ErrShortPepper) {
		t.Errorf("a short pepper gives %v", err)
	}
	pepper := bytes.Repeat([]byte{1}, 32)
	h, err := NewHasher(pepper)
	if err != nil {
		t.Fatal(err)
	}
	clear(pepper)
	if h.Hash(v) != newTestHasher(t, 1).Hash(v) {
		t.Error("the hasher uses the caller's memory")
	}
}

func TestHashDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools")
	}
	h := newTestHasher(t, 7)
	v, long := mint(t), strings.Repeat("x", 5000)
	if n := testing.AllocsPerRun(1000, func() { h.Hash(v); h.Hash(long) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestHashAtOnce(t *testing.T) {
	h := newTestHasher(t, 7)
	var wg sync.WaitGroup
	for range 8 {
		v := mint(t)
		want := h.Hash(v)
		wg.Go(func() {
			for range 500 {
				if h.Hash(v) != want {
					t.Error("another hash for the same value")
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkHash(b *testing.B) {
	h, v := newTestHasher(b, 7), mint(b)
	b.ReportAllocs()
	for b.Loop() {
		h.Hash(v)
	}
}

func BenchmarkWellFormed(b *testing.B) {
	v := mint(b)
	b.ReportAllocs()
	for b.Loop() {
		_ = WellFormed(v)
	}
}
