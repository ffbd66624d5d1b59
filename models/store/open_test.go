package store_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

func openFails(t *testing.T, o store.Options, want error) {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err == nil {
		_ = s.Close()
	}
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestOpenMakesFilesForTheirOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data # 100%?")
	s := storetest.New(t, func(o *store.Options) { o.Path = filepath.Join(dir, "k w.db"); o.Lock = true })
	storetest.Seed(t, s)
	for name, want := range map[string]fs.FileMode{
		"": 0o700, "k w.db": 0o600, "k w.db-wal": 0o600, "k w.db-shm": 0o600, "k w.db.lock": 0o600, "k w.db.anchor": 0o600,
	} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%q has mode %o, want %o", name, got, want)
		}
	}
}

func TestOpenAgainKeepsEverything(t *testing.T) {
	o := storetest.Options(t)
	s := storetest.Open(t, o)
	w := storetest.Seed(t, s)
	k, value, err := s.CreateKey(t.Context(), w.Who, "kept", "")
	ok(t, err)
	hash := s.Hasher().Hash(value)
	ok(t, s.Close())
	s = storetest.Open(t, o)
	if s.Hasher().Hash(value) != hash {
		t.Error("the keyed hash of a value changed")
	}
	if got := must(s.RevealKey(t.Context(), w.Who, k.Sid))(t); got != value {
		t.Errorf("revealed %q, want %q", got, value)
	}
	if got := must(s.KeyHash(t.Context(), w.Who, k.Sid))(t); got != hash {
		t.Error("the stored hash is not the value's")
	}
}

func TestMasterKeyRefusals(t *testing.T) {
	o := storetest.Options(t)
	s := storetest.Open(t, o)
	storetest.Seed(t, s)
	ok(t, s.Close())

	missing := o
	missing.Box = nil
	missing.NewBox = func() (*secret.Box, error) {
		t.Error("a new master key was made for a database that has one")
		return storetest.NewBox(t), nil
	}
	openFails(t, missing, store.ErrMasterKeyMissing)

	wrong := o
	wrong.Box = storetest.NewBox(t)
	openFails(t, wrong, store.ErrWrongMasterKey)
	storetest.Open(t, o)
}

func TestNewDatabaseAsksForAMasterKey(t *testing.T) {
	made := 0
	o := store.Options{Path: filepath.Join(t.TempDir(), "new", "keywicket.db"), NewBox: func() (*secret.Box, error) {
		made++
		return storetest.NewBox(t), nil
	}}
	s := storetest.Open(t, o)
	storetest.Seed(t, s)
	if made != 1 {
		t.Errorf("made %d master keys", made)
	}
	o.Path += "2"
	o.NewBox = nil
	if _, err := store.Open(t.Context(), o); err == nil {
		t.Error("a new database without a master key opened")
	}
}

func TestCanceledRequestChangesNothing(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.CreateKey(ctx, w.Who, "", ""); err == nil {
		t.Error("a key was made for nobody")
	}
	if page := must(s.ListKeys(t.Context(), w.Who, models.KeyQuery{}))(t); page.InUse != 0 {
		t.Errorf("%d keys", page.InUse)
	}
	ok(t, s.Ping(t.Context()))
}

func TestSealedValueOpensInNoOtherRow(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	keys := storetest.SeedKeys(t, s, w.Who, 2)
	db := storetest.DB(t, s)
	run(t, db, "UPDATE keys SET sealed = (SELECT sealed FROM keys WHERE sid = ?) WHERE sid = ?", keys[0].Sid, keys[1].Sid)
	_, err := s.RevealKey(t.Context(), w.Who, keys[1].Sid)
	wantCode(t, "reveal", err, models.CodeInternal)
	if !errors.Is(err, secret.ErrWrongKey) {
		t.Error(err)
	}
}
