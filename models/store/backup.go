package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"keywicket/models"
)

// Backup writes a copy of the database as it is now into a new file, readable
// by its owner alone, beside writers. Sealed values stay sealed: the master
// key is not in it. A file that exists is refused, and a failed backup leaves
// none.
func (s *Store) Backup(ctx context.Context, file string) (err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- the admin names it
	switch {
	case errors.Is(err, os.ErrExist):
		return models.Errorf(models.CodeConflict, "file", "errors.backup.exists").Because(err)
	case err != nil:
		return fmt.Errorf("backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("backup: %w", errors.Join(err, os.Remove(file)))
		}
	}()
	if err := f.Close(); err != nil {
		return err
	}
	// A connection of its own: neither writers nor readers wait for it.
	db := openPool(newConnector(s.path, settings{txlock: "deferred", synchronous: "FULL"}), 1)
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", file)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return syncFile(file)
}

// syncFile puts the file and its name on disk.
func syncFile(file string) error {
	for _, name := range []string{file, filepath.Dir(file)} {
		f, err := os.Open(name) // #nosec G304 -- the admin names it
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Checkpoint moves the write-ahead log into the database's file.
func (s *Store) Checkpoint(ctx context.Context) error {
	return fault(s.wdb.WithContext(ctx).Exec("PRAGMA wal_checkpoint(TRUNCATE)").Error)
}
