package secret

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Errors of a rotation.
var (
	// ErrNoKeyFile is the refusal to change a ring that came from the environment.
	ErrNoKeyFile = errors.New("the master key is not in a file and cannot be changed here")
	// ErrUnfinished means that the new master key seals, but that values are
	// left which a retired one sealed. Another rotation takes them over.
	ErrUnfinished = errors.New("not everything is sealed with the new master key yet")
)

// Box is a Keyring for a program that runs: safe for concurrent use, and it
// follows its file when another process rotates the master key.
type Box struct {
	path string
	disk disk

	mu   sync.RWMutex
	ring *Keyring
	info os.FileInfo // of the file when it was read; nil before the first look
}

// NewBox makes a Box of a ring. path is its file, or "" for a ring that came
// from elsewhere; then nothing is ever reloaded or saved.
func NewBox(path string, k *Keyring) *Box {
	return &Box{path: path, ring: k, disk: realDisk()}
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

// ActiveID returns the id of the master key that seals.
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

// Rotation is what a change of the master key is to the owner of the values.
type Rotation struct {
	// Check refuses a ring of these ids that lacks a master key in use.
	Check func(ids []string) error
	// Reseal seals everything with the new master key.
	Reseal func(ctx context.Context) error
	// Waiting is called when another process rotates the same file.
	Waiting func()
}

// Rotate makes a new active master key, saves the ring, and has everything
// sealed anew. No other process rotates the same file meanwhile. The ring that
// it saves holds every master key of the file and of b. An error other than
// ErrUnfinished means that the former master key still seals.
func (b *Box) Rotate(ctx context.Context, r Rotation) (err error) {
	if b.path == "" {
		return ErrNoKeyFile
	}
	path, err := filepath.EvalSymlinks(b.path)
	if err != nil {
		return fmt.Errorf("master key: %w", err)
	}
	release, err := b.disk.lock(ctx, path, r.Waiting)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := b.replace(path, r.Check); err != nil {
		return err
	}
	if err := r.Reseal(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrUnfinished, err)
	}
	return nil
}

// replace saves the ring of the file with one more master key, which seals from
// then on. Servers read the file at any time, so the key is on the disk before
// the first of them can seal with it.
func (b *Box) replace(path string, check func(ids []string) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	next, err := LoadKeyringFile(path)
	if err != nil {
		return err
	}
	next.adopt(b.ring)
	if err := check(next.IDs()); err != nil {
		return err
	}
	id, err := next.add(rand.Reader)
	if err != nil {
		return err
	}
	if err := b.disk.save(path, next); err != nil {
		return err
	}
	next.activate(id)
	if err := errors.Join(b.disk.save(path, next), b.load()); err != nil {
		return fmt.Errorf("%w: %w", ErrUnfinished, err)
	}
	return nil
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
