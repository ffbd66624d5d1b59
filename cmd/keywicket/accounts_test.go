package main

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

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
	if out := run(t, "account", "import", "--data", dir, "--credentials", credentials, file); !strings.Contains(out, "Made 1 master accounts, 1 sub-accounts and 4 keys") {
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
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"import", file}, "line 2: There is a master account Northwind already"},
		{[]string{"import", filepath.Join(dir, "missing.csv")}, "cannot be read"},
		{[]string{"import", "--owner", "nobody@example.com", file}, "Nobody here"},
		{[]string{"import", "--credentials", credentials, file}, "cannot be written"},
		{[]string{"import", accountFile(t, "bad.csv", "name,kind\nA,boss\nB,master\nC,chief\n")}, "line 4: “chief”"},
		{[]string{"suspend", "nowhere"}, "no account"},
		{[]string{"suspend"}, "one argument"},
	} {
		r := command(t, cleanEnv(), "", append([]string{"account", "--data", dir}, c.args...)...)
		if r.code != 1 || !strings.Contains(r.err, c.want) {
			t.Errorf("%v: exit code %d, %s", c.args, r.code, r.err)
		}
	}
}

// wantCredentials wants a file that its owner alone can read, with a pair for
// each of the four channels.
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

// An operator suspends an account beside a running server, whose gate holds to
// it within a second.
func TestSuspendingBesideAServer(t *testing.T) {
	dir, values, _ := installation(t)
	r := start(t, dir)
	defer r.stop()
	st := openBeside(t, dir)
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
