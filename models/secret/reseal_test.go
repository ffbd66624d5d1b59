package secret

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// vault stands for a database of sealed values.
type vault struct {
	mu   sync.Mutex
	rows []vaultRow
}

type vaultRow struct {
	kek    string
	sealed []byte
}

const vaultPlain = "what must not be lost"

// put seals one more value.
func (v *vault) put(b *Box) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	kek, sealed, err := b.Seal([]byte(vaultPlain), nil)
	if err == nil {
		v.rows = append(v.rows, vaultRow{kek, sealed})
	}
	return err
}

// resealing seals every value anew, one by one.
func (v *vault) resealing(b *Box, pause func()) Resealing {
	r := quietly()
	r.Check = func([]string) error { pause(); return nil }
	r.Reseal = func(context.Context) error {
		for i := range v.count() {
			pause()
			if err := v.reseal(b, i); err != nil {
				return err
			}
		}
		return nil
	}
	return r
}

func (v *vault) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.rows)
}

func (v *vault) reseal(b *Box, i int) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	plain, err := b.Open(v.rows[i].kek, v.rows[i].sealed, nil)
	if err != nil {
		return err
	}
	v.rows[i].kek, v.rows[i].sealed, err = b.Seal(plain, nil)
	return err
}

// lost counts the values that the file's ring does not open.
func (v *vault) lost(t *testing.T, path string) (n int) {
	t.Helper()
	k := load(t, path)
	for _, r := range v.rows {
		if plain, err := k.Open(r.kek, r.sealed, nil); err != nil || string(plain) != vaultPlain {
			n++
		}
	}
	return n
}

func load(t *testing.T, path string) *Keyring {
	t.Helper()
	k, err := LoadKeyringFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// newVault makes a key file and some values that it seals.
func newVault(t *testing.T) (path string, v *vault) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "master.key")
	k := newTestRing(t)
	if err := os.WriteFile(path, k.Marshal(), 0o600); err != nil {
		t.Fatal(err)
	}
	v = &vault{}
	for range 4 {
		if err := v.put(NewBox(path, k)); err != nil {
			t.Fatal(err)
		}
	}
	return path, v
}

// pause is a delay of a disk that now and then has much to do.
func pause() {
	if rand.IntN(4) == 0 {
		time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond)
	}
}

// slowDisk delays every step between reading the ring and its being in use.
func slowDisk(d disk) disk {
	lock := d.lock
	d.lock = func(ctx context.Context, path string, waiting func()) (func() error, error) {
		pause()
		release, err := lock(ctx, path, waiting)
		pause()
		return release, err
	}
	d.sync = func(*os.File) error { pause(); return nil }
	d.rename = func(from, to string) error {
		pause()
		err := os.Rename(from, to)
		pause()
		return err
	}
	return d
}

// rotateTwice lets two programs rotate at once, beside a server that seals.
func rotateTwice(t *testing.T, path string, v *vault, change func(disk) disk) []error {
	errs := make([]error, 3)
	var work sync.WaitGroup
	for i := range 2 {
		b := NewBox(path, load(t, path))
		b.disk = change(slowDisk(b.disk))
		work.Go(func() { errs[i] = b.Reseal(t.Context(), v.resealing(b, pause)) })
	}
	server := NewBox(path, load(t, path))
	work.Go(func() { pause(); errs[2] = v.put(server) })
	work.Wait()
	return errs
}

// However two rotations and a server meet, every value stays open.
func TestResealsAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	for range 300 {
		path, v := newVault(t)
		for _, err := range rotateTwice(t, path, v, func(d disk) disk { return d }) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if n := v.lost(t, path); n > 0 {
			t.Fatalf("%d values are lost", n)
		}
		if n := len(load(t, path).IDs()); n != 3 {
			t.Fatalf("%d master keys after two rotations", n)
		}
	}
}

