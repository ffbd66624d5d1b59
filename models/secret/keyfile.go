package secret

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrKeyFileMode means that others than its owner may read a key file.
var ErrKeyFileMode = errors.New("the key file may be read by others")

const maxKeyFile = 1 << 20

// LoadKeyringFile reads a ring from a file that only its owner may read.
// A missing file gives an error that is fs.ErrNotExist, a file with wider
// permissions ErrKeyFileMode, a damaged one ErrBadKeyring.
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

// CreateKeyringFile makes a ring of one new master key and writes it to a
// file of mode 0600 that must not exist yet (else fs.ErrExist). When it
// returns, the file is on the disk.
func CreateKeyringFile(path string) (*Keyring, error) {
	k, err := NewKeyring(rand.Reader)
	if err != nil {
		return nil, err
	}
	tmp, err := writeBeside(path, k.Marshal())
	if err != nil {
		return nil, err
	}
	defer os.Remove(tmp) // gone already after an error
	// A link, unlike a rename, never replaces a key that is there.
	if err := os.Link(tmp, path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("master key: %w", err)
		}
		if err := writeNew(path, k.Marshal()); err != nil { // a file system without links
			return nil, err
		}
	}
	return k, syncDir(path)
}

// SaveKeyringFile replaces the file by the ring in one step: after a crash
// it holds the former ring or the new one, whole.
func SaveKeyringFile(path string, k *Keyring) error {
	tmp, err := writeBeside(path, k.Marshal())
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return errors.Join(fmt.Errorf("master key: %w", err), os.Remove(tmp))
	}
	return syncDir(path)
}

// writeBeside writes text to a new file of mode 0600 in path's folder and
// waits until it is on the disk.
func writeBeside(path string, text []byte) (tmp string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // made with mode 0600
	if err != nil {
		return "", fmt.Errorf("master key: %w", err)
	}
	if err := writeAndSync(f, text); err != nil {
		return "", errors.Join(fmt.Errorf("master key: %w", err), os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// writeNew writes text to a file that does not exist yet.
func writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the path comes from the admin
	if err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	if err := writeAndSync(f, text); err != nil {
		return errors.Join(fmt.Errorf("master key: %w", err), os.Remove(path))
	}
	return nil
}

func writeAndSync(f *os.File, text []byte) error {
	_, err := f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes a new name in path's folder outlive a power loss.
func syncDir(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	return nil
}
