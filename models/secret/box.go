package secret

import (
	"errors"
	"io"
	"os"
	"sync"
)

// ErrNoKeyFile is the refusal to change a ring that came from the
// environment.
var ErrNoKeyFile = errors.New("the master key is not in a file and cannot be changed here")

// Box is a Keyring for a program that runs: safe for concurrent use, and it
// follows its file when another process rotates the master key.
type Box struct {
	path string

	mu   sync.RWMutex
	ring *Keyring
	info os.FileInfo // of the file when it was read; nil before the first look
}

// NewBox makes a Box of a ring. path is its file, or "" for a ring that came
// from elsewhere; then nothing is ever reloaded or saved.
func NewBox(path string, k *Keyring) *Box {
	return &Box{path: path, ring: k}
}

// Seal encrypts with the active master key, the file's as it is now: a value
// sealed under a key that another process has retired would escape its
// re-sealing.
func (b *Box) Seal(plain, aad []byte) (kekID string, sealed []byte, err error) {
	if err := b.follow(); err != nil {
		return "", nil, err
	}
	return b.current().Seal(plain, aad)
}

// Open decrypts what was sealed, and reads the file again when it does not
// know the master key. It refuses with ErrUnknownKEK or ErrWrongKey.
func (b *Box) Open(kekID string, sealed, aad []byte) ([]byte, error) {
	plain, err := b.current().Open(kekID, sealed, aad)
	if !errors.Is(err, ErrUnknownKEK) || b.path == "" {
		return plain, err
	}
	if loadErr := b.Reload(); loadErr != nil {
		return nil, errors.Join(err, loadErr)
	}
	return b.current().Open(kekID, sealed, aad)
}

// ActiveID gives the id of the master key that seals.
func (b *Box) ActiveID() string { return b.current().ActiveID() }

// IDs lists the master keys, the active one first.
func (b *Box) IDs() []string { return b.current().IDs() }

// Reload reads the file again. On an error the former ring stays.
func (b *Box) Reload() error {
	if b.path == "" {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.load()
}

// Rotate makes a new active master key and saves the ring before it is used.
func (b *Box) Rotate(rand io.Reader) error {
	return b.change(func(k *Keyring) error { return k.Rotate(rand) })
}

// Drop forgets a retired master key and saves the ring.
func (b *Box) Drop(id string) error {
	return b.change(func(k *Keyring) error { return k.Drop(id) })
}

// change alters a copy of the file's ring, saves it, and then holds it.
func (b *Box) change(alter func(*Keyring) error) error {
	if b.path == "" {
		return ErrNoKeyFile
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.load(); err != nil {
		return err
	}
	next := b.ring.clone()
	if err := alter(next); err != nil {
		return err
	}
	if err := SaveKeyringFile(b.path, next); err != nil {
		return err
	}
	return b.load()
}

// follow reads the file again if it is another than the one read last.
func (b *Box) follow() error {
	if b.path == "" {
		return nil
	}
	info, err := os.Stat(b.path)
	if err != nil {
		return nil // a file put away while the program runs; its keys are still good
	}
	b.mu.RLock()
	same := b.info != nil && os.SameFile(info, b.info) && info.ModTime().Equal(b.info.ModTime()) && info.Size() == b.info.Size()
	b.mu.RUnlock()
	if same {
		return nil
	}
	return b.Reload()
}

// load reads the file; the caller holds mu.
func (b *Box) load() error {
	info, err := os.Stat(b.path)
	if err != nil {
		return err
	}
	k, err := LoadKeyringFile(b.path)
	if err != nil {
		return err
	}
	b.ring, b.info = k, info
	return nil
}

func (b *Box) current() *Keyring {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.ring
}
