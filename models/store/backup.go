package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"keywicket/models"
)

// Backup writes a copy of the database as it is now into a new file, readable by its owner alone, while others write.
// Sealed values stay sealed: the copy does not hold the master key. A file that exists is CodeConflict. The file
// appears when the copy is complete, and not before.
func (s *Store) Backup(ctx context.Context, file string) error {
	err := s.db.Backup(ctx, file)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return models.Refuse(models.CodeConflict, "file", "errors.backup.exists").Because(err)
	default:
		return fmt.Errorf("backup: %w", err)
	}
}

// Checkpoint moves what the database keeps beside its file into the file.
func (s *Store) Checkpoint(ctx context.Context) error { return classify(s.db.Checkpoint(ctx)) }

// CheckIntegrity searches the whole database for damage, and returns what it found; "" is an undamaged database.
func (s *Store) CheckIntegrity(ctx context.Context) (string, error) {
	found, err := s.db.CheckIntegrity(ctx)
	return found, classify(err)
}
