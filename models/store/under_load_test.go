package store_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// underLoad runs fn while writers write. It returns the values of the keys that
// were acknowledged: those before fn began, and all of them.
func underLoad(t *testing.T, s *store.Store, who models.Actor, fn func()) (before, all map[string]string) {
	t.Helper()
	before, all = map[string]string{}, map[string]string{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	stop, warm := make(chan struct{}), make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				k, value, err := s.CreateKey(t.Context(), who, "", "")
				mu.Lock()
				if err == nil {
					all[k.Sid] = value
				} else if models.CodeOf(err) != models.CodeLimit {
					t.Error(err)
				}
				if len(all) == 40 {
					close(warm)
				}
				mu.Unlock()
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	<-warm
	mu.Lock()
	for sid, v := range all {
		before[sid] = v
	}
	mu.Unlock()
	fn()
	close(stop)
	wg.Wait()
	return before, all
}

func TestBackupUnderLoad(t *testing.T) {
	o := storetest.Options(t)
	s := storetest.Open(t, o)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	file := filepath.Join(t.TempDir(), "backup's.db")
	before, _ := underLoad(t, s, w.Who, func() { ok(t, s.Backup(ctx, file)) })
	wantCode(t, "a second backup into the file", s.Backup(ctx, file), models.CodeConflict)
	if err := s.Backup(ctx, filepath.Join(t.TempDir(), "no", "folder", "x")); err == nil {
		t.Error("a backup into no folder succeeded")
	}
	ok(t, s.Checkpoint(ctx))
	if wal, err := os.Stat(s.Path() + "-wal"); err != nil || wal.Size() != 0 {
		t.Errorf("after a checkpoint the log has %v, %v", wal, err)
	}
	info, err := os.Stat(file)
	ok(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	restored := o
	restored.Path = filepath.Join(t.TempDir(), "restored.db")
	ok(t, os.Rename(file, restored.Path))
	r := storetest.Open(t, restored)
	var integrity string
	ok(t, storetest.DB(t, r).QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&integrity))
	if integrity != "ok" {
		t.Error(integrity)
	}
	for sid, value := range before {
		if got := must(r.RevealKey(ctx, w.Who, sid))(t); got != value {
			t.Errorf("key %s reveals %q, want %q", sid, got, value)
		}
	}
	if v := verify(t, r); !v.OK {
		t.Errorf("the restored audit: %+v", v)
	}
}

// forget takes a master key out of its file, as somebody with an editor would.
func forget(t *testing.T, keyFile, id string) {
	t.Helper()
	var kept []string
	for line := range strings.Lines(string(must(os.ReadFile(keyFile))(t))) {
		if !strings.Contains(line, id) {
			kept = append(kept, line)
		}
	}
	ok(t, os.WriteFile(keyFile, []byte(strings.Join(kept, "")), 0o600))
}

func TestResealUnderLoad(t *testing.T) {
	o := storetest.Options(t)
	keyFile := filepath.Join(filepath.Dir(o.Path), "master.key")
	s := storetest.Open(t, o)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	// The command rotates with a Box and a store of its own, beside the server.
	box := secret.NewBox(keyFile, must(secret.LoadKeyringFile(keyFile))(t))
	retired := box.ActiveID()
	_, all := underLoad(t, s, w.Who, func() {
		command := storetest.Open(t, store.Options{Path: o.Path, Box: box})
		if n := must(command.Reseal(ctx))(t); n < 40 {
			t.Errorf("sealed %d values anew", n)
		}
	})
	db := storetest.DB(t, s)
	if n := count(t, db, "SELECT (SELECT count(*) FROM keys WHERE kek_id = ?1) + (SELECT count(*) FROM secrets WHERE kek_id = ?1)", retired); n != 0 {
		t.Errorf("%d values still need the retired master key", n)
	}
	forget(t, keyFile, retired)
	ok(t, s.Close())
	again := storetest.Open(t, store.Options{Path: o.Path, Box: secret.NewBox(keyFile, must(secret.LoadKeyringFile(keyFile))(t))})
	for sid, value := range all {
		if got := must(again.RevealKey(ctx, w.Who, sid))(t); got != value {
			t.Errorf("key %s reveals %q, want %q", sid, got, value)
		}
	}
	if r := verify(t, again); !r.OK {
		t.Errorf("the audit: %+v", r)
	}
}

// plantPairs makes and changes credential pairs, generated and chosen, and
// adds their secrets.
func plantPairs(t *testing.T, s *store.Store, w storetest.Fixture, secrets map[string]string) {
	t.Helper()
	ctx := t.Context()
	k, c := makeKey(t, s, w.Who, pairKey(models.ChannelFTP))
	secrets["a pair's"] = c.Value
	secrets["a changed pair's"] = must(s.ChangeCredentials(ctx, w.Who, k.Sid, models.NewCredential{Kind: models.CredentialPair}, time.Hour))(t).Value
	own := chosenKey(models.ChannelFTP, "planted.user")
	own.Credential.Secret = "planted horse battery"
	k, _ = makeKey(t, s, w.Who, own)
	secrets["chosen"] = own.Credential.Secret
	own.Credential.Secret = "replanted horse battery"
	must(s.ChangeCredentials(ctx, w.Who, k.Sid, own.Credential, time.Hour))(t)
	secrets["chosen anew"] = own.Credential.Secret
}

// What must stay secret is in no file that the store writes, and in no log.
func TestPlantedSecretsAreNowhere(t *testing.T) {
	var log bytes.Buffer
	o := storetest.Options(t)
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := storetest.Open(t, o)
	ctx := t.Context()
	token := must(s.NewSetupToken(ctx, models.SetupTTL))(t)
	w := storetest.Seed(t, s)
	secrets := map[string]string{"set-up token": token}
	plant := func(what string, k models.Key, value string, err error) string {
		t.Helper()
		ok(t, err)
		secrets[what] = value
		return k.Sid
	}
	k, v, err := s.CreateKey(ctx, w.Who, "planted", "idempotency_key")
	sid := plant("created", k, v, err)
	k, v, err = s.CopyKey(ctx, w.Who, sid, "")
	plant("copied", k, v, err)
	must(s.RevealKey(ctx, w.Who, sid))(t)
	a := w.Account
	a.KeyVisibility = models.ShowOnce
	ok(t, s.UpdateAccount(ctx, w.Who, as(a)))
	k, v, err = s.CreateKey(ctx, w.Who, "", "")
	plant("shown once", k, v, err)
	plantPairs(t, s, w, secrets)
	ok(t, s.SetKeyEnabled(ctx, w.Who, sid, false))
	ok(t, s.DeleteKey(ctx, w.Who, sid))
	// Errors must not carry values either.
	run(t, storetest.DB(t, s), "ALTER TABLE key_ips RENAME TO elsewhere")
	_, _, err = s.CopyKey(ctx, w.Who, k.Sid, "")
	if err == nil {
		t.Fatal("copying without a table succeeded")
	}
	run(t, storetest.DB(t, s), "ALTER TABLE elsewhere RENAME TO key_ips")
	files := map[string][]byte{"log": log.Bytes(), "error": []byte(fmt.Sprint(err))}
	ok(t, s.Backup(ctx, filepath.Join(filepath.Dir(o.Path), "backup.db")))
	entries, err := os.ReadDir(filepath.Dir(o.Path))
	ok(t, err)
	for _, e := range entries {
		files[e.Name()] = must(os.ReadFile(filepath.Join(filepath.Dir(o.Path), e.Name())))(t)
	}
	for _, name := range []string{"keywicket.db", "keywicket.db-wal", "keywicket.db.anchor", "backup.db", "master.key"} {
		if len(files[name]) == 0 {
			t.Fatalf("%s is empty or missing", name)
		}
	}
	for name, text := range files {
		for what, value := range secrets {
			if bytes.Contains(text, []byte(value)) {
				t.Errorf("the value that was %s is in %s", what, name)
			}
		}
	}
	if !bytes.Contains(append(files["keywicket.db"], files["keywicket.db-wal"]...), []byte("planted")) {
		t.Error("the hunt would find nothing at all")
	}
	hash := s.Hasher().Hash(secrets["copied"])
	if !bytes.Contains(files["keywicket.db-wal"], hash[:]) {
		t.Error("the keyed hash is not where it should be")
	}
}
