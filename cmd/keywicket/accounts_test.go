package main

import (
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// accountFile writes a file to import and returns its path.
func accountFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAccountCommands(t *testing.T) {
	dir, _, _ := installation(t)
	file := accountFile(t, "accounts.csv", "name,kind,master,created\nNorthwind,master,,2021-04-30\nBranch,sub,Northwind,\n")
	if out := run(t, "account", "import", "--data", dir, "--dry-run", file); !strings.Contains(out, "1 master accounts, 1 sub-accounts and 4 keys") {
		t.Errorf("the dry run said %s", out)
	}
	credentials := filepath.Join(t.TempDir(), "out.csv")
	if out := run(t, "account", "import", "--data", dir, "--credentials", credentials, file); !strings.Contains(out, "Created 1 master accounts, 1 sub-accounts and 4 keys") {
		t.Errorf("the import said %s", out)
	}
	wantCredentials(t, credentials)
	var list []accountLine
	if err := json.Unmarshal([]byte(run(t, "account", "list", "--json", "--data", dir)), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 || list[1].Slug != "northwind" || list[1].Keys != 4 || list[1].CreatedAt.Format(time.DateOnly) != "2021-04-30" || list[2].Master != "northwind" {
		t.Errorf("accounts: %+v", list)
	}
	wantSuspendedWithMaster(t, dir)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"import", file}, "line 2: A master account named Northwind already exists"},
		{[]string{"import", filepath.Join(dir, "missing.csv")}, "cannot be read"},
		{[]string{"import", "--owner", "nobody@example.com", file}, "Nobody has"},
		{[]string{"import", "--credentials", credentials, file}, "cannot be written"},
		{[]string{"import", accountFile(t, "bad.csv", "name,kind\nA,boss\nB,master\nC,chief\n")}, "line 4: “chief”"},
		{[]string{"import", accountFile(t, "worse.csv", "name,kind,created\nA,boss,tomorrow\nB,master,\nC,chief,\n")}, "\nkeywicket: 2 lines are wrong,"},
		{[]string{"import", accountFile(t, "one.csv", "name,kind,created\nA,boss,tomorrow\n")}, "\nkeywicket: 1 line is wrong,"},
		{[]string{"suspend", "nowhere"}, "No account"},
		{[]string{"suspend"}, "requires one argument"},
	} {
		r := command(t, cleanEnv(), "", append([]string{"account", "--data", dir}, c.args...)...)
		if r.code != 1 || !strings.Contains(r.err, c.want) {
			t.Errorf("%v: exit code %d, %s", c.args, r.code, r.err)
		}
	}
}

// wantSuspendedWithMaster wants the command line to print what the gate does with the sub-account branch of a suspended
// master account, whatever its own status is.
func wantSuspendedWithMaster(t *testing.T, dir string) {
	t.Helper()
	account := func(args ...string) string {
		t.Helper()
		return run(t, append([]string{"account", "--data", dir}, args...)...)
	}
	status := func() string {
		t.Helper()
		var list []accountLine
		if err := json.Unmarshal([]byte(account("list", "--json")), &list); err != nil {
			t.Fatal(err)
		}
		return list[2].Status
	}
	account("suspend", "northwind")
	if out := account("list"); !strings.Contains(out, "suspended with its master") || status() != "suspended_with_master" {
		t.Errorf("below a suspended master: %s\n%s", status(), out)
	}
	account("suspend", "branch")
	if got := status(); got != "suspended" {
		t.Errorf("suspended itself too: %s", got)
	}
	if out := account("reopen", "branch"); !strings.Contains(out, "suspended with its master account northwind") {
		t.Errorf("reopened below a suspended master: %s", out)
	}
	if out := account("reopen", "northwind"); !strings.Contains(out, "northwind is active") || status() != "active" {
		t.Errorf("all open: %s\n%s", status(), out)
	}
}

// wantCredentials wants a file that only its owner can read, with a pair for each of the four channels.
func wantCredentials(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the credentials: %v %v", info, err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%v %v", rows, err)
	}
	for _, r := range rows[1:] {
		if r[1] != "northwind" || !strings.HasPrefix(r[3], "kwu_") || !strings.HasPrefix(r[4], "kws_") {
			t.Errorf("row %v", r)
		}
	}
}

// An operator suspends an account while a server runs. Its gate applies that within a second.
func TestSuspendingBesideAServer(t *testing.T) {
	dir, values, _ := installation(t)
	r := start(t, dir)
	defer r.stop()
	st := openData(t, dir)
	accounts, err := st.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = st.Close()
	verdict := func() string {
		reason, err := verify(t.Context(), http.DefaultClient, r.gate, values[0])
		if err != nil {
			t.Fatal(err)
		}
		return reason
	}
	open := verdict()
	for _, c := range []struct{ command, want string }{{"suspend", "account_suspended"}, {"reopen", open}} {
		run(t, "account", c.command, "--data", dir, accounts[0].Slug)
		until := time.Now().Add(time.Second)
		for verdict() != c.want && time.Now().Before(until) {
			time.Sleep(20 * time.Millisecond)
		}
		if got := verdict(); got != c.want {
			t.Errorf("a second after %s: %s", c.command, got)
		}
	}
}

// An import that an error stops keeps the credentials of exactly the accounts that it created, and can be resumed.
func TestImportGoesOn(t *testing.T) {
	dir, _, _ := installation(t)
	var lines strings.Builder
	lines.WriteString("name,kind,created\n")
	for i := range 150 {
		fmt.Fprintf(&lines, "Company %d,master,2021-04-30\n", i)
	}
	list, folder := accountFile(t, "accounts.csv", lines.String()), t.TempDir()
	first, second := filepath.Join(folder, "first.csv"), filepath.Join(folder, "second.csv")
	execute := func(q string) {
		t.Helper()
		db, err := sql.Open("sqlite3", filepath.Join(dir, databaseName))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	execute(`CREATE TRIGGER broken BEFORE INSERT ON accounts WHEN NEW.name = 'Company 120' BEGIN SELECT RAISE(ABORT, 'broken'); END`)
	r := command(t, cleanEnv(), "", "account", "import", "--data", dir, "--credentials", first, list)
	if r.code == 0 || !strings.Contains(r.err, "stopped after 100 master accounts") || !strings.Contains(r.err, "--continue") {
		t.Errorf("the fault: %d %s", r.code, r.err)
	}
	execute("DROP TRIGGER broken")
	if out := run(t, "account", "import", "--data", dir, "--continue", "--credentials", second, list); !strings.Contains(out, "Created 50 master accounts") || !strings.Contains(out, "skipped 100 accounts") {
		t.Errorf("continued: %s", out)
	}
	for file, want := range map[string]int{first: 400, second: 200} {
		text, err := os.ReadFile(file)
		if err != nil || strings.Count(string(text), "kws_") != want || strings.Count(string(text), "api_secret") != 1 {
			t.Errorf("%s has %d credentials: %v", file, strings.Count(string(text), "kws_"), err)
		}
	}
}
