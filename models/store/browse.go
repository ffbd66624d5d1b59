package store

import (
	"context"
	"database/sql"
	"errors"

	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/turns"
)

// How many lists one person reads at once, and how many may wait for that. An action answers with a list too, so the
// requests of a person with many windows must fit in; one that waits costs a connection and no work.
const (
	listsAtOnce  = 2
	listsWaiting = 200
)

// browse runs fn on a snapshot of the database, for a list that can take long. Lists have their own connections, and
// each person has a share of them, so a person who opens many waits only for their own. It returns CodeTooMany if too
// many of them wait.
func (s *Store) browse(ctx context.Context, who models.Actor, fn func(*gorm.DB) error) error {
	leave, err := s.lists.Enter(ctx, who.UserID)
	if errors.Is(err, turns.ErrBusy) {
		return models.Refuse(models.CodeTooMany, "", "errors.lists.too_many").Because(err)
	}
	if err != nil {
		return err
	}
	defer leave()
	return classify(s.ldb.WithContext(ctx).Transaction(fn, &sql.TxOptions{ReadOnly: true}))
}
