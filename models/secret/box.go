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

// Errors of Reseal.
var (
	// ErrNoKeyFile is the refusal to change a ring that came from the environment.
	ErrNoKeyFile = errors.New("the master key is not in a file and cannot be changed here")
	// ErrUnfinished means that the new master key is active, but a retired one
	// still seals some values. Another Reseal finishes the work.
	ErrUnfinished = errors.New("not everything is sealed with the new master key yet")
)

// Box is a Keyring for a running program. It is safe for concurrent use, and
// reloads its file when another process changes the master key.
type Box struct {
	path string
	disk disk

	mu   sync.RWMutex
	ring *Keyring
	info os.FileInfo // of the file when it was loaded; nil before that
}

// NewBox returns a Box for a ring. path is the ring's file. With "" nothing is
// ever reloaded or saved.
func NewBox(path string, k *Keyring) *Box {
	return &Box{path: path, ring: k, disk: realDisk()}
}

// Seal encrypts with the active master key. It checks the file first: a value
// sealed with a key that another process has just retired would not be
// resealed.
func (b *Box) Seal(plain, aad []byte) (kekID string, sealed []byte, err error) {
	if err := b.follow(); err != nil {
		return "", nil, err
	}
	return b.current().Seal(plain, aad)
}

// Open decrypts a sealed value. It reloads the file if the master key is
// unknown. It returns ErrUnknownKEK or ErrWrongKey when the value does not open.
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

// ActiveID returns the id of the active master key.
func (b *Box) ActiveID() string { return b.current().ActiveID() }

// IDs returns the ids of the master keys, the active one first.
func (b *Box) IDs() []string { return b.current().IDs() }

// Reload loads the file again. After an error the former ring stays.
func (b *Box) Reload() error {
	if b.path == "" {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.load()
}

// Resealing holds the callbacks of Reseal.
type Resealing struct {
	// Check returns an error if ids lacks a master key in use.
	Check func(ids []string) error
	// Reseal seals every value with the new master key.
	Reseal func(ctx context.Context) error
	// Waiting is called when another process is resealing with the same file.
	Waiting func()
}

// Reseal creates a new active master key, saves the ring, and calls r.Reseal. It
// locks out other processes that reseal with the same file. The saved ring holds
// every master key of the file and of b. After an error other than
// ErrUnfinished, the former master key is still active.
func (b *Box) Reseal(ctx context.Context, r Resealing) (err error) {
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

// replace adds a master key to the file's ring and makes it active. It saves the
// ring twice: servers read the file at any time, so the key is on the disk
// before any of them can seal with it.
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

// follow reloads the file if it has changed since it was last read.
func (b *Box) follow() error {
	if b.path == "" {
		return nil
	}
	info, err := os.Stat(b.path)
	if err != nil {
		return nil // the file was removed while the program runs; its keys still work
	}
	b.mu.RLock()
	same := b.info != nil && os.SameFile(info, b.info) && info.ModTime().Equal(b.info.ModTime()) && info.Size() == b.info.Size()
	b.mu.RUnlock()
	if same {
		return nil
	}
	return b.Reload()
}

// load loads the file. The caller holds mu.
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
