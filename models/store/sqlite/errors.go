package sqlite

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mattn/go-sqlite3"
)

// Refusals of Open. Their words say what to do.
var (
	ErrNewerDatabase = errors.New("the database was migrated by a newer Keywicket: " +
		"start that version or a later one, or restore a backup from before the upgrade")
	ErrSecondServer = errors.New("another Keywicket server uses this database: " +
		"stop it first, or start this one with another data folder")
	ErrOldSQLite = errors.New("the SQLite in this binary is older than 3.51.3, which has a bug that can corrupt databases: " +
		"build with a newer github.com/mattn/go-sqlite3")
	ErrNotDurable = errors.New("the database cannot keep what it acknowledges: " +
		"put it on a local disk that supports SQLite's write-ahead log")
	ErrNotWritable = errors.New("the data folder or the database in it cannot be written: " +
		"give it to the user that Keywicket runs as, or name another folder")
)

// WithReason returns err, wrapped in ErrNotWritable where SQLite may not write the file.
func WithReason(err error) error {
	if hasCode(err, sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm) {
		return fmt.Errorf("%w: %w", ErrNotWritable, err)
	}
	return err
}

// IsUnavailable reports whether err is a fault that can pass: the database is busy, its disk is full, or its file
// cannot be reached.
func IsUnavailable(err error) bool {
	return hasCode(err, sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrReadonly, sqlite3.ErrCantOpen)
}

// IsWriteFault reports whether err shows that the database takes no writes, whatever is written.
func IsWriteFault(err error) bool {
	return hasCode(err, sqlite3.ErrBusy, sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrReadonly, sqlite3.ErrCantOpen,
		sqlite3.ErrCorrupt, sqlite3.ErrNotADB)
}

// IsBusy reports whether err is the lock of another process.
func IsBusy(err error) bool { return hasCode(err, sqlite3.ErrBusy) }

// IsDuplicate reports whether err is a value that a unique index or a primary key has already.
func IsDuplicate(err error) bool {
	var sq sqlite3.Error
	return errors.As(err, &sq) &&
		(sq.ExtendedCode == sqlite3.ErrConstraintUnique || sq.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
}

func hasCode(err error, codes ...sqlite3.ErrNo) bool {
	var sq sqlite3.Error
	return errors.As(err, &sq) && slices.Contains(codes, sq.Code)
}
