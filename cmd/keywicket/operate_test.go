package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"keywicket/handlers/gate"
	"keywicket/models"
)

// installation returns a data folder with an owner and two keys, without a server.
func installation(t *testing.T) (dir string, values []string, who models.Actor) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	env := cleanEnv("KEYWICKET_PASSWORD=" + ownerPassword)
	r := command(t, env, "", "admin", "create", "--data", dir, "--account", "Larkfield Supply", "--name", "Maya Lindqvist", "--email", ownerEmail)
	if r.code != 0 || !strings.Contains(r.out, ownerEmail) {
		t.Fatalf("admin create: %d\n%s%s", r.code, r.out, r.err)
	}
	st := openData(t, dir)
	defer st.Close()
	accounts, err := st.Accounts(t.Context())
	if err != nil || len(accounts) != 1 {
		t.Fatalf("accounts = %v, %v", accounts, err)
	}
	if who, err = st.OwnerActor(t.Context(), accounts[0].Slug); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, value, err := st.CreateKey(t.Context(), who, "", rand.Text())
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	return dir, values, who
}

// logsIn reports whether the owner can sign in with the password.
func logsIn(t *testing.T, console, password string) bool {
	t.Helper()
	b := newBrowser(t, console)
	p := b.submit(b.get("/login"), "/login", url.Values{"email": {ownerEmail}, "password": {password}})
	return strings.HasPrefix(p.url.Path, "/a/")
}

func TestAdmin(t *testing.T) {
	dir, _, _ := installation(t)
	r := start(t, dir)
	if !logsIn(t, r.console, ownerPassword) {
		t.Error("the owner made by the command cannot log in")
	}
	const next = "another-quiet-lantern-17"
	if res := command(t, cleanEnv(), next+"\n", "admin", "reset-password", "--data", dir, "--email", " MAYA@larkfield.example"); res.code != 0 {
		t.Fatalf("reset-password: %s", res.err)
	}
	if logsIn(t, r.console, ownerPassword) {
		t.Error("the former password still works")
	}
	if !logsIn(t, r.console, next) {
		t.Error("the new password does not work")
	}
	for _, c := range []struct {
		name, stdin, want string
		args              []string
	}{
		{"common password", "password1234\n", "password", []string{"reset-password", "--email", ownerEmail}},
		{"short password", "tiny\n", "12", []string{"reset-password", "--email", ownerEmail}},
		{"no password", "", "password is empty", []string{"reset-password", "--email", ownerEmail}},
		{"unknown person", "x\n", "Nobody has", []string{"reset-password", "--email", "nobody@example.com"}},
		{"no e-mail", "x\n", "--email", []string{"create", "--name", "X", "--account", "Y"}},
	} {
		res := command(t, cleanEnv(), c.stdin, append([]string{"admin", "--data", dir}, c.args...)...)
		if res.code != 1 || !strings.Contains(res.err, c.want) {
			t.Errorf("%s: exit code %d, %q", c.name, res.code, res.err)
		}
	}
	r.stop()
}

