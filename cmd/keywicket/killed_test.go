package main

import (
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// anyFile reports whether the folder contains a file.
func anyFile(t *testing.T, folder string) func() bool {
	return func() bool {
		files, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		return len(files) > 0
	}
}

// ballast is how many large rows make a backup take its time.
const ballast = 300

// largeInstallation returns a data folder with a large database.
func largeInstallation(t *testing.T) (dir string) {
	t.Helper()
	dir, _, _ = installation(t)
	alter(t, dir, `CREATE TABLE ballast (x BLOB)`,
		fmt.Sprintf(`INSERT INTO ballast WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT randomblob(100000) FROM n`, ballast))
	return dir
}

// wantCompleteBackup wants no file, or a complete database, and reports whether the file exists.
func wantCompleteBackup(t *testing.T, file string) (there bool) {
	t.Helper()
	if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
		return false
	}
	db, err := sql.Open("sqlite3", "file:"+file+"?mode=ro&immutable=1")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var check string
	var rows int
	err = errors.Join(db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&check), db.QueryRowContext(t.Context(), "SELECT count(*) FROM ballast").Scan(&rows))
	if err != nil || check != "ok" || rows != ballast {
		t.Errorf("half a backup is under its name: %q, %d rows, %v", check, rows, err)
	}
	return true
}

// A killed backup leaves no file under its name.
func TestBackupKilled(t *testing.T) {
	dir := largeInstallation(t)
	for round := range 6 {
		folder := t.TempDir()
		file := filepath.Join(folder, "copy.db")
		h := hold(t, cleanEnv(), nil, "backup", "--data", dir, file).when("it writes", anyFile(t, folder))
		time.Sleep(time.Duration(rand.IntN(1+20*round)) * time.Millisecond) // any moment of the backup will do
		_ = h.cmd.Process.Kill()                                            // unless it has ended
		<-h.done
		wantCompleteBackup(t, file)
	}
	file := filepath.Join(t.TempDir(), "copy.db")
	run(t, "backup", "--data", dir, file)
	if !wantCompleteBackup(t, file) {
		t.Error("no backup")
	}
}

// A backup that a signal or a full disk ends leaves no file at all.
func TestBackupThatFailsLeavesNothing(t *testing.T) {
	dir := largeInstallation(t)
	folder := t.TempDir()
	file := filepath.Join(folder, "copy.db")
	h := hold(t, cleanEnv(), nil, "backup", "--data", dir, file).when("it writes", anyFile(t, folder))
	limitFiles(t, h.cmd.Process.Pid, 1<<20)
	<-h.done
	if h.cmd.ProcessState.ExitCode() != 1 || h.err.Len() == 0 {
		t.Errorf("on a full disk: exit code %d\n%s", h.cmd.ProcessState.ExitCode(), &h.err)
	}
	if anyFile(t, folder)() {
		t.Errorf("a full disk leaves %v\n%s", must(os.ReadDir(folder)), &h.err)
	}
	hold(t, cleanEnv(), nil, "backup", "--data", dir, file).when("it writes", anyFile(t, folder)).send(syscall.SIGTERM).fails(1).silent()
	if anyFile(t, folder)() {
		t.Error("a signal leaves a file")
	}
}

// limitFiles limits the files of a process to n bytes, as a full disk does.
func limitFiles(t *testing.T, pid int, n uint64) {
	t.Helper()
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: n, Max: unix.RLIM_INFINITY}, nil); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Fatal(err)
	}
}

// The credentials of imported accounts are on the disk before their accounts exist. The file gets its name only when it
// is complete.
func TestImportKilled(t *testing.T) {
	dir, _, _ := installation(t)
	for round := range 8 {
		var lines strings.Builder
		lines.WriteString("name,kind,master,created\n")
		const accounts = 60
		for i := range accounts {
			fmt.Fprintf(&lines, "Company %d of round %d,master,,2021-04-30\n", i, round)
		}
		list, folder := accountFile(t, "accounts.csv", lines.String()), t.TempDir()
		file := filepath.Join(folder, "new-keys.csv")
		h := hold(t, cleanEnv(), nil, "account", "import", "--data", dir, "--credentials", file, list).when("it begins", anyFile(t, folder))
		time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond) // any moment of the import will do
		_ = h.cmd.Process.Kill()                                     // unless it has ended
		<-h.done
		made := strings.Count(run(t, "account", "list", "--data", dir), fmt.Sprintf("of round %d ", round))
		if made != 0 && made != accounts {
			t.Errorf("%d accounts are made", made)
		}
		kept, whole := 0, filepath.Join(folder, "*.part")
		if _, err := os.Lstat(file); err == nil {
			whole = file
		}
		for _, f := range must(filepath.Glob(whole)) {
			rows, err := csv.NewReader(strings.NewReader(string(must(os.ReadFile(f))))).ReadAll()
			if kept = len(rows); err != nil && (made > 0 || f == file) {
				t.Errorf("%s: %v", f, err)
			}
		}
		if want := 1 + 4*accounts; made > 0 && kept != want || whole == file && kept != want {
			t.Errorf("%d accounts are made, and %d of %d lines of their credentials are in %s", made, kept, want, whole)
		}
	}
}