// The test above sees what happens without the lock.
func TestResealsWithoutALockAreNoticed(t *testing.T) {
	lockless := func(d disk) disk {
		d.lock = func(context.Context, string, func()) (func() error, error) {
			pause()
			return func() error { return nil }, nil
		}
		return d
	}
	for round := range 300 {
		path, v := newVault(t)
		rotateTwice(t, path, v, lockless)
		if v.lost(t, path) > 0 {
			t.Logf("noticed in round %d", round+1)
			return
		}
	}
	t.Error("300 rounds without a lock lost nothing")
}

// A rotation waits for another one, says so, and can be ended while it waits.
func TestResealWaits(t *testing.T) {
	path, a, b := twoBoxes(t)
	holding, release := make(chan struct{}), make(chan struct{})
	first := quietly()
	first.Reseal = func(context.Context) error { close(holding); <-release; return nil }
	ended := make(chan error, 2)
	go func() { ended <- a.Reseal(t.Context(), first) }()
	<-holding

	ctx, end := context.WithCancel(t.Context())
	second := quietly()
	second.Waiting = end
	if err := b.Reseal(ctx, second); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnfinished) {
		t.Errorf("a rotation that is told to end while it waits: %v", err)
	}
	if n := len(load(t, path).IDs()); n != 2 {
		t.Errorf("%d master keys after one rotation", n)
	}
	waits := make(chan struct{})
	second.Waiting = func() { close(waits) }
	go func() { ended <- b.Reseal(t.Context(), second) }()
	<-waits
	close(release)
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if n := len(load(t, path).IDs()); n != 3 {
		t.Errorf("%d master keys after two rotations", n)
	}
}

// The new key is on the disk before anything can be sealed with it: a power
// cut between two steps takes no key that a server has used.
func TestNewKeyIsDurableBeforeItSeals(t *testing.T) {
	path, v := newVault(t)
	b := NewBox(path, load(t, path))
	durable := b.ring
	b.disk.sync = func(f *os.File) error {
		if f.Name() == filepath.Dir(path) {
			durable = load(t, path)
		}
		return nil
	}
	b.disk.rename = func(from, to string) error {
		err := os.Rename(from, to)
		if active := load(t, path).ActiveID(); durable.find(active) == nil {
			t.Error("a server can seal with a key that a power cut would take")
		}
		return err
	}
	if err := b.Reseal(t.Context(), v.resealing(b, func() {})); err != nil {
		t.Fatal(err)
	}
	if len(durable.IDs()) != 2 || durable.ActiveID() != b.ActiveID() {
		t.Errorf("on the disk are %v", durable.IDs())
	}
}

// errStep is what a step of the disk fails with.
var errStep = errors.New("the disk is full")

// stepwise calls fail before each step of the disk and of the re-sealing.
func stepwise(b *Box, fail func() error) (pause func()) {
	real := b.disk
	b.disk.sync = func(f *os.File) error { return errors.Join(fail(), real.sync(f)) }
	b.disk.rename = func(from, to string) error {
		if err := fail(); err != nil {
			return err
		}
		return real.rename(from, to)
	}
	return func() { _ = fail() }
}

