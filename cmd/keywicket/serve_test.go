package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
		t.Errorf("a start with an owner prints a set-up link:\n%s", out)
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
		t.Errorf("the set-up link is %s", link)
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
	if res := command(t, cleanEnv(), "", append([]string{"healthcheck"}, flags...)...); res.code != 1 || !strings.Contains(res.err, "console does not serve") {
		t.Errorf("healthcheck of a stopped server: %d %s", res.code, res.err)
	}
}

// A request whose body is on its way when SIGTERM comes is answered; nothing
// new is taken.
func TestSigtermLetsRequestsFinish(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := start(t, dir)
	body := `{"key":"nothing"}`
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.gate, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/verify HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:5])
	// The server has read the head once it answers on another connection.
	r.eventually("the gate answers", func() bool { return status(r.gate+"/healthz") == http.StatusOK })
	time.Sleep(50 * time.Millisecond) // gives the first connection's head time to arrive; too little only makes the test easier
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r.eventually("nothing new is taken", func() bool { return status(r.gate+"/healthz") == 0 && status(r.console+"/healthz") == 0 })
	fmt.Fprint(conn, body[5:])
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 200")) || !bytes.Contains(answer, []byte(`"allowed":false`)) {
		t.Errorf("the request in flight got %q", answer)
	}
	r.wait()
	if r.err != nil {
		t.Errorf("ended with %v\n%s", r.err, r.log)
	}
}

// makeKeys makes an owner and keys beside a running server.
func makeKeys(t *testing.T, dir string, n int) (values []string, who models.Actor) {
	t.Helper()
	st := openBeside(t, dir)
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

func openBeside(t *testing.T, dir string) *store.Store {
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

// tally counts answers by their reason.
type tally struct {
	mu     sync.Mutex
	counts map[string]int64
}

func (c *tally) add(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[reason]++
}

func (c *tally) sum() (n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range c.counts {
		n += v
	}
	return n
}

// After SIGTERM in the middle of requests, what is stored is exactly what was
// answered, by every reason.
func TestUsageIsExactAfterSigterm(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := start(t, dir)
	values, _ := makeKeys(t, dir, 4)
	values = append(values, "kw_malformed")
	answered := &tally{counts: map[string]int64{}}
	r.eventually("the gate knows the keys", func() bool {
		reason, err := verify(t.Context(), http.DefaultClient, r.gate, values[3])
		if err != nil {
			t.Fatal(err)
		}
		answered.add(reason)
		return reason == "allowed"
	})
	var workers sync.WaitGroup
	for i := range 8 {
		workers.Go(func() {
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: i%2 == 0}}
			for n := 0; ; n++ {
				reason, err := verify(context.WithoutCancel(t.Context()), client, r.gate, values[n%len(values)])
				if err != nil {
					return // the server takes nothing more
				}
				answered.add(reason)
			}
		})
	}
	r.eventually("enough requests", func() bool { return answered.sum() > 1000 })
	r.stop()
	workers.Wait()

	stored := map[string]int64{}
	db, err := sql.Open("sqlite3", filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT reason, sum(count) FROM usage_days GROUP BY reason")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var reason string
		var n int64
		if err := rows.Scan(&reason, &n); err != nil {
			t.Fatal(err)
		}
		stored[reason] = n
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(answered.counts, stored); diff != "" {
		t.Errorf("answered (-) and stored (+) differ:\n%s", diff)
	}
	if stored["allowed"] == 0 || stored["key_malformed"] == 0 {
		t.Errorf("the requests were not of both kinds: %v", stored)
	}
}

// keepAlive asks the gate on one connection until the server says that it
// ends, and gives the error of a connection that broke without a word.
func keepAlive(gate, value string) error {
	conn, err := net.Dial("tcp", strings.TrimPrefix(gate, "http://"))
	if err != nil {
		return nil // nothing new is taken
	}
	defer conn.Close()
	body := fmt.Sprintf(`{"key":%q}`, value)
	answers := bufio.NewReader(conn)
	for n := 0; ; n++ {
		_, err := fmt.Fprintf(conn, "POST /v1/verify HTTP/1.1\r\nHost: gate\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		var res *http.Response
		if err == nil {
			res, err = http.ReadResponse(answers, nil)
		}
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
		}
		if err != nil && n == 0 {
			return nil // it came when the door was already closing
		}
		if err != nil || res.Close {
			return err
		}
	}
}

// Callers who keep their connection are told that it ends; none is cut off
// under a request of theirs.
func TestSigtermBreaksNoConnectionInUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := start(t, dir)
	values, _ := makeKeys(t, dir, 1)
	var workers sync.WaitGroup
	broken := make([]error, 16)
	for i := range broken {
		workers.Go(func() { broken[i] = keepAlive(r.gate, values[0]) })
	}
	time.Sleep(200 * time.Millisecond) // lets them get going; too little only makes the test easier
	r.stop()
	workers.Wait()
	for _, err := range broken {
		if err != nil {
			t.Errorf("a connection in use broke: %v", err)
		}
	}
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
