package verifier

import (
	"bytes"
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/secret"
	"keywicket/models/turns"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// bench is a Verifier with a clock that the test moves, and stored secrets.
type bench struct {
	*Verifier
	t  *testing.T
	at atomic.Int64
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return newBenchWith(t, 7)
}

func newBenchWith(t *testing.T, pepper byte) *bench {
	t.Helper()
	h, err := secret.NewHasher(bytes.Repeat([]byte{pepper}, 32))
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t}
	b.at.Store(noon.UnixNano())
	b.Verifier = New(h, func() time.Time { return time.Unix(0, b.at.Load()) })
	return b
}

func ctxFrom(a netip.Addr) context.Context {
	return turns.WithClient(context.Background(), a, turns.Fresh)
}

func (b *bench) candidate(id byte, value, like string) engine.Candidate {
	b.t.Helper()
	phc, err := secret.NewPasswords(1).HashLike(b.t.Context(), like, value)
	if err != nil {
		b.t.Fatal(err)
	}
	return engine.Candidate{ID: [32]byte{id}, Hash: phc}
}

func question(value string, candidates ...engine.Candidate) engine.SecretCheck {
	return engine.SecretCheck{
		Channel: models.ChannelFTP, Username: "bob", Secret: value,
		From: netip.MustParseAddr("192.0.2.1"), Candidates: candidates,
	}
}

func TestCheckSecret(t *testing.T) {
	b := newBench(t)
	now := b.candidate(1, "the present one", "")
	old := b.candidate(2, "the old one ...", now.Hash)
	other := b.candidate(3, "of another salt", "")
	for value, want := range map[string]engine.SecretResult{
		"the present one":  {OK: true},
		"the old one ...":  {OK: true, Index: 1},
		"of another salt":  {OK: true, Index: 2},
		"the present one ": {},
		"":                 {},
	} {
		for range 2 { // worked out, and remembered
			if got := b.CheckSecret(question(value, now, old, other)); got != want {
				t.Errorf("%q: %+v", value, got)
			}
		}
	}
	if got := b.CheckSecret(question("the present one")); got.OK {
		t.Error("verified to belong to nothing")
	}
	if got := b.CheckSecret(question("x", engine.Candidate{Hash: "damaged"})); !got.Busy {
		t.Errorf("a damaged hash is no fault of ours: %+v", got)
	}
}

// A verified secret belongs to the credentials that it was made for: the same secret
// under another id, or under an id with another secret, is tried anew.
func TestVerifiedDieWithTheirCredentials(t *testing.T) {
	b := newBench(t)
	c := b.candidate(1, "correct horse", "")
	if !b.CheckSecret(question("correct horse", c)).OK {
		t.Fatal("not verified")
	}
	changed := b.candidate(2, "another secret", "")
	if b.CheckSecret(question("correct horse", changed)).OK {
		t.Error("the old secret was verified by the new credentials")
	}
	sameHash := engine.Candidate{ID: [32]byte{9}, Hash: changed.Hash}
	if _, known := b.knows(question("correct horse", sameHash)); known {
		t.Error("a verified secret is known under another id")
	}
}

// Wrong tries are slowed down for each user name and address, whether or not
// the user name exists, and a verified secret always passes.
func TestThrottle(t *testing.T) {
	b := newBench(t)
	c := b.candidate(1, "correct horse", "")
	if !b.CheckSecret(question("correct horse", c)).OK {
		t.Fatal("not verified")
	}
	for name, candidates := range map[string][]engine.Candidate{"bob": {c}, "nobody": nil} {
		ask := question("wrong", candidates...)
		ask.Username = name
		for i := range triesPerName {
			if got := b.CheckSecret(ask); got != (engine.SecretResult{}) {
				t.Fatalf("%s, try %d: %+v", name, i+1, got)
			}
		}
		if got := b.CheckSecret(ask); got.RetryAfter != triesWindow/triesPerName {
			t.Errorf("%s, one too many: %+v", name, got)
		}
		ask.From = netip.MustParseAddr("192.0.2.2")
		if got := b.CheckSecret(ask); got != (engine.SecretResult{}) {
			t.Errorf("%s, from elsewhere: %+v", name, got)
		}
	}
	if !b.CheckSecret(question("correct horse", c)).OK {
		t.Error("a verified secret was throttled")
	}
	b.at.Add(int64(triesWindow / triesPerName))
	if got := b.CheckSecret(question("wrong", c)); got != (engine.SecretResult{}) {
		t.Errorf("after the wait: %+v", got)
	}
}

// One address does not get further by trying many user names; right tries cost
// nothing.
func TestThrottleOfAnAddress(t *testing.T) {
	th := newThrottle()
	from := netip.MustParseAddr("2001:db8::1")
	for i := range 500 {
		c, wait := th.charge(engine.SecretCheck{Username: string(rune('a' + i)), From: from}, noon.UnixNano())
		if (wait > 0) != (i >= triesPerAddress) {
			t.Fatalf("try %d waits %v", i+1, wait)
		}
		if wait == 0 && i == 0 {
			c.refund()
			if _, wait := th.charge(engine.SecretCheck{Username: "a", From: from}, noon.UnixNano()); wait > 0 {
				t.Fatal("a right try cost something")
			}
		}
		from = from.Next() // of the same network
	}
	for i := range 500 { // an unknown address could be anybody's
		if _, wait := th.charge(engine.SecretCheck{Username: string(rune('a' + i))}, noon.UnixNano()); wait > 0 {
			t.Fatalf("unknown address, try %d waits", i+1)
		}
	}
}

// Many at once with the same secret are one piece of work; more different ones
// than the queue holds are a fault of ours.
func TestManyAtOnce(t *testing.T) {
	b := newBench(t)
	c := b.candidate(1, "correct horse", "")
	var wg sync.WaitGroup
	var wrong atomic.Int64
	for range 200 {
		wg.Go(func() {
			if !b.CheckSecret(question("correct horse", c)).OK {
				wrong.Add(1)
			}
		})
	}
	wg.Wait()
	if n := wrong.Load(); n > 0 {
		t.Errorf("%d of 200 were not verified", n)
	}
	if len(b.flights) != 0 {
		t.Errorf("%d flights never landed", len(b.flights))
	}
}

// An unknown user name takes as long as a wrong secret. On a busy machine a
// measurement may go wrong, but not each of many.
func TestUnknownTakesAsLong(t *testing.T) {
	b := newBench(t)
	c := b.candidate(1, "correct horse", "")
	old := b.candidate(2, "battery staple", c.Hash)
	cases := [][]engine.Candidate{nil, {c}, {c, old}}
	best := []time.Duration{time.Hour, time.Hour, time.Hour}
	for range 60 {
		for i, candidates := range cases {
			start := time.Now()
			b.try(question("wrong", candidates...))
			best[i] = min(best[i], time.Since(start))
		}
		b.at.Add(int64(triesWindow))
		if similar(best) {
			return
		}
	}
	t.Errorf("an unknown user name takes %v, a known one %v, one with old credentials too %v", best[0], best[1], best[2])
}

// similar reports whether all are within a third of the least.
func similar(list []time.Duration) bool {
	return float64(slices.Max(list)) < 1.33*float64(slices.Min(list))
}
