package gate_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
)

const (
	sftpgoPassword = "/auth/sftpgo/password"
	sftpgoUser     = "/auth/sftpgo/user"
	sftpgoHome     = "?home=/srv/sftp/{username}"
)

// sftpgoQuestion is what SFTPGo sends to a hook: the documented fields, and
// those of the other ways to log in, which are empty with a password.
func sftpgoQuestion(address, user, password, ip, protocol string) *http.Request {
	body, err := json.Marshal(map[string]any{"username": user, "password": password, "ip": ip, "protocol": protocol,
		"public_key": "", "keyboard_interactive": "", "tls_cert": "", "user": nil})
	if err != nil {
		panic(err)
	}
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// sftpgoAnswer is what a hook answers, of either kind.
type sftpgoAnswer struct {
	Status         int
	Username       string
	HomeDir        string `json:"home_dir"`
	ExpirationDate int64  `json:"expiration_date"`
	Permissions    map[string][]string
	Filters        map[string]any
}

func sftpgoSays(t *testing.T, got *httptest.ResponseRecorder) sftpgoAnswer {
	t.Helper()
	var a sftpgoAnswer
	if err := json.Unmarshal(got.Body.Bytes(), &a); err != nil || got.Code != 200 || got.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%v: %d %s", err, got.Code, got.Body)
	}
	return a
}

func TestSFTPGo(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelFTP)
	w.channelKeys(models.ChannelHTTP)
	h := w.server()
	for _, c := range []struct {
		name, key, ip, protocol, options string
		want                             engine.Reason
	}{
		{name: "SFTP", key: "ftp good", protocol: "SSH"},
		{name: "FTP", key: "ftp good", protocol: "FTP"},
		{name: "WebDAV", key: "http good", protocol: "DAV"},
		{name: "web client", key: "http good", protocol: "HTTP"},
		{name: "FTP key for WebDAV", key: "ftp good", protocol: "DAV", want: engine.ChannelDenied},
		{name: "HTTP key for SFTP", key: "http good", protocol: "SSH", want: engine.ChannelDenied},
		{name: "REST key", key: "good", protocol: "SSH", want: engine.ChannelDenied},
		{name: "no password", protocol: "SSH", want: engine.KeyMissing},
		{name: "off", key: "ftp off", protocol: "SSH", want: engine.KeyDisabled},
		{name: "old", key: "ftp old", protocol: "SSH", want: engine.KeyExpired},
		{name: "suspended", key: "ftp suspended", protocol: "SSH", want: engine.AccountSuspended},
		{name: "listed", key: "ftp listed", ip: insider, protocol: "SSH"},
		{name: "not listed", key: "ftp listed", protocol: "SSH", want: engine.IPDenied},
		{name: "no address", key: "ftp listed", ip: "client.example", protocol: "SSH", want: engine.IPDenied},
		{name: "some calls", key: "ftp some", protocol: "SSH", want: engine.APIDenied},
		{name: "some calls, named", key: "ftp some", protocol: "SSH", options: "/api=ping"},
		{name: "another app", key: "ftp sales only", protocol: "SSH", options: "/app=stock", want: engine.AppDenied},
		{name: "rate", key: "ftp once", protocol: "SSH"},
		{name: "rate, again", key: "ftp once", protocol: "SSH", want: engine.RateLimited},
	} {
		for _, endpoint := range []string{sftpgoPassword, sftpgoUser} {
			if c.name == "rate" && endpoint == sftpgoUser {
				continue
			}
			t.Run(c.name+endpoint, func(t *testing.T) {
				if c.ip == "" {
					c.ip = outsider
				}
				user := w.sid[c.key] // a single token's user is its Sid
				r := sftpgoQuestion(endpoint+c.options+sftpgoHome, user, w.key[c.key], c.ip, c.protocol)
				got := ask(h, r)
				a := sftpgoSays(t, got)
				if got.Header().Get("X-Keywicket-Reason") != c.want.String() || (a.Status == 1) != (c.want == engine.Allowed) {
					t.Errorf("%s %s, want %s", got.Header().Get("X-Keywicket-Reason"), got.Body, c.want)
				}
				if c.want != engine.Allowed && (a.Username != "" || strings.Contains(got.Body.String(), "home")) {
					t.Errorf("a denial has %s", got.Body)
				}
			})
		}
	}
}

