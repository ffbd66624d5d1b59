package secret

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// twoBoxes returns two boxes on one file, as two processes have them.
func twoBoxes(t *testing.T) (path string, a, b *Box) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "master.key")
	k, err := CreateKeyringFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other, err := LoadKeyringFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, NewBox(path, k), NewBox(path, other)
}

// quietly returns a Resealing without a database.
func quietly() Resealing {
	return Resealing{
		Check:   func([]string) error { return nil },
		Reseal:  func(context.Context) error { return nil },
		Waiting: func() {},
	}
}

func TestBoxFollowsAResealElsewhere(t *testing.T) {
	_, a, b := twoBoxes(t)
	oldID, old, err := a.Seal([]byte("old"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Reseal(t.Context(), quietly()); err != nil {
		t.Fatal(err)
	}
	newID, sealed, err := b.Seal([]byte("new"), nil)
	if err != nil || newID == oldID {
		t.Fatalf("sealed with %s after the rotation, %v", newID, err)
	}
	if plain, err := a.Open(newID, sealed, nil); err != nil || string(plain) != "new" {
		t.Errorf("the other process opens %q, %v", plain, err)
	}
	if plain, err := b.Open(oldID, old, nil); err != nil || string(plain) != "old" {
		t.Errorf("the former value opens as %q, %v", plain, err)
	}
}

func TestBoxSealsWithTheFilesActiveKey(t *testing.T) {
	_, a, b := twoBoxes(t)
	if _, _, err := a.Seal(nil, nil); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := b.Reseal(t.Context(), quietly()); err != nil {
			t.Fatal(err)
		}
		if id, _, err := a.Seal(nil, nil); err != nil || id != b.ActiveID() {
			t.Fatalf("sealed with %s, the active key is %s: %v", id, b.ActiveID(), err)
		}
	}
	if got := len(a.IDs()); got != 4 {
		t.Errorf("%d keys in the ring", got)
	}
}

func TestTwoResealsBothCount(t *testing.T) {
	path, a, b := twoBoxes(t)
	for _, box := range []*Box{a, b, a} {
		if err := box.Reseal(t.Context(), quietly()); err != nil {
			t.Fatal(err)
		}
	}
	k, err := LoadKeyringFile(path)
	if err != nil || len(k.IDs()) != 4 {
		t.Errorf("a rotation was lost: %v, %v", k.IDs(), err)
	}
}

func TestBoxWithoutAFile(t *testing.T) {
	b := NewBox("", newTestRing(t))
	id, sealed, err := b.Seal([]byte("x"), nil)
	if err != nil || id != b.ActiveID() {
		t.Fatal(err)
	}
	if plain, err := b.Open(id, sealed, nil); err != nil || string(plain) != "x" {
		t.Errorf("%q, %v", plain, err)
	}
	if _, err := b.Open("other", sealed, nil); !errors.Is(err, ErrUnknownKEK) {
		t.Errorf("an unknown key: %v", err)
	}
	if err := b.Reseal(t.Context(), quietly()); !errors.Is(err, ErrNoKeyFile) {
		t.Errorf("rotation: %v", err)
	}
	if err := b.Reload(); err != nil {
		t.Error(err)
	}
}

func TestBoxOutlivesItsFile(t *testing.T) {
	path, a, _ := twoBoxes(t)
	id, sealed, err := a.Seal([]byte("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if plain, err := a.Open(id, sealed, nil); err != nil || string(plain) != "x" {
		t.Errorf("opens %q, %v", plain, err)
	}
	if _, _, err := a.Seal([]byte("y"), nil); err != nil {
		t.Errorf("seals no more: %v", err)
	}
	if _, err := a.Open("other", sealed, nil); !errors.Is(err, ErrUnknownKEK) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an unknown key: %v", err)
	}
	if err := a.Reseal(t.Context(), quietly()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("rotation: %v", err)
	}
	if err := os.WriteFile(path, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.Reload(); !errors.Is(err, ErrBadKeyring) {
		t.Errorf("a damaged file: %v", err)
	}
	if _, _, err := a.Seal([]byte("z"), nil); !errors.Is(err, ErrBadKeyring) {
		t.Errorf("sealing beside a damaged file: %v", err)
	}
	if plain, err := a.Open(id, sealed, nil); err != nil || string(plain) != "x" {
		t.Errorf("opens %q, %v", plain, err)
	}
}

func TestBoxAtOnce(t *testing.T) {
	_, a, b := twoBoxes(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				id, sealed, err := a.Seal([]byte("x"), nil)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := b.Open(id, sealed, nil); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 5 {
		if err := b.Reseal(t.Context(), quietly()); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
}
