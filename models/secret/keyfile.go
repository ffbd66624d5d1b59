package secret

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"keywicket/models/wholefile"
)

// ErrKeyFileMode means that users other than its owner can read a key file.
var ErrKeyFileMode = errors.New("the key file may be read by others")

const maxKeyFile = 1 << 20

// LoadKeyringFile loads a ring from a file that only its owner can read. The error matches fs.ErrNotExist for a missing
// file, ErrKeyFileMode for a file with wider permissions, and ErrBadKeyring for a damaged one.
func LoadKeyringFile(path string) (*Keyring, error) {
	f, err := os.Open(path) //nolint:gosec // the path comes from the admin
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("master key: %s: %w: it is no regular file", path, ErrBadKeyring)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("master key: %s: %w", path, ErrKeyFileMode)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	k, err := ParseKeyring(text)
	if err != nil {
		return nil, fmt.Errorf("master key: %s: %w", path, err)
	}
	return k, nil
}

// CreateKeyringFile creates a ring of one new master key and writes it to a new file of mode 0600. It returns
// fs.ErrExist if the file exists. When it returns, the file is on the disk.
func CreateKeyringFile(path string) (*Keyring, error) {
	k, err := NewKeyring(rand.Reader)
	if err != nil {
		return nil, err
	}
	if err := createFile(path, k.Marshal()); err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	return k, nil
}

func createFile(path string, text []byte) (err error) {
	f, err := wholefile.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Discard()) }()
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Commit()
}

// disk holds the functions that replace a key file. Tests add delays and faults.
type disk struct {
	lock   func(ctx context.Context, path string, waiting func()) (release func() error, err error)
	sync   func(f *os.File) error
	rename func(from, to string) error
}

func realDisk() disk {
	return disk{lock: lockFolder, sync: (*os.File).Sync, rename: os.Rename}
}

// save atomically replaces the file with the ring: after a crash it holds either the former ring or the new one. The
// file keeps its owner and mode, so that a server of another user can still read it. The caller holds the lock. path
// must not be a link.
func (d disk) save(path string, k *Keyring) error {
	tmp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new")
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) { // left by an interrupted save
		return fmt.Errorf("master key: %w", err)
	}
	err := d.writeAs(path, tmp, k.Marshal())
	if err == nil {
		err = d.rename(tmp, path)
	}
	if err != nil {
		_ = os.Remove(tmp) // not created, or incomplete
		return fmt.Errorf("master key: %w", err)
	}
	return d.syncFolder(path)
}

// writeAs writes text to the new file tmp, with the owner and mode of path, and syncs it to the disk.
func (d disk) writeAs(path, tmp string, text []byte) error {
	like, err := os.Stat(path)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the path comes from the admin
	if err != nil {
		return err
	}
	err = errors.Join(keepOwner(f, like), f.Chmod(like.Mode().Perm()))
	if err == nil {
		_, err = f.Write(text)
	}
	if err == nil {
		err = d.sync(f)
	}
	return errors.Join(err, f.Close())
}

// keepOwner changes the owner of f to that of like, or fails. It ignores a group that this user is not in: no key file
// is open to a group.
func keepOwner(f *os.File, like fs.FileInfo) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	was, okWas := like.Sys().(*syscall.Stat_t)
	is, okIs := info.Sys().(*syscall.Stat_t)
	if !okWas || !okIs || was.Uid == is.Uid && was.Gid == is.Gid {
		return nil
	}
	err = f.Chown(int(was.Uid), int(was.Gid))
	if was.Uid == is.Uid {
		return nil
	}
	return err
}

// lockPause is the time between two attempts to get a lock that another process holds.
const lockPause = 5 * time.Millisecond

// lockFolder locks the folder of path for this process. If another process has the lock, it calls waiting once and
// waits until it gets the lock or ctx ends. It locks the folder itself, because a lock file would belong to the user
// who created it first.
func lockFolder(ctx context.Context, path string, waiting func()) (release func() error, err error) {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("master key: %w", err)
	}
	for try := 0; ; try++ {
		err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) // #nosec G115 -- descriptors are small
		if err == nil {
			return d.Close, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("master key: lock its folder: %w", err), d.Close())
		}
		if try == 0 {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), d.Close())
		case <-time.After(lockPause):
		}
	}
}

// syncFolder syncs path's folder, so that a new name in it survives a power cut.
func (d disk) syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	if err := errors.Join(d.sync(folder), folder.Close()); err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	return nil
}