func TestSFTPGoUser(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelFTP)
	expires := noon.Add(3600e9)
	w.add("soon", acme, func(k *engine.KeyData) { k.Key.Channel, k.Key.ExpiresAt = models.ChannelFTP, &expires })
	sid := strings.ToLower(w.sid["soon"])
	for query, permissions := range map[string]string{
		"?home=/srv/sftp/{username}":                                     "[*]",
		"?home=%2Fsrv%2Fsftp%2F%7Busername%7D&permissions=list,download": "[list download]",
	} {
		got := ask(w.server(), sftpgoQuestion(sftpgoUser+query, w.sid["soon"], w.key["soon"], outsider, "SSH"))
		a := sftpgoSays(t, got)
		if a.Status != 1 || a.Username != sid || a.HomeDir != "/srv/sftp/"+sid || fmt.Sprint(a.Permissions["/"]) != permissions ||
			a.ExpirationDate != expires.UnixMilli() || fmt.Sprint(a.Filters["external_auth_cache_time"]) != "0" {
			t.Errorf("%s: %s", query, got.Body)
		}
		if strings.Contains(got.Body.String(), w.key["soon"]) {
			t.Error("the answer has the secret")
		}
	}
	for _, query := range []string{
		"", "?home=", "?home=relative", "?home=/", "?home=/srv/../etc", "?home=/srv/", "?home=/a&home=/b", "?home=/a&permissions=", "?home=/a&permissions=list,,x",
		"?home=/a&permissions=" + url.QueryEscape(`"`), "?home=/a&permissions=a&permissions=b", "?home=/a;x",
	} {
		got := ask(w.server(), sftpgoQuestion(sftpgoUser+query, w.sid["soon"], w.key["soon"], outsider, "SSH"))
		if got.Code != 400 || got.Header().Get("X-Keywicket-Reason") != "" {
			t.Errorf("%s: %d %s", query, got.Code, got.Body)
		}
	}
}

// A user name that is no folder's name leads to none, whatever the engine
// says; a single token leads to no user but its own.
func TestSFTPGoNames(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelFTP)
	sid := w.sid["ftp good"]
	for name, want := range map[string]string{sid: strings.ToLower(sid), "other-user": strings.ToLower(sid), "../../etc": strings.ToLower(sid)} {
		if a := sftpgoSays(t, ask(w.server(), sftpgoQuestion(sftpgoUser+sftpgoHome, name, w.key["ftp good"], outsider, "SSH"))); a.Username != want {
			t.Errorf("a token as %q: %+v", name, a)
		}
		status := map[bool]int{true: 1}[name == sid]
		if a := sftpgoSays(t, ask(w.server(), sftpgoQuestion(sftpgoPassword, name, w.key["ftp good"], outsider, "SSH"))); a.Status != status {
			t.Errorf("a token as %q: %+v", name, a)
		}
	}
	key := w.Decide(engine.Request{Credential: w.key["ftp good"], Channel: models.ChannelFTP, Login: true})
	for name, want := range map[string]string{
		"warehouse-ftp": "warehouse-ftp", "Warehouse-FTP": "warehouse-ftp", "a.b_c": "a.b_c", "..": "", "...": "", "a/b": "", "/etc": "", "a b": "", "名字": "",
		"ab": "", strings.Repeat("x", 65): "", "a\x00b": "", "{username}": "", "": "",
	} {
		s := &spy{answer: key} // the engine lets a pair in
		a := sftpgoSays(t, ask(s.server(), sftpgoQuestion(sftpgoUser+sftpgoHome, name, "a secret of a pair", outsider, "SSH")))
		if a.Username != want || want != "" && a.HomeDir != "/srv/sftp/"+want || want == "" && a.HomeDir != "" {
			t.Errorf("%q: %+v", name, a)
		}
		if s.asked.Username != name || s.asked.Credential != "a secret of a pair" || !s.asked.Login {
			t.Errorf("%q: %+v", name, s.asked)
		}
	}
}

