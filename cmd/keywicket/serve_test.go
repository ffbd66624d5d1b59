package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/store"
)

func TestFirstStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := start(t, dir)
	for name, want := range map[string]os.FileMode{"": 0o700, "keywicket.db": 0o600, "master.key": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%q has mode %04o, want %04o", name, got, want)
		}
	}
	for _, address := range []string{r.console + "/healthz", r.console + "/readyz", r.gate + "/healthz", r.gate + "/readyz"} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Errorf("%s %s = %d", method, address, res.StatusCode)
			}
		}
	}
	r.stop()
}

func TestSetupLinkWorksOnceAndIsRenewed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := start(t, dir)
	first := r.setupLink()
	r.stop()
	r = start(t, dir)
	second := r.setupLink()
	if got := status(r.console + "/setup/" + first[strings.LastIndex(first, "/")+1:]); got != http.StatusNotFound {
		t.Errorf("the link of the former start answers %d, want 404", got)
	}
	b := newBrowser(t, r.console)
	b.setUp(second)
	if got := status(second); got != http.StatusNotFound {
		t.Errorf("the used link answers %d, want 404", got)
	}
	if p := newBrowser(t, r.console).post(second, url.Values{
		"account": {"Another"}, "name": {"Eve"}, "email": {"eve@example.com"}, "password": {ownerPassword}, "password_again": {ownerPassword},
	}); p.status != http.StatusNotFound {
		t.Errorf("the used link makes a second owner: %d at %s", p.status, p.url)
	}
	r.stop()
	r = start(t, dir)
	if out := r.out.String(); strings.Contains(out, "/setup/") {
		t.Errorf("a start with an owner prints a setup link:\n%s", out)
	}
	r.stop()
}

func TestSettingsFromTheEnvironment(t *testing.T) {
	dir, token := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("0123456789abcdef0123456789\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := startWith(t, cleanEnv("KEYWICKET_DATA="+dir, "KEYWICKET_LOG_FORMAT=json", "KEYWICKET_GATE_TOKEN_FILE="+token, "KEYWICKET_BASE_URL=https://keys.example.com"))
	if link := r.await(regexp.MustCompile(`(?m)^ +(http\S+/setup/\S+)$`)); !strings.HasPrefix(link, "https://keys.example.com/setup/") {
		t.Errorf("the setup link is %s", link)
	}
	ask := func(token string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.gate+"/v1/verify", strings.NewReader(`{"key":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Keywicket-Token", token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	if got := ask("0123456789abcdef0123456789"); got != http.StatusOK {
		t.Errorf("the right token gives %d", got)
	}
	if got := ask("wrong"); got != http.StatusForbidden {
		t.Errorf("a wrong token gives %d, want 403", got)
	}
	r.stop()
	for line := range strings.Lines(r.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
	if !strings.Contains(r.log.String(), `"request_id"`) {
		t.Error("no request id in the log")
	}
}

func TestMasterKeyFromTheEnvironment(t *testing.T) {
	dir := usedData(t)
	name := filepath.Join(dir, "master.key")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	env := cleanEnv("KEYWICKET_MASTER_KEY=" + string(text))
	startWith(t, env, "--data", dir).stop()
	if r := command(t, env, "", "master-key", "rotate", "--data", dir); r.code != 1 || !strings.Contains(r.err, "KEYWICKET_MASTER_KEY") {
		t.Errorf("rotating a key of the environment: %d %s", r.code, r.err)
	}
}

func TestHealthcheck(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := start(t, dir)
	flags := []string{"--listen", strings.TrimPrefix(r.console, "http://"), "--gate-listen", strings.TrimPrefix(r.gate, "http://")}
	if out := run(t, append([]string{"healthcheck"}, flags...)...); out != "ok\n" {
		t.Errorf("healthcheck says %q", out)
	}
	if res := command(t, cleanEnv(), "", "healthcheck", flags[0], flags[1], "--gate-listen", "127.0.0.1:1"); res.code != 1 || !strings.Contains(res.err, "gate") {
		t.Errorf("healthcheck without a gate: %d %s", res.code, res.err)
	}
	r.stop()
	if res := command(t, cleanEnv(), "", append([]string{"healthcheck"}, flags...)...); res.code != 1 || !strings.Contains(res.err, "console is not ready") {
		t.Errorf("healthcheck of a stopped server: %d %s", res.code, res.err)
	}
}

// makeKeys creates an owner and keys while a server runs.
func makeKeys(t *testing.T, dir string, n int) (values []string, who models.Actor) {
	t.Helper()
	st := openData(t, dir)
	defer st.Close()
	ctx := t.Context()
	_, account, err := st.CreateOwner(ctx, "", models.NewOwner{AccountName: "Larkfield Supply", Name: "Maya", Email: ownerEmail, PasswordHash: "x", Preset: true})
	if err != nil {
		t.Fatal(err)
	}
	if who, err = st.OwnerActor(ctx, account.Slug); err != nil {
		t.Fatal(err)
	}
	for range n {
		_, value, err := st.CreateKey(ctx, who, "", rand.Text())
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	return values, who
}

// openData opens a data folder until the caller closes it. A server may be running.
func openData(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := parse(t, nil, "--data", dir)
	if err != nil {
		t.Fatal(err)
	}
	st, err := openStore(t.Context(), s, opening{})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// verify asks the gate about a key.
func verify(ctx context.Context, client *http.Client, gate, value string) (reason string, err error) {
	body := fmt.Sprintf(`{"key":%q,"method":"POST","path":"/api/v5/app/list","ip":"192.0.2.9"}`, value)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, gate+"/v1/verify", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var answer struct {
		Reason string `json:"reason"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %d", res.StatusCode)
	}
	return answer.Reason, nil
}

func TestDemo(t *testing.T) {
	tmp := t.TempDir()
	r := startWith(t, cleanEnv("TMPDIR="+tmp), "--demo")
	email := r.await(regexp.MustCompile(`(?m)^E-mail +(\S+)$`))
	password := r.await(regexp.MustCompile(`(?m)^Password +(\S+)$`))
	b := newBrowser(t, r.console)
	p := b.submit(b.get("/login"), "/login", url.Values{"email": {email}, "password": {password}})
	if !strings.HasSuffix(p.url.Path, "/keys") || p.status != http.StatusOK || !strings.Contains(p.body, "Warehouse scanners") {
		t.Fatalf("the log-in leads to %s, status %d", p.url, p.status)
	}
	for role, other := range map[string]string{"admin": "jonas@larkfield.example", "member": "priya@larkfield.example"} {
		if got := r.await(regexp.MustCompile(`(?m)^ +(\S+) \(` + role + `\)$`)); got != other {
			t.Errorf("the %s is %s", role, got)
		}
		one := newBrowser(t, r.console)
		if p := one.submit(one.get("/login"), "/login", url.Values{"email": {other}, "password": {password}}); !strings.HasSuffix(p.url.Path, "/keys") {
			t.Errorf("the log-in of %s leads to %s", other, p.url)
		}
	}
	r.stop()
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("the demo left %v, %v", left, err)
	}
	if strings.Contains(r.log.String(), password) {
		t.Error("the demo's password is in the log")
	}
}