// A program that dies at any step loses nothing, and the next rotation goes
// through and leaves nothing behind.
func TestResealThatDies(t *testing.T) {
	died := 0
	for at := 1; ; at++ {
		path, v := newVault(t)
		b := NewBox(path, load(t, path))
		var release func() error
		lock := b.disk.lock
		b.disk.lock = func(ctx context.Context, path string, waiting func()) (func() error, error) {
			var err error
			release, err = lock(ctx, path, waiting)
			return func() error { return nil }, err
		}
		steps := 0
		step := stepwise(b, func() error {
			if steps++; steps == at {
				panic(errStep)
			}
			return nil
		})
		func() {
			defer func() {
				if r := recover(); r != nil {
					died++
				}
			}()
			if err := b.Reseal(t.Context(), v.resealing(b, step)); err != nil {
				t.Fatal(err)
			}
		}()
		if n := v.lost(t, path); n > 0 {
			t.Errorf("dead at step %d: %d values are lost", at, n)
		}
		if err := release(); err != nil { // as the kernel does
			t.Fatal(err)
		}
		v.mu = sync.Mutex{}
		again := NewBox(path, load(t, path))
		if err := again.Reseal(t.Context(), v.resealing(again, func() {})); err != nil {
			t.Fatalf("after dying at step %d: %v", at, err)
		}
		for _, r := range v.rows {
			if r.kek != again.ActiveID() {
				t.Errorf("after dying at step %d, a value is sealed by %s", at, r.kek)
			}
		}
		onlyFile(t, path)
		if steps < at {
			break
		}
	}
	if died < 9 {
		t.Errorf("it died at %d steps alone", died)
	}
}

// A step that fails leaves the former key in use, or says that the new one is.
func TestResealThatFails(t *testing.T) {
	for at := 1; ; at++ {
		path, v := newVault(t)
		b := NewBox(path, load(t, path))
		was, steps := b.ActiveID(), 0
		stepwise(b, func() error {
			if steps++; steps == at {
				return errStep
			}
			return nil
		})
		err := b.Reseal(t.Context(), v.resealing(b, func() {}))
		if steps < at {
			if err != nil || at < 7 {
				t.Errorf("after %d steps: %v", steps, err)
			}
			return
		}
		if !errors.Is(err, errStep) {
			t.Fatalf("step %d fails: %v", at, err)
		}
		if active := load(t, path).ActiveID(); active != was && !errors.Is(err, ErrUnfinished) {
			t.Errorf("step %d fails: %v, and the new key is active", at, err)
		}
		if n := v.lost(t, path); n > 0 {
			t.Errorf("step %d fails: %d values are lost", at, n)
		}
		onlyFile(t, path)
	}
}

// A rotation keeps what the file is: a link stays one, and owner and mode stay.
func TestResealKeepsTheFile(t *testing.T) {
	path, _ := newVault(t)
	link := filepath.Join(t.TempDir(), "link.key")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	root := os.Getuid() == 0
	if root {
		if err := os.Chown(path, 65534, 65533); err != nil {
			t.Fatal(err)
		}
	}
	b := NewBox(link, load(t, link))
	if err := b.Reseal(t.Context(), quietly()); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); err != nil || to != path {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o400 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	if s, ok := info.Sys().(*syscall.Stat_t); root && (!ok || s.Uid != 65534 || s.Gid != 65533) {
		t.Errorf("it belongs to %d:%d", s.Uid, s.Gid)
	}
	if k := load(t, path); len(k.IDs()) != 2 || k.ActiveID() != b.ActiveID() {
		t.Errorf("the file holds %v", k.IDs())
	}
	onlyFile(t, path)
	onlyFile(t, link)
}

// A ring that its owner refuses is not touched, and one that somebody put an
// older copy over is whole again after.
func TestResealChecksTheRing(t *testing.T) {
	path, a, b := twoBoxes(t)
	older, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Reseal(t.Context(), quietly()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, older, 0o600); err != nil {
		t.Fatal(err)
	}
	used := a.ActiveID()
	inUse := quietly()
	inUse.Check = func(ids []string) error {
		if !strings.Contains(fmt.Sprint(ids), used) {
			return ErrUnknownKEK
		}
		return nil
	}
	if err := b.Reseal(t.Context(), inUse); !errors.Is(err, ErrUnknownKEK) {
		t.Errorf("a ring without the key in use: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != string(older) {
		t.Errorf("a refused rotation changed the file: %v", err)
	}
	if err := a.Reseal(t.Context(), inUse); err != nil {
		t.Fatal(err)
	}
	if k := load(t, path); len(k.IDs()) != 3 || k.find(used) == nil {
		t.Errorf("the file holds %v", k.IDs())
	}
}
