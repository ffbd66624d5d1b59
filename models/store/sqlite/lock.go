package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// fileLock is an advisory lock that the kernel releases when the process ends, however it ends.
type fileLock struct{ file *os.File }

// lockFile takes the lock, or returns ErrSecondServer when another process has it. Releasing the lock leaves the file:
// removing it would let two processes lock two files of the same name.
func lockFile(path string) (*fileLock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // #nosec G304 -- the admin's own data folder
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotWritable, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) // #nosec G115 -- descriptors are small
	if err == nil {
		return &fileLock{file: f}, nil
	}
	closeErr := f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrSecondServer
	}
	return nil, errors.Join(err, closeErr)
}

// lockPatience is how long a server waits for the lock of its data. Served, in another process, can hold it for a
// moment.
const lockPatience = 200 * time.Millisecond

// Served reports whether a server uses the database at path. It returns false if there is none.
func Served(path string) (bool, error) {
	path, err := filepath.EvalSymlinks(path)
	if err == nil {
		err = lockIsFree(path + ".lock")
	}
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	default:
		return false, err
	}
}

// lockIsFree takes the lock for a moment, together with others who do so. It returns EWOULDBLOCK when a process has it.
func lockIsFree(path string) error {
	f, err := os.Open(path) // #nosec G304 -- the admin's own data folder
	if err != nil {
		return err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) // #nosec G115 -- descriptors are small
	return errors.Join(err, f.Close())
}

// lockFileWithin waits for the lock for at most patience.
func lockFileWithin(ctx context.Context, path string, patience time.Duration) (*fileLock, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		l, err := lockFile(path)
		if !errors.Is(err, ErrSecondServer) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (l *fileLock) release() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}
