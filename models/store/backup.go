package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"keywicket/models"
	"keywicket/models/wholefile"
)

// Backup writes a copy of the database as it is now into a new file, readable
// by its owner alone, beside writers. Sealed values stay sealed: the master
// key is not in it. A file that exists is refused. The file is there when the
// backup is whole, and not before.
func (s *Store) Backup(ctx context.Context, file string) (err error) {
	f, err := wholefile.Create(file)
	if err != nil {
		return backupFault(err)
	}
	defer func() {
		_ = os.Remove(f.Name() + "-journal") // SQLite leaves it where a write failed
		err = errors.Join(err, f.Discard())
	}()
	// A connection of its own: neither writers nor readers wait for it.
	db := openPool(newConnector(s.path, settings{txlock: "deferred", synchronous: "FULL"}), 1)
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", f.Name())
	if err := errors.Join(err, db.Close()); err != nil {
		return backupFault(err)
	}
	return backupFault(f.Commit())
}

func backupFault(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return models.Refuse(models.CodeConflict, "file", "errors.backup.exists").Because(err)
	default:
		return fmt.Errorf("backup: %w", err)
	}
}

// Checkpoint moves the write-ahead log into the database's file.
func (s *Store) Checkpoint(ctx context.Context) error {
	return fault(s.wdb.WithContext(ctx).Exec("PRAGMA wal_checkpoint(TRUNCATE)").Error)
}
