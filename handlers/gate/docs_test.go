package gate_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"keywicket/handlers/gate"
	"keywicket/models/engine"
)

// document reads a file of the project.
func document(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// blocks returns the fenced blocks of a language.
func blocks(text, language string) (found []string) {
	for _, part := range strings.Split(text, "```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		found = append(found, block)
	}
	return found
}

// The lines of docs/nginx.md that let everybody through do so, and still
// let no forged identity through.
func TestRealNginxOpenWhenTheGateIsDown(t *testing.T) {
	found := blocks(document(t, "docs/nginx.md"), "nginx")
	if len(found) != 2 {
		t.Fatalf("docs/nginx.md has %d blocks of nginx", len(found))
	}
	start := startNginx("keywicket.conf", "        error_page 500 =503 @keywicket_down;\n", found[0],
		"    # No answer from the gate", found[1]+"    # No answer from the gate")
	w := newFixture(t)
	down := start(t, freeAddr(t), upstream(t), "")
	got := call{target: "/any", headers: forgedIdentity()}.send(t, down.addr)
	if got.status != 200 || !got.reached() || len(forgedHeaders(got.seen(t))) > 0 {
		t.Errorf("%d %s", got.status, got.body)
	}
	up := start(t, w.listen(), upstream(t), "")
	checkRealDenied(t, engine.KeyMissing, call{target: "/ping"}.send(t, up.addr))
}

// startReadme runs nginx with the configuration of the README, edited by
// pairs of old and new text.
func startReadme(t *testing.T, gateAddr, upstreamAddr string, edits ...string) string {
	t.Helper()
	found := blocks(document(t, "README.md"), "nginx")
	if len(found) != 1 {
		t.Fatalf("README.md has %d blocks of nginx", len(found))
	}
	site := found[0]
	edits = append([]string{deployGate, gateAddr, deployUpstream, upstreamAddr}, edits...)
	for i := 0; i+1 < len(edits); i += 2 {
		if !strings.Contains(site, edits[i]) {
			t.Fatalf("the README's nginx has no %q", edits[i])
		}
		site = strings.ReplaceAll(site, edits[i], edits[i+1])
	}
	return startNginxSite(t, "listen 127.0.0.1:8000;", site)
}

// The README's nginx lets nobody in without a key, and the upstream sees the
// identity of the key in place of whatever the client sends.
func TestRealReadme(t *testing.T) {
	w := newFixture(t)
	addr := startReadme(t, w.listen(), upstream(t))
	for _, c := range []call{{target: "/any"}, {target: "/any", key: w.key["off"]}, {target: "/any", key: w.key["listed"]}} {
		if got := c.send(t, addr); got.reached() || got.status != 401 && got.status != 403 {
			t.Errorf("with the key %q: %d %s", c.key, got.status, got.body)
		}
	}
	for _, forged := range forgeries() {
		got := call{target: "/apps/sales/things", key: w.key["名字 & co"], headers: forged}.send(t, addr)
		if got.status != 200 || !got.reached() {
			t.Errorf("%q: %d %s", forged, got.status, got.body)
			continue
		}
		seen := got.seen(t)
		w.checkIdentity(t, seen, "名字 & co")
		for _, name := range identity() {
			if seen.get(t, name) == "forged" {
				t.Errorf("%q: upstream got %s as forged", forged, name)
			}
		}
	}
}

// Without any one of the lines that set identity headers, a forged one reaches
// the upstream.
func TestRealReadmeNeedsAllFiveHeaders(t *testing.T) {
	w := newFixture(t)
	gateAddr, upstreamAddr := w.listen(), upstream(t)
	for _, name := range identity() {
		line := regexp.MustCompile(`proxy_set_header ` + name + ` +\S+;`).FindString(document(t, "README.md"))
		addr := startReadme(t, gateAddr, upstreamAddr, line, "")
		got := call{target: "/any", key: w.key["good"], headers: forgedIdentity()}.send(t, addr)
		if got.status != 200 || !slices.Contains(forgedHeaders(got.seen(t)), name) {
			t.Errorf("without %s: %d %s", name, got.status, got.body)
		}
	}
}

// The README's nginx asks all its questions over one connection.
func TestRealReadmeKeepsItsConnection(t *testing.T) {
	w := newFixture(t)
	var opened atomic.Int32
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = gate.HTTPServer(w.server(), nil)
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	srv.Start()
	t.Cleanup(srv.Close)
	gateAddr := srv.Listener.Addr().String()
	for name, c := range map[string]struct {
		edits []string
		want  int32
	}{
		"as it is":                   {nil, 1},
		"without the cleared header": {[]string{`proxy_set_header Connection "";`, ""}, 5},
	} {
		opened.Store(0)
		addr := startReadme(t, gateAddr, upstream(t), c.edits...)
		for range 5 {
			if got := (call{method: "POST", target: "/any", key: w.key["good"], body: "hello"}).send(t, addr); got.status != 200 {
				t.Fatalf("%s: %d %s", name, got.status, got.body)
			}
		}
		if got := opened.Load(); got != c.want {
			t.Errorf("%s: %d connections, want %d", name, got, c.want)
		}
	}
}

func TestRealPreflight(t *testing.T) {
	const line = "if ($request_method = OPTIONS) { return 204; }"
	if !strings.Contains(document(t, "docs/nginx.md"), line) {
		t.Fatal("docs/nginx.md has no " + line)
	}
	for file, before := range map[string]string{"keywicket.conf": "auth_request /_keywicket;", "keywicket-body.conf": "js_content keywicket.guard;"} {
		w := newFixture(t)
		p := startNginx(file, before, line+"\n"+before)(t, w.listen(), upstream(t), "")
		if got := (call{method: "OPTIONS", target: "/any"}).send(t, p.addr); got.status != 204 || got.reached() {
			t.Errorf("%s: %d", file, got.status)
		}
		checkRealDenied(t, engine.KeyMissing, call{target: "/ping"}.send(t, p.addr))
	}
}

// A gate that asks for its token gets it from every deploy file, in the place
// that the documents name, and the upstream does not.
func TestRealToken(t *testing.T) {
	inNginx := []string{`X-Keywicket-Token "";  # the`, `X-Keywicket-Token "` + gateToken + `";  # the`}
	inCaddy := []string{"# header_up X-Keywicket-Token {$KEYWICKET_TOKEN}", "header_up X-Keywicket-Token " + gateToken}
	for _, f := range []struct {
		name          string
		with, without start
	}{
		{"nginx", startNginx("keywicket.conf", inNginx...), startNginx("keywicket.conf")},
		{"nginx with njs", startNginx("keywicket-body.conf", inNginx...), startNginx("keywicket-body.conf")},
		{"Caddy", startCaddy("Caddyfile", inCaddy...), startCaddy("Caddyfile")},
		{"Caddy with bodies", startCaddy("Caddyfile.body", inCaddy...), startCaddy("Caddyfile.body")},
		{"HAProxy", startHAProxy("# setenv KEYWICKET_TOKEN the-gate's-token", "setenv KEYWICKET_TOKEN "+gateToken), startHAProxy()},
	} {
		t.Run(f.name, func(t *testing.T) {
			w := newFixture(t)
			gateAddr, upstreamAddr := w.listen(func(c *gate.Config) { c.Token = gateToken }), upstream(t)
			p := f.with(t, gateAddr, upstreamAddr, "")
			got := call{target: "/ping", key: w.key["good"], headers: []string{"X-Keywicket-Token: forged"}}.send(t, p.addr)
			if got.status != 200 || got.seen(t).get(t, "X-Keywicket-Token") != "" {
				t.Errorf("with the token: %d %s", got.status, got.body)
			}
			p = f.without(t, gateAddr, upstreamAddr, "")
			if got := (call{target: "/ping", key: w.key["good"]}).send(t, p.addr); got.status != 403 || got.reached() {
				t.Errorf("without: %d %s", got.status, got.body)
			}
		})
	}
}

// No client can ask by itself, or call the addresses of the answers.
func TestRealInternalAddresses(t *testing.T) {
	eachFrontend(t, func(t *testing.T, f frontend, w *fixture, p proxied) {
		for _, target := range []string{"/_keywicket", "/_keywicket/400", "/auth/nginx", "/auth/forwarded", "/auth/haproxy", "/auth/envoy/-/ping", "/oauth/introspect", "/v1/verify"} {
			got := call{target: target, key: w.key["good"]}.send(t, p.addr)
			if got.status != 404 && got.status != 403 || got.reached() {
				t.Errorf("%s: %d %s", target, got.status, got.body)
			}
		}
	})
}

// Traefik runs only where it is installed: its file is read everywhere.
func TestTraefikFile(t *testing.T) {
	var lines []string
	for line := range strings.Lines(deployed(t, "traefik/keywicket.yml", nil)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	for _, want := range []string{"address: http://" + deployGate + "/auth/forwarded", "- url: http://" + deployUpstream, "forwardBody: true", "authResponseHeadersRegex: (?i)^x[-_]keywicket[-_]", "maxBodySize: 1048576"} {
		if !slices.Contains(lines, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, name := range identity() {
		if !slices.Contains(lines, "- "+name) {
			t.Errorf("authResponseHeaders lacks %s", name)
		}
	}
	if strings.Contains(strings.Join(lines, "\n"), "trustForwardHeader") {
		t.Error("it trusts the client's headers")
	}
}
