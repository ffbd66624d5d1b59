package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"keywicket/models/secret"
)

// wantValuesOpen wants the data folder to open with its master key, and to contain that many revealable values, all of
// which open.
func wantValuesOpen(t *testing.T, dir string, want int) {
	t.Helper()
	st := openData(t, dir)
	defer st.Close()
	if sealed, lost, err := st.CheckSealed(t.Context()); sealed != want || lost != 0 || err != nil {
		t.Fatalf("%d values are sealed and %d lost, want %d sealed: %v", sealed, lost, want, err)
	}
}

// Two commands at once while a server runs: both rotate the master key, one after the other.
func TestResealTwiceAtOnce(t *testing.T) {
	dir, values, _ := installation(t)
	r := start(t, dir)
	const rounds = 4
	for range rounds {
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				if res := command(t, cleanEnv(), "", "master-key", "rotate", "--data", dir); res.code != 0 || !strings.Contains(res.out, "Created a new master key") {
					t.Errorf("exit code %d\n%s%s", res.code, res.out, res.err)
				}
			})
		}
		both.Wait()
		wantValuesOpen(t, dir, len(values))
	}
	r.stop()
	ring, err := secret.LoadKeyringFile(filepath.Join(dir, "master.key"))
	if err != nil || len(ring.IDs()) != 1+2*rounds {
		t.Errorf("the file has %d master keys, %v", len(ring.IDs()), err)
	}
	run(t, "doctor", "--data", dir)
}

// A killed rotation loses nothing, whenever it ends.
func TestResealKilled(t *testing.T) {
	dir, _, who := installation(t)
	st := openData(t, dir)
	for range 150 { // several batches
		if _, _, err := st.CreateKey(t.Context(), who, "", ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		h := hold(t, cleanEnv(), nil, "master-key", "rotate", "--data", dir)
		h.when("it opens the database", func() bool { return h.opened(databaseName) })
		time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond) // any moment of the rotation will do
		_ = h.cmd.Process.Kill()                                    // unless it has ended
		<-h.done
		wantValuesOpen(t, dir, 152)
	}
	run(t, "master-key", "rotate", "--data", dir)
	wantValuesOpen(t, dir, 152)
	files, err := filepath.Glob(filepath.Join(dir, "*master.key*"))
	if err != nil || len(files) != 1 {
		t.Errorf("left over: %v, %v", files, err)
	}
}

// Root rotates the master key of a server that runs as another user, which can still read it.
func TestResealAsRootForAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be two users")
	}
	dir, values, _ := installation(t)
	const nobody = 65534
	for parent := dir; parent != os.TempDir(); parent = filepath.Dir(parent) {
		if err := os.Chmod(parent, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Dir(binary), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range append(must(filepath.Glob(filepath.Join(dir, "*"))), dir) {
		if err := os.Chown(f, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	run(t, "master-key", "rotate", "--data", dir)
	doctor := exec.CommandContext(t.Context(), binary, "doctor", "--data", dir)
	doctor.Env, doctor.Dir = cleanEnv(), "/"
	doctor.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := doctor.CombinedOutput(); err != nil || !strings.Contains(string(out), "All 2 revealable values can be opened") {
		t.Errorf("the server's user: %v\n%s", err, out)
	}
	wantValuesOpen(t, dir, len(values))
}

// A key file without a master key that is in use is an error that says so.
func TestResealWithoutAMasterKeyInUse(t *testing.T) {
	dir, _, _ := installation(t)
	alter(t, dir, `UPDATE keys SET kek_id = 'lost' WHERE id = (SELECT min(id) FROM keys)`)
	r := command(t, cleanEnv(), "", "master-key", "rotate", "--data", dir)
	if r.code != 1 || !strings.Contains(r.err, "lacks a master key") || !strings.Contains(r.err, "lost") {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
}

// If two programs create an installation at once, there is one master key, and neither reports it missing.
func TestFirstMasterKeyAtOnce(t *testing.T) {
	for range 5 {
		dir := filepath.Join(t.TempDir(), "data")
		var both sync.WaitGroup
		results := make([]result, 2)
		for i := range results {
			both.Go(func() {
				results[i] = command(t, cleanEnv("KEYWICKET_PASSWORD="+ownerPassword), "", "admin", "create", "--data", dir,
					"--account", "Larkfield Supply", "--name", "Maya", "--email", ownerEmail)
			})
		}
		both.Wait()
		if results[0].code+results[1].code != 1 || !strings.Contains(results[0].err+results[1].err, "already set up") {
			t.Errorf("%+v", results)
		}
		wantValuesOpen(t, dir, 0)
	}
}
