package main

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store"
	"keywicket/models/store/sqlite"
)

// explain returns err as a userError, if it is known what to do about it, and err itself otherwise.
func explain(ctx context.Context, err error) error {
	if r := new(userError); errors.As(err, r) {
		return err
	}
	for _, known := range []struct {
		cause    error
		what, do string
	}{
		{store.ErrMasterKeyMissing, "The master key is missing, and the database contains values that only it can open.",
			"Restore the master.key file from your copy, or set --master-key-file. A new master key cannot open these values."},
		{store.ErrWrongMasterKey, "The master key is not the one that sealed this database.",
			"Set --master-key-file or " + envMasterKey + " to the right one."},
		{sqlite.ErrNewerDatabase, "A newer version of Keywicket has migrated the database.",
			"Start that version or a later one, or restore a backup from before the upgrade."},
		{sqlite.ErrSecondServer, "Another Keywicket server uses this data folder.",
			"Stop that server first, or set another --data folder."},
		{sqlite.ErrOldSQLite, "The SQLite in this binary is older than 3.51.3 and can corrupt databases.",
			"Use a release binary, or build with a newer github.com/mattn/go-sqlite3."},
		{sqlite.ErrNotDurable, "The database could lose committed changes: its durability settings are not in effect.",
			"Move the --data folder to a local disk. Network file systems do not support SQLite's write-ahead log."},
		{sqlite.ErrNotWritable, "The data folder or its database cannot be written.",
			"Make it writable for the user of Keywicket, or set another --data folder."},
		{secret.ErrKeyFileMode, "Other users of this machine can read the master key file.",
			"Run chmod 600 on it. If others may have read it, rotate the master key."},
		{secret.ErrBadKeyring, "The master key is damaged or invalid.",
			"Restore it from your copy: --master-key-file or " + envMasterKey + "."},
		{secret.ErrUnknownKEK, "The master key file lacks a master key that sealed values of this database.",
			"Restore the line of that master key from an older copy of the file. If there is none, delete the keys in the console whose values are lost."},
		{context.Canceled, "The command was interrupted before it finished.",
			"It leaves no change half done: run it again."},
		{syscall.ENOSPC, "The disk is full.", "Free some space, and start again."},
		{fs.ErrPermission, "This user is not permitted to read or write a required file.", "Check its owner and mode, or run as the user of Keywicket."},
	} {
		if errors.Is(err, known.cause) {
			return userError{what: known.what, do: known.do, cause: detail(err, known.cause)}
		}
	}
	var sq sqlite3.Error
	if errors.As(err, &sq) && (sq.Code == sqlite3.ErrNotADB || sq.Code == sqlite3.ErrCorrupt) {
		return userError{what: "The database is damaged or is not a database.", do: "Replace it with a backup. Keep the damaged file for analysis.", cause: err}
	}
	var m *models.Error
	if errors.As(err, &m) {
		return userError{what: inEnglish(ctx, m)}
	}
	return err
}

// detail returns what err says besides the sentinel, or nil for nothing.
func detail(err, sentinel error) error {
	text := strings.TrimSpace(strings.ReplaceAll(err.Error(), sentinel.Error(), ""))
	text = strings.Trim(text, ": ")
	text = strings.TrimSuffix(strings.TrimPrefix(text, "("), ")")
	if text == "" {
		return nil
	}
	return errors.New(text)
}
