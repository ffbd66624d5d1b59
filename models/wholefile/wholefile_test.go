package wholefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// names lists a folder.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		all = append(all, f.Name())
	}
	return all
}

func begin(t *testing.T, path, text string) *File {
	t.Helper()
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestCommit(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	f := begin(t, path, "whole")
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a file is under its name: %v", err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := f.Discard(); err != nil {
		t.Errorf("Discard after Commit: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "whole" {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("left over: %v", got)
	}
}

func TestDiscard(t *testing.T) {
	dir := t.TempDir()
	if err := begin(t, filepath.Join(dir, "file"), "half").Discard(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("left over: %v", got)
	}
	f := begin(t, filepath.Join(dir, "file"), "half")
	_ = f.Close()
	if err := f.Commit(); err == nil {
		t.Error("a file that could not be synced was committed")
	}
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("left over: %v", got)
	}
}

// What is there stays, also when it came after Create, and also a link that
// leads nowhere.
func TestNothingIsReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	f := begin(t, path, "second")
	if err := os.WriteFile(path, []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("nowhere", link); err != nil {
		t.Fatal(err)
	}
	for _, taken := range []string{path, link, dir} {
		if _, err := Create(taken); !errors.Is(err, fs.ErrExist) {
			t.Errorf("Create over %s: %v", taken, err)
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "first" {
		t.Errorf("%q, %v", text, err)
	}
	if got := names(t, dir); len(got) != 2 {
		t.Errorf("left over: %v", got)
	}
	if _, err := Create(filepath.Join(dir, "none", "file")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in no folder: %v", err)
	}
}

func TestOneOfManyCommits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	var made atomic.Int32
	var work sync.WaitGroup
	var files []*File
	for range 16 { // all begin before the first commits: no file may exist then
		files = append(files, begin(t, path, "whole"))
	}
	for _, f := range files {
		work.Go(func() {
			err := f.Commit()
			switch {
			case err == nil:
				made.Add(1)
			case !errors.Is(err, fs.ErrExist):
				t.Error(err)
			}
			if err := f.Discard(); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	if made.Load() != 1 {
		t.Errorf("%d think that they made the file", made.Load())
	}
	if got := names(t, filepath.Dir(path)); len(got) != 1 {
		t.Errorf("left over: %v", got)
	}
}
