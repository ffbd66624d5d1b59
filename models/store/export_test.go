package store

import (
	"context"
	"errors"
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

// Breaking returns options with settings that nothing may be started with, for
// tests that must notice them.
func Breaking(o Options, txlock, synchronous, sqlite string) Options {
	o.broken = broken{txlock: txlock, synchronous: synchronous, sqlite: sqlite}
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

// MigrateDownTo takes a database back to the schema of an older version.
func MigrateDownTo(ctx context.Context, path string, version int64) error {
	p, err := migrator(newConnector(path, settings{txlock: "immediate", synchronous: "FULL"}))
	if err != nil {
		return err
	}
	_, err = p.DownTo(ctx, version)
	return errors.Join(err, p.Close())
}

// Moments is moments, for tests.
func Moments() map[string][]string { return moments() }

// Terms is terms, for tests.
func Terms() map[string]string { return terms() }