// sftpgoQuestionOf is a question of that many bytes.
func sftpgoQuestionOf(target string, size int) *http.Request {
	without := sftpgoQuestion(target, "me", "", outsider, "SSH")
	return sftpgoQuestion(target, "me", strings.Repeat("x", size-int(without.ContentLength)), outsider, "SSH")
}

func TestSFTPGoRefuses(t *testing.T) {
	w := newFixture(t)
	w.channelKeys(models.ChannelFTP)
	for _, endpoint := range []string{sftpgoPassword, sftpgoUser} {
		question := func() *http.Request {
			return sftpgoQuestion(endpoint+sftpgoHome, w.sid["ftp good"], w.key["ftp good"], outsider, "SSH")
		}
		for name, c := range map[string]struct {
			change func(*http.Request)
			status int
		}{
			"GET":            {func(r *http.Request) { r.Method = "GET" }, 405},
			"an option":      {func(r *http.Request) { r.URL.Path += "/channel=rest" }, 404},
			"no JSON":        {func(r *http.Request) { r.Body = http.NoBody }, 400},
			"no protocol":    {func(r *http.Request) { *r = *sftpgoQuestion(endpoint+sftpgoHome, "me", "x", outsider, "") }, 400},
			"other protocol": {func(r *http.Request) { *r = *sftpgoQuestion(endpoint+sftpgoHome, "me", "x", outsider, "OIDC") }, 400},
			"large":          {func(r *http.Request) { *r = *sftpgoQuestionOf(endpoint+sftpgoHome, 128<<10) }, 200},
			"too large":      {func(r *http.Request) { *r = *sftpgoQuestionOf(endpoint+sftpgoHome, 128<<10+1) }, 413},
		} {
			r := question()
			c.change(r)
			if got := ask(w.server(), r); got.Code != c.status {
				t.Errorf("%s %s: %d %s", endpoint, name, got.Code, got.Body)
			}
		}
		if got := askFrom(w.server(), question(), "192.0.2.1:1"); got.Code != 403 {
			t.Errorf("%s, another peer: %d", endpoint, got.Code)
		}
		if got := ask((&spy{panics: "broken"}).server(), question()); got.Code != 503 {
			t.Errorf("%s, fault: %d", endpoint, got.Code)
		}
		ask(w.server(), question())
	}
	if strings.Contains(w.log.String(), w.key["ftp good"]) {
		t.Error("the key is in the log")
	}
}

// SFTPGo does not run here: its file is read, and the hooks in it are called.
func TestSFTPGoFile(t *testing.T) {
	var file struct {
		Provider struct {
			Password string `json:"check_password_hook"`
			External string `json:"external_auth_hook"`
			Scope    int    `json:"external_auth_scope"`
		} `json:"data_provider"`
	}
	if err := json.Unmarshal([]byte(deployed(t, filepath.Join("sftpgo", "keywicket.json"), nil)), &file); err != nil {
		t.Fatal(err)
	}
	address, ok := strings.CutPrefix(file.Provider.External, "http://"+deployGate)
	if !ok || file.Provider.Scope != 1 || file.Provider.Password != "" {
		t.Fatalf("%+v", file)
	}
	w := newFixture(t)
	w.channelKeys(models.ChannelFTP)
	a := sftpgoSays(t, ask(w.server(), sftpgoQuestion(address, w.sid["ftp good"], w.key["ftp good"], outsider, "SSH")))
	if a.Status != 1 || !strings.HasPrefix(a.HomeDir, "/srv/sftp/") {
		t.Errorf("%+v", a)
	}
}
