package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"keywicket/models/secret"
	"keywicket/models/store"
	"keywicket/models/store/sqlite"
)

// databaseName is the name of the database file in the data folder.
const databaseName = "keywicket.db"

// opening is how a command opens the data folder.
type opening struct {
	create bool             // create the folder, the database and the master key if missing
	lock   bool             // be its only server
	now    func() time.Time // nil: the system's clock
}

// openStore opens the data folder that the settings name.
func openStore(ctx context.Context, s settings, o opening) (*store.Store, error) {
	file := filepath.Join(s.data, databaseName)
	if o.create {
		if err := makeDataFolder(s.data); err != nil {
			return nil, err
		}
	} else if _, err := os.Stat(file); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, userError{what: fmt.Sprintf("There is no database in %s.", s.data), do: "Set --data to the data folder, or start keywicket once to create it."}
		}
		return nil, err
	}
	if info, err := os.Stat(s.data); o.create && err == nil && info.Mode().Perm()&0o077 != 0 {
		s.log.WarnContext(ctx, "other users of this machine can access the data folder: run chmod 700 on it", "folder", s.data)
	}
	opts := store.Options{Path: file, Log: s.log, Lock: o.lock, Now: o.now}
	if o.create {
		opts.NewBox = s.createBox
	}
	var err error
	if opts.Box, err = s.openBox(); err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, opts)
	if opts.Box != nil || !errors.Is(err, store.ErrMasterKeyMissing) {
		return st, err
	}
	// Another process may have just created the database and its master key.
	box, boxErr := s.openBox()
	if box == nil {
		return nil, errors.Join(err, boxErr)
	}
	opts.Box = box
	return store.Open(ctx, opts)
}

// makeDataFolder creates the folder for its owner only, if it is missing, and checks that it is writable.
func makeDataFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("%w: %w", sqlite.ErrNotWritable, err)
	}
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return fmt.Errorf("%w: %w", sqlite.ErrNotWritable, err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// openBox returns the master keys, or nil if their file does not exist.
func (s settings) openBox() (*secret.Box, error) {
	if s.masterKey != "" {
		ring, err := secret.ParseKeyring([]byte(s.masterKey))
		if err != nil {
			return nil, err
		}
		return secret.NewBox("", ring), nil
	}
	ring, err := secret.LoadKeyringFile(s.masterKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // no file yet is an answer: the store decides what it means
	}
	if err != nil {
		return nil, err
	}
	return secret.NewBox(s.masterKeyFile, ring), nil
}

// createBox creates the master key of a new installation.
func (s settings) createBox() (*secret.Box, error) {
	ring, err := secret.CreateKeyringFile(s.masterKeyFile)
	if err != nil {
		return nil, err
	}
	s.log.Info("created the master key: keep a copy of it, apart from the backups", "file", s.masterKeyFile)
	return secret.NewBox(s.masterKeyFile, ring), nil
}
