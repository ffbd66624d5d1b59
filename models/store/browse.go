package store

import (
	"context"
	"database/sql"
	"sync"

	"gorm.io/gorm"

	"keywicket/models"
)

// How many lists one person reads at once, and how many may wait for that. An
// action answers with a list too, so a person who presses in many windows must
// fit in; who waits costs a connection and no work.
const (
	listsAtOnce  = 2
	listsWaiting = 200
)

// browse runs fn on one unchanging picture of the database, for a list that
// may take long. Lists have connections of their own, and each person has a
// share of them: whoever opens many waits for themselves. One too many is a
// CodeTooMany.
func (s *Store) browse(ctx context.Context, who models.Actor, fn func(*gorm.DB) error) error {
	leave, err := s.turns.enter(ctx, who.UserID)
	if err != nil {
		return classify(err)
	}
	defer leave()
	return classify(s.ldb.WithContext(ctx).Transaction(fn, &sql.TxOptions{ReadOnly: true}))
}

// turns are the shares of the people who read lists now. The zero value is
// ready; it is safe for concurrent use.
type turns struct {
	mu sync.Mutex
	of map[int64]*turn
}

// turn is one person's share.
type turn struct {
	places chan struct{}
	inside int // reading or waiting; the share is forgotten when there is none
}

// enter waits for a place of the person's, and returns what gives it back.
func (t *turns) enter(ctx context.Context, userID int64) (leave func(), err error) {
	own, err := t.join(userID)
	if err != nil {
		return nil, err
	}
	select {
	case own.places <- struct{}{}:
		return func() {
			<-own.places
			t.quit(userID)
		}, nil
	case <-ctx.Done():
		t.quit(userID)
		return nil, ctx.Err()
	}
}

func (t *turns) join(userID int64) (*turn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := t.of[userID]
	if own == nil {
		own = &turn{places: make(chan struct{}, listsAtOnce)}
		if t.of == nil {
			t.of = map[int64]*turn{}
		}
		t.of[userID] = own
	}
	if own.inside >= listsAtOnce+listsWaiting {
		return nil, models.Refuse(models.CodeTooMany, "", "errors.lists.too_many")
	}
	own.inside++
	return own, nil
}

func (t *turns) quit(userID int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of[userID].inside--; t.of[userID].inside == 0 {
		delete(t.of, userID)
	}
}
