package verifier

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"keywicket/models/engine"
	"keywicket/models/turns"
)

// slowBench is a Verifier whose slow hash takes no time but waits for release,
// and knows the secret "right" to be right. It works on one at once, so that
// the order of the work is that of the turns.
type slowBench struct {
	*bench
	release chan struct{}

	mu    sync.Mutex
	order []string // the candidates that were worked on
}

func newSlowBench(t *testing.T) *slowBench {
	b := &slowBench{bench: newBench(t), release: make(chan struct{})}
	b.turns = turns.New(1, mostQueued)
	b.verify = func(_ context.Context, phcs []string, value string) (int, error) {
		<-b.release
		b.mu.Lock()
		defer b.mu.Unlock()
		b.order = append(b.order, phcs...)
		if value == "right" {
			return 0, nil
		}
		return -1, nil
	}
	return b
}

// pair is a question about a pair whose stored hash is its name.
func pair(name, value string, from netip.Addr) engine.SecretCheck {
	q := question(value, engine.Candidate{ID: [32]byte([]byte(fmt.Sprintf("%-32.32s", name))), Hash: name})
	q.Username, q.From = name, from
	return q
}

func address(block, i int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(block), byte(i >> 8), byte(i)})
}

// flood asks with wrong secrets, once from each of so many networks.
func (b *slowBench) flood(all *sync.WaitGroup, networks, each int) {
	for i := range networks {
		for j := range each {
			all.Go(func() { b.CheckSecret(pair("flood", fmt.Sprintf("wrong %d %d", i, j), address(i>>16, i))) })
		}
	}
	synctest.Wait()
}

// However many networks send wrong secrets, and however often one does, 20 that
// come for the first time with the right one are verified within a bounded number
// of turns.
func TestFloodsKeepNobodyOut(t *testing.T) {
	for _, tt := range []struct {
		name           string
		networks, each int
		failed         bool // the flood's networks have failed before
		turns          int
	}{
		{"one network", 1, triesPerName, false, 60},
		{"a thousand networks", 1000, 1, false, 1030},
		{"a thousand that failed", 1000, 5, true, 100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newSlowBench(t)
				var all sync.WaitGroup
				if tt.failed {
					for i := range tt.networks {
						b.history.Note(ctxFrom(address(0, i)), "flood", false)
					}
				}
				b.flood(&all, tt.networks, tt.each)
				var right sync.WaitGroup
				for i := range 20 {
					right.Go(func() {
						if got := b.CheckSecret(pair(fmt.Sprintf("right %d", i), "right", address(200, i))); !got.OK {
							t.Errorf("pair %d: %+v", i, got)
						}
					})
				}
				synctest.Wait()
				close(b.release)
				right.Wait()
				b.mu.Lock()
				for i := range 20 {
					if at := slices.Index(b.order, fmt.Sprintf("right %d", i)); at < 0 || at > tt.turns {
						t.Errorf("pair %d had turn %d", i, at)
					}
				}
				b.mu.Unlock()
				all.Wait()
			})
		})
	}
}

// A pair whose secret was changed is tried before those of strangers, from the
// network that used it before.
func TestKnownPairsGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newSlowBench(t)
		close(b.release)
		home := address(200, 1)
		if !b.CheckSecret(pair("known", "right", home)).OK {
			t.Fatal("not verified")
		}
		b.release = make(chan struct{})
		var all sync.WaitGroup
		b.flood(&all, 500, 1)
		all.Go(func() {
			changed := pair("known", "right", home)
			changed.Candidates[0].ID[31] = 'x'
			if !b.CheckSecret(changed).OK {
				t.Error("not verified after the change")
			}
		})
		synctest.Wait()
		close(b.release)
		all.Wait()
		if at := slices.Index(b.order[1:], "known"); at < 0 || at > 4 {
			t.Errorf("turn %d", at)
		}
	})
}

// The queue is bounded, and a client that waits too long is told that the gate is busy and
// not that the secret is wrong; it does not count as a wrong try.
func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newSlowBench(t)
		var mu sync.Mutex
		var answers []engine.SecretResult
		var all sync.WaitGroup
		for i := range mostQueued + 1 + 10 {
			all.Go(func() {
				got := b.CheckSecret(pair("many", "wrong", address(0, i)))
				mu.Lock()
				defer mu.Unlock()
				answers = append(answers, got)
			})
		}
		synctest.Wait()
		if len(answers) != 10 {
			t.Errorf("%d were refused at once, want 10", len(answers))
		}
		for range triesPerName + 5 {
			if got := b.CheckSecret(pair("bob", "right", address(7, 7))); !got.Busy {
				t.Fatalf("without a turn in time: %+v", got)
			}
		}
		close(b.release)
		all.Wait()
		for _, got := range answers {
			if got.OK || got.RetryAfter > 0 {
				t.Fatalf("%+v", got)
			}
		}
		if got := b.CheckSecret(pair("bob", "right", address(7, 7))); !got.OK {
			t.Errorf("after the flood: %+v", got)
		}
		if len(b.flights) != 0 {
			t.Errorf("%d flights never landed", len(b.flights))
		}
	})
}

// shelf keeps ids of verified secrets, or fails.
type shelf struct {
	kept [][32]byte
	err  error
}

func (s *shelf) Verified(context.Context, int) ([][32]byte, error) { return s.kept, s.err }

func (s *shelf) SaveVerified(_ context.Context, ids [][32]byte) error {
	if s.err == nil {
		s.kept = append(s.kept, ids...)
	}
	return s.err
}

// What was verified is known after a restart, without the slow hash, for the
// same credentials and the same secret alone.
func TestVerifiedOutliveARestart(t *testing.T) {
	before, kept := newBench(t), &shelf{err: errors.New("the disk is full")}
	c := before.candidate(1, "correct horse", "")
	if !before.CheckSecret(question("correct horse", c)).OK || before.CheckSecret(question("wrong", c)).OK {
		t.Fatal("not verified, or the wrong one")
	}
	if before.Store(t.Context(), kept) == nil {
		t.Fatal("a full disk went unnoticed")
	}
	kept.err = nil
	for range 2 { // the second time there is nothing new
		if err := before.Store(t.Context(), kept); err != nil {
			t.Fatal(err)
		}
	}
	if len(kept.kept) != 1 {
		t.Fatalf("%d ids were kept", len(kept.kept))
	}
	after := newBench(t)
	if err := after.Recall(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	after.verify = func(context.Context, []string, string) (int, error) { return -1, nil }
	if !after.CheckSecret(question("correct horse", c)).OK {
		t.Error("not known after a restart")
	}
	changed := engine.Candidate{ID: [32]byte{2}, Hash: c.Hash}
	for name, q := range map[string]engine.SecretCheck{
		"another secret":      question("wrong", c),
		"changed credentials": question("correct horse", changed),
	} {
		if after.CheckSecret(q).OK {
			t.Errorf("%s: known after a restart", name)
		}
	}
}

// A stored id is made with a key that the database does not have.
func TestVerifiedNeedThePepper(t *testing.T) {
	b, c := newBench(t), engine.Candidate{ID: [32]byte{1}}
	other := newBenchWith(t, 8)
	if b.verifiedID(c.ID, "x") == other.verifiedID(c.ID, "x") {
		t.Error("two peppers make the same id")
	}
}
