package store

import (
	"errors"

	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"

	"keywicket/models"
)

// Refusals of Open. Their words say what to do.
var (
	ErrMasterKeyMissing = errors.New("the master key is missing, and the database holds values that only it can open: " +
		"put the master.key file back from where you keep it, or name it with --master-key-file")
	ErrWrongMasterKey = errors.New("the master key is not the one that sealed this database: " +
		"start with the master key that belongs to it")
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

// fault turns what a database operation gave into what callers may see: a
// refusal stays as it is, and a database that is busy or ill is unavailable.
func fault(err error) error {
	if err == nil {
		return nil
	}
	var refusal *models.Error
	if errors.As(err, &refusal) {
		return err
	}
	var sq sqlite3.Error
	if errors.As(err, &sq) {
		switch sq.Code {
		case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrReadonly, sqlite3.ErrCantOpen:
			return models.Refuse(models.CodeUnavailable, "", "errors.unavailable").Because(err)
		}
	}
	return err
}

// orNotFound turns "no such row" into the refusal with the words of key.
func orNotFound(err error, key string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return models.Refuse(models.CodeNotFound, "", key)
	}
	return err
}

// isBusy reports whether err is another process's lock.
func isBusy(err error) bool {
	var sq sqlite3.Error
	return errors.As(err, &sq) && sq.Code == sqlite3.ErrBusy
}

// isDuplicate reports whether err is a broken unique index.
func isDuplicate(err error) bool {
	var sq sqlite3.Error
	return errors.As(err, &sq) &&
		(sq.ExtendedCode == sqlite3.ErrConstraintUnique || sq.ExtendedCode == sqlite3.ErrConstraintPrimaryKey)
}