// reset-password prints before and after what a new password removes, and what it does not.
func TestResetPasswordSaysWhatItDoes(t *testing.T) {
	dir, _, who := installation(t)
	st := openData(t, dir)
	p := models.Passkey{Name: "Old laptop", CredentialID: []byte("x"), Credential: []byte("{}")}
	if err := errors.Join(st.AddPasskey(t.Context(), who, p), st.LinkIdentity(t.Context(), models.Actor{}, who.UserID, "https://id.example.com", "4711")); err != nil {
		t.Fatal(err)
	}
	plain, err := st.BeginTOTP(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(plain, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.ConfirmTOTP(t.Context(), who, code); err != nil {
		t.Fatal(err)
	}
	res := command(t, cleanEnv(), "another-quiet-lantern-17\n", "admin", "reset-password", "--data", dir, "--email", ownerEmail)
	if res.code != 0 || !strings.Contains(res.err, "removes their passkeys (currently 1)") || !strings.Contains(res.out, "removed 1 passkeys (Old laptop)") {
		t.Errorf("%d\n%s%s", res.code, res.err, res.out)
	}
	for _, next := range []string{"admin reset-2fa --email " + ownerEmail, "admin unlink-sso --email " + ownerEmail} {
		if !strings.Contains(res.out, next) {
			t.Errorf("it does not name %q:\n%s", next, res.out)
		}
	}
	if left, err := st.Passkeys(t.Context(), who.UserID); err != nil || len(left) != 0 {
		t.Errorf("%d passkeys are left (%v)", len(left), err)
	}
}

func TestKeyCommands(t *testing.T) {
	dir, values, _ := installation(t)
	out := run(t, "key", "list", "--json", "--data", dir)
	var keys []keyLine
	if err := json.Unmarshal([]byte(out), &keys); err != nil || len(keys) != 2 {
		t.Fatalf("key list --json gives %v\n%s", err, out)
	}
	shown := run(t, "key", "show", keys[0].Sid, "--json", "--data", dir)
	var policy keyPolicy
	if err := json.Unmarshal([]byte(shown), &policy); err != nil || policy.Sid != keys[0].Sid || policy.ScopeApps != "all" || policy.IPs == nil {
		t.Errorf("key show --json gives %v\n%s", err, shown)
	}
	all := out + shown + run(t, "key", "list", "--data", dir) + run(t, "key", "show", keys[1].Sid, "--data", dir)
	for _, v := range values {
		if strings.Contains(all, v) {
			t.Error("a command prints the value of a key")
		}
	}
	if !strings.Contains(all, "Scope (App)") || !strings.Contains(all, keys[1].Name) {
		t.Errorf("the tables miss something:\n%s", all)
	}
	if r := command(t, cleanEnv(), "", "key", "show", "01NOSUCHKEY", "--data", dir); r.code != 1 || r.out != "" {
		t.Errorf("an unknown Sid: %d %s%s", r.code, r.out, r.err)
	}
	if r := command(t, cleanEnv(), "", "key", "list", "--account", "nobody", "--data", dir); r.code != 1 || r.out != "" {
		t.Errorf("an unknown account: %d %s%s", r.code, r.out, r.err)
	}
}

func TestRoutesHaveAccess(t *testing.T) {
	var lines []routeLine
	out := run(t, "routes", "--json")
	if err := json.Unmarshal([]byte(out), &lines); err != nil {
		t.Fatal(err)
	}
	servers := map[string]int{}
	for _, l := range lines {
		servers[l.Server]++
		if l.Access == "" || l.Name == "" || l.Path == "" || l.Method == "" {
			t.Errorf("incomplete: %+v", l)
		}
	}
	if servers["console"] < 8 || servers["gate"] < 5 {
		t.Errorf("routes: %v", servers)
	}
	if text := run(t, "routes"); len(strings.Split(strings.TrimSpace(text), "\n")) != len(lines)+1 {
		t.Error("the table and the JSON differ")
	}
}

// The gate answers each listed route and no other.
func TestGateRoutesAreTrue(t *testing.T) {
	r := start(t, filepath.Join(t.TempDir(), "data"))
	ask := func(method, path string) int {
		req, err := http.NewRequestWithContext(t.Context(), method, r.gate+path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	var listed []gate.Endpoint
	for _, l := range allRoutes() {
		if l.Server != "gate" {
			continue
		}
		listed = append(listed, gate.Endpoint{Method: l.Method, Path: l.Path, Name: l.Name, Access: l.Access})
		method := l.Method
		if method == "ANY" {
			method = http.MethodGet
		}
		if got := ask(method, l.Path); got == http.StatusNotFound || got == http.StatusMethodNotAllowed {
			t.Errorf("%s %s answers %d", method, l.Path, got)
		}
	}
	if served := gate.Endpoints(); !slices.Equal(listed, served) {
		t.Errorf("the list has %v, the gate serves %v", listed, served)
	}
	if got := ask(http.MethodGet, "/auth/other"); got != http.StatusNotFound {
		t.Errorf("an unknown endpoint answers %d", got)
	}
	r.stop()
}

func TestVersionHelpAndCompletion(t *testing.T) {
	if out := run(t, "version"); !strings.HasPrefix(out, "keywicket test go") {
		t.Errorf("version prints %q", out)
	}
	help := run(t, "--help")
	for _, want := range []string{"serve", "doctor", "backup", "completion", "--gate-token-file", "KEYWICKET_TRUSTED_PROXIES"} {
		if !strings.Contains(help, want) {
			t.Errorf("the help does not name %s:\n%s", want, help)
		}
	}
	if out := run(t, "completion", "bash"); !strings.Contains(out, "keywicket") {
		t.Errorf("completion prints %q", out)
	}
	for args, want := range map[string]string{
		"sreve":       `Unknown command "sreve".`,
		"admin crate": `Unknown command "crate".`,
		"doctor now":  `Unexpected argument "now".`,
	} {
		if r := command(t, cleanEnv(), "", strings.Fields(args)...); r.code != 1 || !strings.Contains(r.err, want) {
			t.Errorf("%s: exit code %d, %q, want %q", args, r.code, r.err, want)
		}
	}
}

func TestBackupAndRestore(t *testing.T) {
	dir, values, _ := installation(t)
	r := start(t, dir)
	file := filepath.Join(t.TempDir(), "copy.db")
	run(t, "backup", "--data", dir, file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup: %v, %v", info, err)
	}
	if res := command(t, cleanEnv(), "", "backup", "--data", dir, file); res.code != 1 {
		t.Error("a backup replaced a file")
	}
	if res := command(t, cleanEnv(), "", "backup", "--data", dir); res.code != 1 || !strings.Contains(res.err, "FILE") {
		t.Errorf("a backup without a file: %d %s", res.code, res.err)
	}
	r.stop()

	restored := filepath.Join(t.TempDir(), "restored")
	if err := os.Mkdir(restored, 0o700); err != nil {
		t.Fatal(err)
	}
	copyFile(t, file, filepath.Join(restored, databaseName))
	copyFile(t, filepath.Join(dir, "master.key"), filepath.Join(restored, "master.key"))
	run(t, "audit", "verify", "--data", restored)
	run(t, "doctor", "--data", restored)
	r = start(t, restored)
	if !logsIn(t, r.console, ownerPassword) {
		t.Error("nobody can log in after the restore")
	}
	for _, v := range values {
		if reason, err := verify(t.Context(), http.DefaultClient, r.gate, v); err != nil || reason != "allowed" {
			t.Errorf("a key of the backup is %s, %v", reason, err)
		}
	}
	r.stop()
}

// copyFile copies a file to a new one with mode 0600.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAuditVerifySeesTampering(t *testing.T) {
	dir, _, _ := installation(t)
	if out := run(t, "audit", "verify", "--data", dir); !strings.HasPrefix(out, "ok: ") {
		t.Fatalf("a sound audit: %s", out)
	}
	for name, statement := range map[string]string{
		"a changed row":    `UPDATE audit SET actor_name = 'Somebody else' WHERE id = 2`,
		"a changed time":   `UPDATE audit SET at = '2020-01-01 00:00:00+00:00' WHERE id = 2`,
		"a row taken away": `DELETE FROM audit WHERE id = 2`,
		"the tail cut off": `DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)`,
		"all taken away":   `DELETE FROM audit`,
	} {
		t.Run(name, func(t *testing.T) {
			tampered := filepath.Join(t.TempDir(), "data")
			if err := os.CopyFS(tampered, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(filepath.Join(tampered, "master.key"), 0o600); err != nil {
				t.Fatal(err)
			}
			alter(t, tampered, statement)
			r := command(t, cleanEnv(), "", "audit", "verify", "--data", tampered)
			if r.code != 1 || !strings.Contains(r.err, "tampered") {
				t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
			}
			if r := command(t, cleanEnv(), "", "doctor", "--data", tampered); r.code != 1 || !strings.Contains(r.out, "tampered") {
				t.Errorf("doctor: exit code %d\n%s", r.code, r.out)
			}
		})
	}
}

func TestDoctor(t *testing.T) {
	dir, _, _ := installation(t)
	r := start(t, dir)
	flags := []string{"doctor", "--data", dir, "--listen", strings.TrimPrefix(r.console, "http://"), "--gate-listen", strings.TrimPrefix(r.gate, "http://")}
	out := run(t, flags...)
	for _, want := range []string{"Data folder", "Master key", "Database opens", "2 keys", "Audit:", "Console serves", "Gate serves"} {
		if !strings.Contains(out, "ok    "+want) && !strings.Contains(out, want) {
			t.Errorf("the doctor does not say %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "bad ") {
		t.Errorf("a sound installation is bad:\n%s", out)
	}
	idle, _, _ := installation(t)
	others := run(t, append(flags, "--data", idle)...)
	if strings.Contains(others, "Console serves") || strings.Contains(others, "Gate serves") || strings.Count(others, "belongs to another program") != 2 {
		t.Errorf("the doctor takes the server of another folder for this one's:\n%s", others)
	}
	r.stop()
	if err := os.Chmod(filepath.Join(dir, "master.key"), 0o640); err != nil {
		t.Fatal(err)
	}
	if res := command(t, cleanEnv(), "", flags...); res.code != 1 || !strings.Contains(res.out, "chmod 600") {
		t.Errorf("the doctor overlooks a readable master key: %d\n%s", res.code, res.out)
	}
	if res := command(t, cleanEnv(), "", "doctor", "--data", filepath.Join(t.TempDir(), "none")); res.code != 0 || !strings.Contains(res.out, "first start creates it") {
		t.Errorf("the doctor before the first start: %d\n%s%s", res.code, res.out, res.err)
	}
}

func TestResealBesideAServer(t *testing.T) {
	dir, values, who := installation(t)
	r := start(t, dir)
	before, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	run(t, "master-key", "rotate", "--data", dir)
	after, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if err != nil || string(before) == string(after) {
		t.Errorf("the master key did not change: %v", err)
	}
	if reason, err := verify(t.Context(), http.DefaultClient, r.gate, values[0]); err != nil || reason != "allowed" {
		t.Errorf("a key after the rotation is %s, %v", reason, err)
	}
	r.stop()
	st := openData(t, dir)
	defer st.Close()
	page, err := st.ListKeys(t.Context(), who, models.KeyQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range page.Rows {
		if _, err := st.RevealKey(t.Context(), who, row.Sid); err != nil {
			t.Errorf("%s cannot be revealed after the rotation: %v", row.Name, err)
		}
	}
}
