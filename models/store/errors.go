package store

import (
	"errors"

	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/store/sqlite"
)

// Refusals of Open, beside those of the database. Their words say what to do.
var (
	ErrMasterKeyMissing = errors.New("the master key is missing, and the database holds values that only it can open: " +
		"put the master.key file back from where you keep it, or name it with --master-key-file")
	ErrWrongMasterKey = errors.New("the master key is not the one that sealed this database: " +
		"start with the master key that belongs to it")
)

// classify turns the error of a database operation into what callers may see. A refusal stays as it is, a fault that
// can pass becomes CodeUnavailable, and every other error is returned unchanged.
func classify(err error) error {
	var refusal *models.Error
	if errors.As(err, &refusal) || !sqlite.IsUnavailable(err) {
		return err
	}
	return models.Refuse(models.CodeUnavailable, "", "errors.unavailable").Because(err)
}

// orNotFound turns "no such row" into a CodeNotFound with the words of key.
func orNotFound(err error, key string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return models.Refuse(models.CodeNotFound, "", key)
	}
	return err
}
