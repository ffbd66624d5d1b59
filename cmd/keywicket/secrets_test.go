package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

var keyValue = regexp.MustCompile(`kw_[0-9A-Za-z]{38}`)

// hunt searches data for planted secrets.
type hunt struct {
	t      *testing.T
	plants map[string][]string // what a secret is called, and the forms of it
}

// plant adds a secret, in the forms in which it could appear.
func (h *hunt) plant(name, secret string) {
	h.t.Helper()
	if len(secret) < 12 {
		h.t.Fatalf("the %s %q is too short to be looked for", name, secret)
	}
	forms := []string{secret, url.QueryEscape(secret)}
	for pad := range 3 { // Base64 looks different by where the secret begins
		enc := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", pad) + secret))
		forms = append(forms, enc[4:len(enc)-4])
	}
	if body, ok := strings.CutPrefix(secret, "kw_"); ok {
		forms = append(forms, body[:len(body)-6]) // without prefix and checksum
	}
	h.plants[name] = forms
}

// found returns the names of the planted secrets in data, each with the text before it.
func (h *hunt) found(data []byte) (names []string) {
	for name, forms := range h.plants {
		for _, f := range forms {
			if at := bytes.Index(data, []byte(f)); at >= 0 {
				names = append(names, fmt.Sprintf("%s, after %q", name, data[max(0, at-60):at]))
				break
			}
		}
	}
	return names
}

// search fails the test for each planted secret in data.
func (h *hunt) search(where string, data []byte) {
	h.t.Helper()
	for _, name := range h.found(data) {
		h.t.Errorf("in %s stands the %s", where, name)
	}
}

// searchFiles searches every file below dir except the master key.
func (h *hunt) searchFiles(dir string) {
	h.t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "master.key" {
			return err
		}
		data, err := os.ReadFile(name)
		h.search(d.Name(), data)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// crawl visits every linked page as the signed-in person, and searches it.
func (h *hunt) crawl(b *browser, from string) (visited int) {
	h.t.Helper()
	queue, seen := []string{from, "/profile"}, map[string]bool{}
	for len(queue) > 0 && visited < 80 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		p := b.get(path)
		visited++
		if p.status >= 500 {
			h.t.Errorf("%s answers %d", path, p.status)
		}
		h.search("the page "+path, []byte(p.body))
		p.Find(`a[href^="/"]`).Each(func(_ int, a *goquery.Selection) {
			if href := a.AttrOr("href", ""); !strings.HasPrefix(href, "/static/") {
				queue = append(queue, href)
			}
		})
	}
	return visited
}

// atTheGate sends the value in all the ways in which clients send keys, right and wrong, and returns all answers of the
// gate.
func atTheGate(t *testing.T, gate, token, value string) []byte {
	t.Helper()
	var all bytes.Buffer
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(value+":"))
	send := func(method, path, body string, header ...string) {
		req, err := http.NewRequestWithContext(t.Context(), method, gate+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Keywicket-Token", token)
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		_ = res.Header.Write(&all)
		if _, err := io.Copy(&all, res.Body); err != nil {
			t.Fatal(err)
		}
	}
	const path = "/api/v5/app/list"
	for _, header := range [][]string{
		{"Authorization", "Bearer " + value}, {"X-API-Key", value}, {"Authorization", basic},
		{"Authorization", value}, {"Authorization", "Bearer " + value + "x"}, {"X-API-Key", value, "Authorization", "Bearer " + value},
	} {
		send("GET", "/auth/nginx", "", append(header, "X-Original-URI", path, "X-Original-Method", "POST", "X-Real-IP", "192.0.2.8")...)
		send("GET", "/auth/forwarded", "", append(header, "X-Forwarded-Uri", path, "X-Forwarded-Method", "POST", "X-Forwarded-For", "192.0.2.8")...)
	}
	for _, uri := range []string{path + "?api_key=" + value, "/" + value, "/%zz" + value} {
		send("GET", "/auth/nginx", "", "X-Original-URI", uri, "X-Original-Method", "POST", "X-Real-IP", "192.0.2.8")
	}
	for _, body := range []string{
		fmt.Sprintf(`{"key":%q,"method":"POST","path":%q}`, value, path), fmt.Sprintf(`{"key":%q,"api":"no.such"}`, value),
		fmt.Sprintf(`{"key":%q,"oops":1}`, value), fmt.Sprintf(`{"key":[%q]}`, value), fmt.Sprintf(`{"key":%q`, value), fmt.Sprintf(`{%q:1}`, value),
		fmt.Sprintf(`{"key":%q,"ip":%q}`, value, value), fmt.Sprintf(`{"key":%q,"channel":%q}`, value, value),
	} {
		send("POST", "/v1/verify", body, "Content-Type", "application/json")
	}
	send("GET", "/"+value, "")
	send("GET", "/healthz?key="+value, "")
	return all.Bytes()
}

