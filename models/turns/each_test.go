package turns

import (
	"context"
	"errors"
	"runtime"
	"testing"
)

// Few requests of a client work at once, the others of theirs wait, and too many are refused. No other client notices.
func TestEachClientHasItsOwnSlots(t *testing.T) {
	const slots, most = 2, 50
	e := NewEach[int](slots, most)
	ctx := t.Context()
	over, cancel := context.WithCancel(ctx)
	var leave []func()
	for range slots {
		l, err := e.Enter(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, l)
	}
	inside := func() int {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.of[1].inside
	}
	gone := make(chan error)
	go func() {
		_, err := e.Enter(over, 1)
		gone <- err
	}()
	for inside() < slots+1 {
		runtime.Gosched()
	}
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("one more did not wait: %v", err)
	}
	other, err := e.Enter(ctx, 2)
	if err != nil {
		t.Fatalf("another client: %v", err)
	}
	other()
	entered := make(chan error, most)
	for range most {
		go func() {
			l, err := e.Enter(ctx, 1)
			if err == nil {
				l()
			}
			entered <- err
		}()
	}
	waiting := func() int {
		e.mu.Lock()
		defer e.mu.Unlock()
		own := e.of[1].turns
		own.mu.Lock()
		defer own.mu.Unlock()
		return own.waiting
	}
	for waiting() < most {
		runtime.Gosched()
	}
	if _, err := e.Enter(ctx, 1); !errors.Is(err, ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	for _, l := range leave {
		l()
	}
	for range most {
		if err := <-entered; err != nil {
			t.Error(err)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.of) != 0 {
		t.Errorf("%d shares are kept of clients that have no request", len(e.of))
	}
}
