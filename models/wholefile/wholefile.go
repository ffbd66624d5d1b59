// Package wholefile makes new files that are there as a whole or not at all:
// whoever finds a file under its name can rely on it, whatever ended the
// program that made it.
package wholefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// File is a file in the making. It is written under another name, in the folder
// of its own, and is readable by its owner alone.
type File struct {
	*os.File
	path string
	done bool
}

// Create begins the file path. Where there is one already, the error is
// fs.ErrExist. End it with Commit or Discard.
func Create(path string) (*File, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".keywicket-*.part") // of mode 0600
	if err != nil {
		return nil, err
	}
	return &File{File: f, path: path}, nil
}

// Commit puts the file on the disk and then under its name. It never replaces a
// file that came there meanwhile: the error is then fs.ErrExist. With an error
// the file stays under its other name, for Discard.
func (f *File) Commit() error {
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	if err := moveNew(f.Name(), f.path); err != nil {
		return err
	}
	f.done = true
	return syncFolder(f.path)
}

// Discard removes the file unless Commit has put it under its name.
func (f *File) Discard() error {
	if f.done {
		return nil
	}
	_ = f.Close() // what it holds is not wanted
	return os.Remove(f.Name())
}

// moveNew renames a file, and never replaces another one.
func moveNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // not every file system can do that
		if err = os.Link(from, to); err == nil {
			return os.Remove(from)
		}
		return err
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// syncFolder makes the file's name outlive a power cut.
func syncFolder(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
