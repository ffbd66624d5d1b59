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
)

// explain turns an error into words for the person at the terminal.
func explain(ctx context.Context, err error) error {
	if r := new(refusal); errors.As(err, r) {
		return err
	}
	for _, known := range []struct {
		cause    error
		what, do string
	}{
		{store.ErrMasterKeyMissing, "The master key is missing, and the database holds values that only it can open.",
			"Put the master.key file back from where you keep it, or name it with --master-key-file. A new one cannot open the old values."},
		{store.ErrWrongMasterKey, "The master key is not the one that sealed this database.",
			"Start with the master key that belongs to it: --master-key-file, or " + envMasterKey + "."},
		{store.ErrNewerDatabase, "The database was migrated by a newer Keywicket than this one.",
			"Start that version or a later one, or restore a backup from before the upgrade."},
		{store.ErrSecondServer, "Another Keywicket server uses this data folder.",
			"Stop it first, or start this one with another --data."},
		{store.ErrOldSQLite, "The SQLite in this binary is older than 3.51.3, which has a bug that can corrupt databases.",
			"Use a release binary, or build with a newer github.com/mattn/go-sqlite3."},
		{store.ErrNotDurable, "The database cannot keep what it acknowledges: its durability settings are not in force.",
			"Put --data on a local disk that supports SQLite's write-ahead log; network file systems do not."},
		{store.ErrNotWritable, "The data folder, or the database in it, cannot be written.",
			"Give it to the user that Keywicket runs as, or name another folder with --data."},
		{secret.ErrKeyFileMode, "The master key file may be read by other users of this machine.",
			"Run chmod 600 on it, and rotate the master key if others may have read it."},
		{secret.ErrBadKeyring, "The master key is damaged, or is no master key.",
			"Put it back from where you keep it: --master-key-file, or " + envMasterKey + "."},
		{secret.ErrUnknownKEK, "The master key file lacks a master key that sealed values of this database.",
			"Put the line of that key back from an older copy of the file. Keys whose values cannot be brought back can be deleted in the console."},
		{context.Canceled, "The command was told to end before its work was done.",
			"A change is made whole or not at all: run the command again."},
		{syscall.ENOSPC, "The disk is full.", "Make room, and start again."},
		{fs.ErrPermission, "This user may not read or write a file that is needed.", "Check who owns it, or run as the user that Keywicket runs as."},
	} {
		if errors.Is(err, known.cause) {
			return refusal{what: known.what, do: known.do, cause: detail(err, known.cause)}
		}
	}
	var sq sqlite3.Error
	if errors.As(err, &sq) && (sq.Code == sqlite3.ErrNotADB || sq.Code == sqlite3.ErrCorrupt) {
		return refusal{what: "The database is damaged, or is no database.", do: "Put a backup in its place, and keep the damaged file for whoever looks into it.", cause: err}
	}
	var m *models.Error
	if errors.As(err, &m) {
		return refusal{what: words(ctx, m)}
	}
	return err
}

// detail keeps the cause only where it says more than the sentinel does.
func detail(err, sentinel error) error {
	text := strings.TrimSpace(strings.ReplaceAll(err.Error(), sentinel.Error(), ""))
	text = strings.Trim(text, ": ")
	text = strings.TrimSuffix(strings.TrimPrefix(text, "("), ")")
	if text == "" {
		return nil
	}
	return errors.New(text)
}
