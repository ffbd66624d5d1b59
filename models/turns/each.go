package turns

import (
	"context"
	"sync"
)

// Each limits how many requests of one client run at once. Every client has as many slots as every other. Create one with
// NewEach. It is safe for concurrent use.
type Each[K comparable] struct {
	slots, most int

	mu sync.Mutex
	of map[K]*share
}

// share is the state of one client.
type share struct {
	turns  *Turns
	inside int // in a slot or waiting; the share is forgotten when there is none
}

// NewEach returns an Each in which every client has slots, at least one, for which at most most of its requests wait.
func NewEach[K comparable](slots, most int) *Each[K] {
	return &Each[K]{slots: slots, most: most, of: map[K]*share{}}
}

// Enter waits for a slot of the client's and returns what releases it. The error is ErrBusy when too many of the
// client's requests wait, or the context's.
func (e *Each[K]) Enter(ctx context.Context, client K) (leave func(), err error) {
	leaveSlot, err := e.join(client).Enter(ctx)
	if err != nil {
		e.quit(client)
		return nil, err
	}
	return sync.OnceFunc(func() {
		leaveSlot()
		e.quit(client)
	}), nil
}

func (e *Each[K]) join(client K) *Turns {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.of[client]
	if s == nil {
		s = &share{turns: New(e.slots, e.most)}
		e.of[client] = s
	}
	s.inside++
	return s.turns
}

func (e *Each[K]) quit(client K) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.of[client].inside--; e.of[client].inside == 0 {
		delete(e.of, client)
	}
}
