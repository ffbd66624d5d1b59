package secret

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCreateAndLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	if _, err := LoadKeyringFile(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
	k, err := CreateKeyringFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has %v, %v", info.Mode(), err)
	}
	got, err := LoadKeyringFile(path)
	if err != nil || !cmp.Equal(got.IDs(), k.IDs()) {
		t.Errorf("loaded %v, %v", got, err)
	}
	if _, err := CreateKeyringFile(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second creation gives %v", err)
	}
	if got, err := LoadKeyringFile(path); err != nil || got.ActiveID() != k.ActiveID() {
		t.Errorf("the second creation changed the file: %v", err)
	}
	onlyFile(t, path)
}

// onlyFile fails when something was left beside path.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("beside the file stand others: %v, %v", files, err)
	}
}

func TestCreateAtOnceMakesOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	var made atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			_, err := CreateKeyringFile(path)
			switch {
			case err == nil:
				made.Add(1)
			case !errors.Is(err, fs.ErrExist):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 {
		t.Errorf("%d think that they made the key", made.Load())
	}
	if _, err := LoadKeyringFile(path); err != nil {
		t.Error(err)
	}
	onlyFile(t, path)
}

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "master.key")
	if _, err := CreateKeyringFile(path); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o644, 0o660, 0o610} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadKeyringFile(path); !errors.Is(err, ErrKeyFileMode) {
			t.Errorf("a file of mode %o gives %v", mode, err)
		}
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeyringFile(path); err != nil {
		t.Errorf("a file that cannot be written gives %v", err)
	}
	if _, err := LoadKeyringFile(dir); !errors.Is(err, ErrBadKeyring) {
		t.Errorf("a folder gives %v", err)
	}
	half := filepath.Join(dir, "half.key")
	if err := os.WriteFile(half, []byte("active 00"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeyringFile(half); !errors.Is(err, ErrBadKeyring) {
		t.Errorf("half a file gives %v", err)
	}
	if _, err := CreateKeyringFile(filepath.Join(dir, "none", "master.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing folder gives %v", err)
	}
	if err := realDisk().save(filepath.Join(dir, "none", "master.key"), newTestRing(t)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing folder gives %v", err)
	}
	if err := realDisk().save(dir, newTestRing(t)); err == nil {
		t.Error("a folder is replaced by a file")
	}
}

func TestSaveReplacesWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	k, err := CreateKeyringFile(path)
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := LoadKeyringFile(path); err != nil {
				t.Errorf("a reader met %v", err)
				return
			}
		}
	})
	for range 20 {
		addActive(t, k)
		if err := realDisk().save(path, k); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
	if got, err := LoadKeyringFile(path); err != nil || !cmp.Equal(got.IDs(), k.IDs()) {
		t.Errorf("loaded %v, %v", got, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has %v, %v", info.Mode(), err)
	}
	onlyFile(t, path)
}
