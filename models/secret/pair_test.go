package secret

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"keywicket/models"
)

func TestMintPair(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		username, value, err := MintPair(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if len(username) != 24 || !strings.HasPrefix(username, "kwu_") || username != strings.ToLower(username) {
			t.Fatalf("user name %q", username)
		}
		if !PairWellFormed(value) || WellFormed(value) {
			t.Fatalf("secret %q", value)
		}
		if p, l := Parts(value); p != value[:8] || l != value[len(value)-4:] {
			t.Fatalf("Parts of %q: %q and %q", value, p, l)
		}
		if clean := Redact("x " + value); clean != "x kws_[redacted]" {
			t.Fatalf("redacted to %q", clean)
		}
		if seen[username] || seen[value] {
			t.Fatal("the same pair twice")
		}
		seen[username], seen[value] = true, true
	}
	for n := range 90 {
		if _, _, err := MintPair(bytes.NewReader(make([]byte, n))); err == nil {
			t.Fatalf("minted from %d random bytes", n)
		}
	}
}

func TestSecretChecksum(t *testing.T) {
	_, value, err := MintPair(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for i := range value {
		wrong := []byte(value)
		wrong[i] ^= 1
		if PairWellFormed(string(wrong)) {
			t.Errorf("well formed with a mistake at %d", i)
		}
	}
	for _, other := range []string{"", "kws_", value + "0", value[:len(value)-1], "kw_" + value[4:]} {
		if PairWellFormed(other) {
			t.Errorf("%q is well formed", other)
		}
	}
}

// Two pairs have one hash only when channel, folded user name and secret are
// the same, and none has the hash of a value.
func TestHashPair(t *testing.T) {
	h := newTestHasher(t, 7)
	type pair struct {
		channel     models.Channel
		name, value string
	}
	short := rapid.StringMatching(`[a-cA-C\x00]{0,3}`)
	draw := func(t *rapid.T, label string) pair {
		return pair{
			rapid.SampledFrom(append(models.Channels(), "", "a")).Draw(t, label+" channel"),
			short.Draw(t, label+" name"), short.Draw(t, label+" value"),
		}
	}
	fold := func(p pair) pair { p.name = strings.ToLower(p.name); return p }
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "a"), draw(t, "b")
		same := h.HashPair(a.channel, a.name, a.value) == h.HashPair(b.channel, b.name, b.value)
		if same != (fold(a) == fold(b)) {
			t.Fatalf("%q and %q: %v", a, b, same)
		}
		if h.HashPair(a.channel, a.name, a.value) == h.Hash(string(a.channel)+a.name+a.value) {
			t.Fatal("a pair's hash is a value's")
		}
	})
	long := strings.Repeat("Ab", 300)
	if h.HashPair("ftp", long, long) != h.HashPair("ftp", strings.ToLower(long), long) {
		t.Error("the case of a long user name counts")
	}
}

func TestHashPairDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools")
	}
	h := newTestHasher(t, 7)
	username, value, err := MintPair(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(200, func() { h.HashPair(models.ChannelFTP, username, value) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
