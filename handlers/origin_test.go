package handlers_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"keywicket/handlers"
	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/web/webtest"
)

// configured starts a console with Ada and the flag --base-url.
func configured(t *testing.T, base string) *app {
	t.Helper()
	a := newAppWith(t, secret.NewPasswords(1), func(d *handlers.Deps) { d.BaseURL = base })
	seedAda(t, a)
	return a
}

// TestSignInByAnotherName checks that somebody who opens the console by a name
// that cannot work sees the configured name, the name in their browser, and
// what to set.
func TestSignInByAnotherName(t *testing.T) {
	for name, tc := range map[string]struct {
		base, opened, host string // host is what the console gets, when a proxy changes it
		words              []string
	}{
		"as configured":              {"https://keys.example.com", "https://keys.example.com", "", nil},
		"as configured, plain HTTP":  {"http://keys.lan", "http://keys.lan", "", nil},
		"another name, both HTTPS":   {"https://keys.example.com", "https://10.0.0.5:8443", "", nil},
		"another name, both HTTP":    {"http://localhost:8080", "http://10.0.0.5:8080", "", nil},
		"a proxy that keeps Host":    {"http://localhost:8080", "http://keys.lan", "keys.lan", nil},
		"a proxy, configured for it": {"http://keys.lan", "http://keys.lan", "127.0.0.1:8080", nil},
		"a proxy with TLS":           {"http://localhost:8080", "https://keys.lan", "127.0.0.1:8080", nil},
		"plain HTTP to an HTTPS console": {"https://keys.example.com", "http://10.0.0.5:8080", "", []string{
			"configured for https://keys.example.com (--base-url)", "opened http://10.0.0.5:8080", "--base-url http://10.0.0.5:8080",
		}},
		"a proxy that changes Host": {"http://localhost:8080", "http://keys.lan", "127.0.0.1:8080", []string{
			"configured for http://localhost:8080 (--base-url)", "came from http://keys.lan", "--base-url http://keys.lan", "proxy_set_header Host $http_host",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			a := configured(t, tc.base)
			c := webtest.At(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tc.host != "" {
					r.Host = tc.host
				}
				a.ServeHTTP(w, r)
			}), tc.opened)
			p := signIn(c, "ada@example.com", password)
			if len(tc.words) == 0 {
				if p.URL != "/a/acme/keys" || !signedIn(c) {
					t.Errorf("it led to %s (%d): %q", p.URL, p.Status, p.Text("main"))
				}
				return
			}
			if p.Status != http.StatusForbidden {
				t.Errorf("got %d at %s", p.Status, p.URL)
			}
			wantText(t, p, ".error-words", tc.words...)
			if tc.host != "" && strings.Contains(p.Body, tc.host) {
				t.Error("the page names the host that the proxy asked for")
			}
			if n := a.count(t, "SELECT count(*) FROM audit WHERE event = ?", models.EventUserSignIn); n != 0 {
				t.Error("the sign-in is in the audit")
			}
			c.Header.Set("Accept-Language", "zh-CN")
			p = signIn(c, "ada@example.com", password)
			wantText(t, p, ".error-words", "此控制台配置的地址是 "+tc.base, tc.opened)
		})
	}
}

// TestAnotherSiteIsToldNoAddress checks that a form from another site, by the
// browser's own statement, gets an answer that says so.
func TestAnotherSiteIsToldNoAddress(t *testing.T) {
	a := configured(t, "https://keys.example.com")
	for fetch, origin := range map[string]string{"cross-site": "https://evil.test", "same-site": "http://www.example.com", "": "null"} {
		c := webtest.At(t, a, "https://keys.example.com")
		r := c.Request(http.MethodPost, "/login", url.Values{})
		r.Header.Set("Origin", origin)
		r.Header.Del("Sec-Fetch-Site")
		if fetch != "" {
			r.Header.Set("Sec-Fetch-Site", fetch)
		}
		p := c.Do(r)
		if wantText(t, p, ".error-words", "came from another site"); p.Status != http.StatusForbidden || strings.Contains(p.Body, "--base-url") {
			t.Errorf("%s: %d %q", origin, p.Status, p.Text("main"))
		}
	}
}

// TestSignInBehindNginx checks that behind a real nginx with only proxy_pass,
// the page names what to set, and that each of the two settings works.
func TestSignInBehindNginx(t *testing.T) {
	for name, tc := range map[string]struct {
		base, setting string
		works         bool
	}{
		"plain proxy_pass":        {"http://localhost:8080", "", false},
		"with the Host header":    {"http://localhost:8080", "proxy_set_header Host $http_host;", true},
		"with the right base URL": {"http://keys.lan:8000", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			console := httptest.NewServer(configured(t, tc.base))
			t.Cleanup(console.Close)
			proxy := startNginx(t, "location / { proxy_pass "+console.URL+"; "+tc.setting+" }")
			c := webtest.At(t, proxy, "http://keys.lan:8000")
			p := signIn(c, "ada@example.com", password)
			if tc.works {
				if p.URL != "/a/acme/keys" || !signedIn(c) {
					t.Errorf("it led to %s (%d): %q", p.URL, p.Status, p.Text("main"))
				}
				return
			}
			wantText(t, p, ".error-words", "http://localhost:8080 (--base-url)", "came from http://keys.lan:8000", tc.setting)
			if p.Status != http.StatusForbidden || strings.Contains(p.Body, strings.TrimPrefix(console.URL, "http://")) {
				t.Errorf("got %d: %q", p.Status, p.Text("main"))
			}
		})
	}
}

// startNginx runs nginx with the server block until the test ends. It returns a
// handler that forwards requests to it unchanged.
func startNginx(t *testing.T, server string) http.Handler {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr, dir := l.Addr().String(), t.TempDir()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "nginx.conf")
	text := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log stderr info;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	server { listen %[2]s; %[3]s }
}
`, dir, addr, server)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command("/usr/sbin/nginx", "-e", "stderr", "-p", dir, "-c", conf)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatalf("start nginx (apt-get install nginx-light): %v", err)
	}
	gone := make(chan struct{})
	go func() { _ = cmd.Wait(); close(gone) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-gone
	})
	for !accepts(addr) {
		select {
		case <-gone:
			t.Fatalf("nginx does not start:\n%s", said.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: addr})
		r.Out.Host = r.In.Host
	}}
}

// accepts reports whether the address accepts connections.
func accepts(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}
