package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	_ "github.com/mattn/go-sqlite3" // to alter databases behind the program's back

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store"
	"keywicket/models/store/sqlite"
)

// wantStartError runs a server that must not start. It wants exit code 1 and at most three lines that say what is wrong
// and what to do.
func wantStartError(t *testing.T, want, do string, args ...string) {
	t.Helper()
	r := command(t, cleanEnv(), "", append([]string{"--log-level", "error"}, args...)...)
	lines := strings.Split(strings.TrimSpace(r.err), "\n")
	if r.code != 1 || len(lines) > 3 || !strings.HasPrefix(r.err, "keywicket: ") ||
		!strings.Contains(r.err, want) || !strings.Contains(r.err, do) {
		t.Errorf("exit code %d, standard error:\n%swant %q and %q in at most three lines", r.code, r.err, want, do)
	}
	if strings.Contains(r.out, "/setup/") {
		t.Error("a refused start printed a setup link")
	}
}

// anyPorts returns args with free ports for a server that fails after it has opened them.
func anyPorts(args ...string) []string {
	return append([]string{"--listen", "127.0.0.1:0", "--gate-listen", "127.0.0.1:0"}, args...)
}

// usedData returns a data folder in which a server has run.
func usedData(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	start(t, dir).stop()
	return dir
}

// A server that cannot start says what is wrong and what to do.
func TestStartErrors(t *testing.T) {
	t.Run("port taken", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		taken := l.Addr().String()
		dir := filepath.Join(t.TempDir(), "data")
		wantStartError(t, "Another program already listens on "+taken, "--listen", "--data", dir, "--listen", taken, "--gate-listen", "127.0.0.1:0")
		wantStartError(t, "Another program already listens on "+taken, "--gate-listen", "--data", dir, "--gate-listen", taken, "--listen", "127.0.0.1:0")
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Error("a refused start made the data folder")
		}
	})
	t.Run("data folder cannot be made", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		wantStartError(t, "cannot be written", "--data", anyPorts("--data", filepath.Join(file, "data"))...)
	})
	t.Run("master key missing", func(t *testing.T) {
		dir := usedData(t)
		key := filepath.Join(dir, "master.key")
		if err := os.Remove(key); err != nil {
			t.Fatal(err)
		}
		wantStartError(t, "The master key is missing", "Restore the master.key file", anyPorts("--data", dir)...)
		if _, err := os.Stat(key); !errors.Is(err, fs.ErrNotExist) {
			t.Error("a new master key stands where the old one was")
		}
	})
	t.Run("wrong master key", func(t *testing.T) {
		dir := usedData(t)
		other := filepath.Join(t.TempDir(), "other.key")
		if _, err := secret.CreateKeyringFile(other); err != nil {
			t.Fatal(err)
		}
		wantStartError(t, "not the one that sealed this database", "--master-key-file", anyPorts("--data", dir, "--master-key-file", other)...)
	})
	t.Run("master key that others may read", func(t *testing.T) {
		dir := usedData(t)
		if err := os.Chmod(filepath.Join(dir, "master.key"), 0o644); err != nil {
			t.Fatal(err)
		}
		wantStartError(t, "Other users of this machine can read", "chmod 600", anyPorts("--data", dir)...)
	})
	t.Run("damaged master key", func(t *testing.T) {
		dir := usedData(t)
		if err := os.WriteFile(filepath.Join(dir, "master.key"), []byte("rubbish\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		wantStartError(t, "is damaged", "Restore it", anyPorts("--data", dir)...)
	})
	t.Run("newer database", func(t *testing.T) {
		dir := usedData(t)
		alter(t, dir, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`)
		wantStartError(t, "A newer version of Keywicket", "Start that version", anyPorts("--data", dir)...)
	})
	t.Run("damaged database", func(t *testing.T) {
		dir := usedData(t)
		if err := os.WriteFile(filepath.Join(dir, databaseName), bytes.Repeat([]byte("rubbish "), 4096), 0o600); err != nil {
			t.Fatal(err)
		}
		wantStartError(t, "The database is damaged", "Replace it with a backup", anyPorts("--data", dir)...)
	})
	t.Run("second server", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data")
		first := start(t, dir)
		link := first.setupLink()
		wantStartError(t, "Another Keywicket server uses this data folder", "Stop that server first", anyPorts("--data", dir)...)
		if got := status(link); got != 200 {
			t.Errorf("the first server's setup link answers %d", got)
		}
	})
	t.Run("open gate", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "data")
		for _, open := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:8081"} {
			wantStartError(t, "gate", "--gate-token-file", "--data", dir, "--listen", "127.0.0.1:0", "--gate-listen", open)
		}
	})
	t.Run("weak gate token", func(t *testing.T) {
		token := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(token, []byte("short"), 0o600); err != nil {
			t.Fatal(err)
		}
		wantStartError(t, "shorter than", "openssl rand", "--data", filepath.Join(t.TempDir(), "data"), "--listen", "127.0.0.1:0", "--gate-listen", "0.0.0.0:0", "--gate-token-file", token)
	})
	t.Run("no database for a command", func(t *testing.T) {
		wantStartError(t, "There is no database", "--data", "key", "list", "--data", t.TempDir())
	})
}

// Root can write everywhere, so the binary runs as nobody.
func TestStartRefusesDataOfAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become another user")
	}
	if err := os.Chmod(filepath.Dir(binary), 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "keywicket-other-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{dir, filepath.Join(dir, "new")} {
		cmd := exec.CommandContext(t.Context(), binary, anyPorts("--data", data)...)
		cmd.Env, cmd.Dir = cleanEnv(), "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "cannot be written") {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// alter changes a database as a person with a shell would.
func alter(t *testing.T, dir string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// Every start-up error of the store and the master key says at the terminal what to do, also the errors that no test can
// cause in a process.
func TestEveryErrorIsExplained(t *testing.T) {
	for _, cause := range []error{
		store.ErrMasterKeyMissing, store.ErrWrongMasterKey, sqlite.ErrNewerDatabase, sqlite.ErrSecondServer,
		sqlite.ErrOldSQLite, sqlite.ErrNotDurable, sqlite.ErrNotWritable, secret.ErrKeyFileMode, secret.ErrBadKeyring,
		syscall.ENOSPC, fs.ErrPermission,
	} {
		err := explain(t.Context(), fmt.Errorf("while starting: %w", cause))
		var r userError
		if !errors.As(err, &r) || r.what == "" || r.do == "" {
			t.Errorf("%v is explained as %v", cause, err)
		}
	}
	err := explain(t.Context(), models.Refuse(models.CodeLimit, "", "errors.keys.limit", "Max", 500, "Have", 500))
	if !strings.Contains(err.Error(), "at most 500 API keys") {
		t.Errorf("an error of the rules reads %q", err)
	}
	plain := errors.New("something else")
	if !errors.Is(explain(t.Context(), plain), plain) {
		t.Error("an unknown error is not kept")
	}
}
