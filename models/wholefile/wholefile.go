// Package wholefile creates files that appear under their name only when they are complete, even if the program or the
// machine crashes.
package wholefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// File is a file that is being written. Until Commit it has another name in the same folder. Only its owner can read
// it.
type File struct {
	*os.File
	path string
	done bool
}

// Create starts to write the file path. It returns fs.ErrExist if the file exists. End with Commit or Discard.
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

// Commit syncs the file to the disk and renames it to its path. It returns fs.ErrExist if a file has appeared there
// meanwhile. After an error the file keeps its temporary name; call Discard.
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

// Discard removes the file, unless Commit has succeeded.
func (f *File) Discard() error {
	if f.done {
		return nil
	}
	_ = f.Close() // what it holds is not wanted
	return os.Remove(f.Name())
}

// moveNew renames a file. It never replaces an existing one.
func moveNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) { // the file system does not support it
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

// syncFolder syncs the folder of path, so that the file's name survives a power cut.
func syncFolder(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
