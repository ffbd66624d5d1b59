package sqlite

import (
	"context"
	"errors"
	"os"
	"strings"

	"keywicket/models/wholefile"
)

// Backup writes a copy of the database as it is now into a new file, readable by its owner alone, while others write.
// The error is fs.ErrExist where the file exists. The file appears when the copy is complete, and not before.
func (d *DB) Backup(ctx context.Context, file string) (err error) {
	f, err := wholefile.Create(file)
	if err != nil {
		return err
	}
	defer func() {
		_ = os.Remove(f.Name() + "-journal") // SQLite leaves it where a write failed
		err = errors.Join(err, f.Discard())
	}()
	// A connection of its own: neither writers nor readers wait for it.
	db := openPool(newConnector(d.path, settings{txlock: "deferred", synchronous: "FULL"}), 1)
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", f.Name())
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return f.Commit()
}

// Checkpoint moves the write-ahead log into the database's file.
func (d *DB) Checkpoint(ctx context.Context) error {
	return d.Write.WithContext(ctx).Exec("PRAGMA wal_checkpoint(TRUNCATE)").Error
}

// CheckIntegrity has SQLite search the whole file for damage, and returns what it found; "" is an undamaged file.
func (d *DB) CheckIntegrity(ctx context.Context) (string, error) {
	var found []string
	if err := d.Read.WithContext(ctx).Raw("PRAGMA integrity_check").Scan(&found).Error; err != nil {
		return "", err
	}
	if len(found) == 1 && found[0] == "ok" {
		return "", nil
	}
	return strings.Join(found, "; "), nil
}
