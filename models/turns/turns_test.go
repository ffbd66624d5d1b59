package turns_test

import (
	"context"
	"errors"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"keywicket/models/turns"
)

func network(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1}) }

// line is a Turns whose only slot is taken, and who was served since.
type line struct {
	*turns.Turns
	free func()

	mu     sync.Mutex
	served []string
	busy   []string
}

func newLine(t *testing.T, most int) *line {
	t.Helper()
	l := &line{Turns: turns.New(1, most)}
	free, err := l.Enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.free = free
	return l
}

// wait queues a client that releases its slot at once.
func (l *line) wait(ctx context.Context, name string, from netip.Addr, lane turns.Lane) {
	go func() {
		leave, err := l.Enter(turns.WithClient(ctx, from, lane))
		l.mu.Lock()
		if errors.Is(err, turns.ErrBusy) {
			l.busy = append(l.busy, name)
		} else if err == nil {
			l.served = append(l.served, name)
		}
		l.mu.Unlock()
		if err == nil {
			leave()
			leave() // a second time does nothing
		}
	}()
	synctest.Wait()
}

// turn is the place in which the name was served, from 1; 0 for never.
func (l *line) turn(name string) int { return slices.Index(l.served, name) + 1 }

// One network that floods has one turn in each round.
func TestNetworksTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, 1000)
		for range 500 {
			l.wait(t.Context(), "flood", network(1), turns.Fresh)
		}
		for i := range 20 {
			l.wait(t.Context(), string(rune('a'+i)), network(2+i), turns.Fresh)
		}
		l.free()
		synctest.Wait()
		for i := range 20 {
			if at := l.turn(string(rune('a' + i))); at == 0 || at > 21 {
				t.Errorf("network %d was served in turn %d of %d", i, at, len(l.served))
			}
		}
		if len(l.served) != 520 || len(l.busy) > 0 {
			t.Errorf("%d served, %d refused", len(l.served), len(l.busy))
		}
	})
}

// The better lane is served more often, and the worse ones all the same.
func TestLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, 10_000)
		for i := range 1000 {
			l.wait(t.Context(), "failed", network(i), turns.Suspect)
		}
		for i := range 20 {
			l.wait(t.Context(), "fresh", network(2000+i), turns.Fresh)
			l.wait(t.Context(), "known", network(3000+i), turns.Known)
		}
		l.free()
		synctest.Wait()
		last := func(name string) (at int) {
			for i, served := range l.served {
				if served == name {
					at = i + 1
				}
			}
			return at
		}
		if last("known") > 40 || last("fresh") > 80 {
			t.Errorf("the last known one in turn %d, the last fresh one in turn %d", last("known"), last("fresh"))
		}
		if at := l.turn("failed"); at == 0 || at > 7 {
			t.Errorf("the first of those that failed in turn %d", at)
		}
	})
}

// A full queue refuses those of the network that waits most, in the worst
// lane, and never one that is better.
func TestFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, 4)
		for range 6 {
			l.wait(t.Context(), "flood", network(1), turns.Fresh)
		}
		if len(l.busy) != 2 {
			t.Fatalf("%v were refused", l.busy)
		}
		l.wait(t.Context(), "a", network(2), turns.Fresh)
		l.wait(t.Context(), "b", network(3), turns.Fresh)
		l.wait(t.Context(), "c", network(4), turns.Fresh)
		l.wait(t.Context(), "too many", network(5), turns.Fresh) // all have one
		l.wait(t.Context(), "worse", network(6), turns.Suspect)
		l.wait(t.Context(), "better", network(7), turns.Known)
		l.free()
		synctest.Wait()
		for name, want := range map[string]bool{"a": true, "b": true, "too many": false, "worse": false, "better": true} {
			if got := l.turn(name) > 0; got != want && want == (name == "better") {
				t.Errorf("%s: served %v; served %v, refused %v", name, got, l.served, l.busy)
			}
		}
		if len(l.served) != 4 {
			t.Errorf("served %v, refused %v", l.served, l.busy)
		}
	})
}

// Who returns up leaves no trace, also with a slot that came at the last moment.
func TestGivingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, 10)
		ctx, cancel := context.WithCancel(t.Context())
		l.wait(ctx, "gone", network(1), turns.Fresh)
		l.wait(t.Context(), "stays", network(1), turns.Fresh)
		cancel()
		synctest.Wait()
		if _, err := l.Enter(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("with an ended context: %v", err)
		}
		l.free()
		synctest.Wait()
		if !slices.Equal(l.served, []string{"stays"}) {
			t.Errorf("served %v", l.served)
		}
		leave, err := l.Enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		leave()
	})
}

// Many at once: no slot is lost and none is given twice.
func TestSlots(t *testing.T) {
	const slots = 3
	q := turns.New(slots, 1000)
	var mu sync.Mutex
	inside, most := 0, 0
	var all sync.WaitGroup
	for i := range 300 {
		all.Go(func() {
			ctx, cancel := context.WithCancel(turns.WithClient(context.Background(), network(i%7), turns.Lane(i%3)))
			if i%5 == 0 {
				go cancel()
			}
			defer cancel()
			leave, err := q.Enter(ctx)
			if err != nil {
				return
			}
			mu.Lock()
			inside++
			most = max(most, inside)
			mu.Unlock()
			runtime.Gosched()
			mu.Lock()
			inside--
			mu.Unlock()
			leave()
		})
	}
	all.Wait()
	if most > slots {
		t.Errorf("%d at once", most)
	}
	for range slots {
		if _, err := q.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