// Values of keys, passwords and tokens appear in the one answer that shows them and nowhere else: not in logs, pages,
// answers of the gate, the database, its write-ahead log, backups, the audit or the output of commands.
func TestSecretsAreNowhereElse(t *testing.T) {
	root := t.TempDir()
	dir, token := filepath.Join(root, "data"), "gate-token-0123456789abcdef"
	tokenFile := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(tokenFile, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &hunt{t: t, plants: map[string][]string{}}
	r := start(t, dir, "--log-level", "debug", "--log-format", "json", "--gate-token-file", tokenFile)
	link := r.setupLink()
	h.plant("set-up token", link[strings.LastIndex(link, "/")+1:])
	h.plant("gate's token", token)
	b := newBrowser(t, r.console)
	if p := b.get(link); !strings.Contains(p.body, "/setup/") {
		t.Fatal("the form of the set-up does not post to its link")
	}
	account := b.setUp(link)
	h.plant("password", ownerPassword)

	// A password that is wrong, and one that is typed where the e-mail goes.
	const wrong = "this-is-not-the-password-41"
	h.plant("wrong password", wrong)
	other := newBrowser(t, r.console)
	other.submit(other.get("/login"), "/login", url.Values{"email": {ownerEmail}, "password": {wrong}})

	made := b.submit(b.get(account+"/keys"), account+"/keys", nil)
	value := keyValue.FindString(made.body)
	if value == "" {
		t.Fatalf("Create API Key shows no value: status %d\n%s", made.status, made.body)
	}
	h.plant("key's value", value)
	details := b.get(account+"/keys").Find(`a[href^="`+account+`/keys/0"]`).First().AttrOr("href", "")
	shown := b.submit(b.get(details), details+"/reveal", nil)
	if !strings.Contains(shown.body, value) {
		t.Errorf("the eye does not show the value: status %d", shown.status)
	}
	copied := b.submit(b.get(details), details+"/copy", nil)
	second := keyValue.FindString(copied.body)
	if second == "" || second == value {
		t.Fatalf("copying the key shows no value of its own: status %d", copied.status)
	}
	h.plant("copy's value", second)
	for _, c := range b.client.Jar.Cookies(must(url.Parse(r.console))) {
		if len(c.Value) > 20 {
			h.plant("cookie "+c.Name, c.Value)
		}
	}

	h.search("the gate's answers", atTheGate(t, r.gate, token, value))
	b.get("/" + value)
	b.get(account + "/keys?q=" + value) // a person pastes it into the search
	b.get("/setup/" + link[strings.LastIndex(link, "/")+1:])
	if n := h.crawl(b, account+"/keys"); n < 5 {
		t.Errorf("only %d pages were visited", n)
	}

	backup := filepath.Join(root, "copy.db")
	h.search("what backup prints", []byte(run(t, "backup", "--data", dir, backup)))
	for _, args := range [][]string{{"key", "list", "--json"}, {"key", "list"}, {"audit", "verify"}, {"doctor"}} {
		h.search(args[0]+"'s output", []byte(run(t, append(args, "--data", dir)...)))
	}
	if info, err := os.Stat(filepath.Join(dir, databaseName+"-wal")); err != nil || info.Size() == 0 {
		t.Errorf("there is no write-ahead log to search: %v", err)
	}
	h.searchFiles(dir)
	r.stop()
	h.searchFiles(root)
	h.search("the log", []byte(r.log.String()))
	if n := strings.Count(r.log.String(), "\n"); n < 30 {
		t.Errorf("the log has only %d lines", n)
	}
	master, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Fields(string(master)) {
		if len(line) > 30 {
			h.plants = map[string][]string{"master key": {line}}
			h.searchFiles(root)
			h.search("the log", []byte(r.log.String()))
		}
	}

	// The hunt finds what is there.
	control := &hunt{t: t, plants: map[string][]string{}}
	control.plant("account's name", "Larkfield Supply")
	data, err := os.ReadFile(filepath.Join(dir, databaseName))
	if err != nil || len(control.found(data)) == 0 {
		t.Errorf("the hunt overlooks what stands in the database (%v)", err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
