package store

import (
	"context"
	"strconv"

	"keywicket/models"
)

// RecordAudit writes a row of the audit that belongs to no change.
func (s *Store) RecordAudit(ctx context.Context, row models.AuditRow) error {
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		t.record(row)
		return nil
	})
}

// Beginning returns options with which writers begin as the driver's _txlock says, for tests that must notice it.
func Beginning(o Options, txlock string) Options {
	o.begin = txlock
	return o
}

// quick is a hasher that makes no effort.
type quick struct{}

// HashLike returns the same for everything.
func (quick) HashLike(context.Context, string, string) (string, error) { return "$argon2id$quick", nil }

// HashQuickly takes the slow hash out of tests that are about something else.
func (s *Store) HashQuickly() { s.passwords = quick{} }

// LimitPages lets the database grow no further than to so many pages, as a
// full disk would.
func (s *Store) LimitPages(n int) error {
	return s.wdb.Exec("PRAGMA max_page_count = " + strconv.Itoa(n)).Error
}

// Moments is moments, for tests.
func Moments() map[string][]string { return moments() }

// Terms is terms, for tests.
func Terms() map[string]string { return terms() }
