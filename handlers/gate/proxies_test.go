package gate_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The addresses in the files of deploy/.
const (
	deployGate     = "127.0.0.1:8081"
	deployUpstream = "127.0.0.1:9000"
)

// proxied is a real proxy with a file of deploy/ between a client and an
// upstream.
type proxied struct {
	name string
	addr string
}

// frontend is a kind of proxy that start can put in front of the gate.
type frontend struct {
	name  string
	start start
	body  bool // sends bodies to the gate
}

// start runs a proxy with its deploy file; options is what stands behind the
// endpoint's path.
type start func(t *testing.T, gateAddr, upstreamAddr, options string) proxied

func frontends() []frontend {
	all := []frontend{
		{"nginx", startNginx("keywicket.conf"), false},
		{"nginx with njs", startNginx("keywicket-body.conf"), true},
		{"Caddy", startCaddy("Caddyfile"), false},
		{"Caddy with bodies", startCaddy("Caddyfile.body"), true},
		{"HAProxy", startHAProxy(), true},
	}
	// Debian has no Traefik. Where one is installed it is tested like the others.
	if _, err := exec.LookPath("traefik"); err == nil {
		all = append(all, frontend{"Traefik", startTraefik(), true})
	}
	return all
}

// eachFrontend runs a test behind every kind of proxy, with a fixture of its own.
func eachFrontend(t *testing.T, test func(t *testing.T, f frontend, w *fixture, p proxied)) {
	for _, f := range frontends() {
		t.Run(f.name, func(t *testing.T) {
			w := newFixture(t)
			test(t, f, w, f.start(t, w.listen(), upstream(t), ""))
		})
	}
}

// program finds a proxy. It is never skipped: what is not tested is not known
// to hold.
func program(t *testing.T, name, packages string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if path, err := exec.LookPath("/usr/sbin/" + name); err == nil {
		return path
	}
	t.Fatalf("%s is not installed: apt-get install %s (make deps does)", name, packages)
	return ""
}

// deployed reads a file of deploy/ with parts of it replaced; every part must
// be there.
func deployed(t *testing.T, file string, replace map[string]string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "deploy", filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for old, by := range replace {
		if !strings.Contains(text, old) {
			t.Fatalf("deploy/%s has no %q", file, old)
		}
		text = strings.ReplaceAll(text, old, by)
	}
	return text
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// edited adds pairs of old and new text to what is replaced.
func edited(replace map[string]string, edits []string) map[string]string {
	for i := 0; i+1 < len(edits); i += 2 {
		replace[edits[i]] = edits[i+1]
	}
	return replace
}

// startNginx runs nginx with the file inside the least main configuration;
// edits break the file for tests of the tests.
func startNginx(file string, edits ...string) start {
	return func(t *testing.T, gateAddr, upstreamAddr, options string) proxied {
		bin := program(t, "nginx", "nginx-light libnginx-mod-http-js")
		script, edits := editedScript(t, edits)
		return started(t, func(dir, addr string) *exec.Cmd {
			replace := map[string]string{
				deployGate: gateAddr, deployUpstream: upstreamAddr,
				"listen 80;": "listen " + addr + ";",
			}
			endpoint := "/auth/nginx;"
			if strings.Contains(file, "soap") {
				endpoint = "/auth/soap;"
			}
			replace[endpoint] = strings.TrimSuffix(endpoint, ";") + options + ";"
			modules := ""
			if strings.Contains(file, "body") || strings.Contains(file, "soap") {
				replace["/etc/nginx/keywicket.js"] = dir + "/keywicket.js"
				write(t, dir+"/keywicket.js", script)
				modules = "load_module /usr/lib/nginx/modules/ngx_http_js_module.so;\n"
			}
			write(t, dir+"/site.conf", deployed(t, "nginx/"+file, edited(replace, edits)))
			write(t, dir+"/nginx.conf", nginxMain(modules, dir))
			return exec.Command(bin, "-e", "stderr", "-p", dir, "-c", dir+"/nginx.conf")
		})
	}
}

// editedScript is keywicket.js with the edits that are for it, and the rest of
// them.
func editedScript(t *testing.T, edits []string) (script string, rest []string) {
	t.Helper()
	script = deployed(t, "nginx/keywicket.js", nil)
	for i := 0; i+1 < len(edits); i += 2 {
		if strings.Contains(script, edits[i]) {
			script = strings.ReplaceAll(script, edits[i], edits[i+1])
			continue
		}
		rest = append(rest, edits[i], edits[i+1])
	}
	return script, rest
}

// nginxMain is the least main configuration around site.conf.
func nginxMain(modules, dir string) string {
	return fmt.Sprintf(`%sdaemon off; master_process off; pid %[2]s/pid; error_log stderr info;
events {}
http {
	access_log off;
	client_body_temp_path %[2]s/body; proxy_temp_path %[2]s/proxy; fastcgi_temp_path %[2]s/fastcgi;
	uwsgi_temp_path %[2]s/uwsgi; scgi_temp_path %[2]s/scgi;
	include %[2]s/site.conf;
}
`, modules, dir)
}

// startCaddy runs Caddy with the file, on plain HTTP and without its admin
// listener.
func startCaddy(file string, edits ...string) start {
	return func(t *testing.T, gateAddr, upstreamAddr, options string) proxied {
		bin := program(t, "caddy", "caddy")
		return started(t, func(dir, addr string) *exec.Cmd {
			endpoint := "uri /auth/forwarded"
			site := deployed(t, "caddy/"+file, edited(map[string]string{
				deployGate: gateAddr, deployUpstream: upstreamAddr,
				"http://api.example.com": "http://" + addr, endpoint: endpoint + options,
			}, edits))
			write(t, dir+"/Caddyfile", "{\n\tadmin off\n\tauto_https off\n}\n"+site)
			cmd := exec.Command(bin, "run", "--config", dir+"/Caddyfile", "--adapter", "caddyfile")
			cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
			return cmd
		})
	}
}

// startHAProxy runs HAProxy with the files.
func startHAProxy(edits ...string) start {
	return func(t *testing.T, gateAddr, upstreamAddr, options string) proxied {
		bin := program(t, "haproxy", "haproxy")
		return started(t, func(dir, addr string) *exec.Cmd {
			write(t, dir+"/keywicket.lua", deployed(t, "haproxy/keywicket.lua", nil))
			write(t, dir+"/haproxy.cfg", deployed(t, "haproxy/haproxy.cfg", edited(map[string]string{
				deployGate: gateAddr, deployUpstream: upstreamAddr, "bind :80\n": "bind " + addr + "\n",
				"/etc/haproxy/keywicket.lua": dir + "/keywicket.lua", "/auth/haproxy\n": "/auth/haproxy" + options + "\n",
			}, edits)))
			return exec.Command(bin, "-db", "-f", dir+"/haproxy.cfg")
		})
	}
}

// startTraefik runs Traefik with the file.
func startTraefik(edits ...string) start {
	return func(t *testing.T, gateAddr, upstreamAddr, options string) proxied {
		bin := program(t, "traefik", "traefik")
		p := started(t, func(dir, addr string) *exec.Cmd {
			write(t, dir+"/keywicket.yml", deployed(t, "traefik/keywicket.yml", edited(map[string]string{
				deployGate: gateAddr, deployUpstream: upstreamAddr,
				"Host(`api.example.com`)": "PathPrefix(`/`)", "/auth/forwarded\n": "/auth/forwarded" + options + "\n",
			}, edits)))
			return exec.Command(bin, "--entryPoints.web.address="+addr, "--providers.file.filename="+dir+"/keywicket.yml",
				"--global.checkNewVersion=false", "--global.sendAnonymousUsage=false", "--log.level=ERROR")
		})
		for range 250 { // its routes come after its port
			if got, err := (call{target: "/any"}).try(p.addr); err == nil && got.status != 404 {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		return p
	}
}

// started runs a proxy at a free port until the test ends. The port may be
// taken between finding and using it, so it tries again.
func started(t *testing.T, command func(dir, addr string) *exec.Cmd) proxied {
	t.Helper()
	var out bytes.Buffer
	for range 5 {
		dir, addr := t.TempDir(), freeAddr(t)
		cmd := command(dir, addr)
		out.Reset()
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		gone := make(chan struct{})
		go func() { _ = cmd.Wait(); close(gone) }()
		if !answers(addr, gone) {
			_ = cmd.Process.Kill()
			<-gone
			continue
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			<-gone
			if t.Failed() {
				t.Logf("%s said:\n%s", filepath.Base(cmd.Path), out.String())
			}
		})
		return proxied{name: filepath.Base(cmd.Path), addr: addr}
	}
	t.Fatalf("the proxy does not start:\n%s", out.String())
	return proxied{}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// answers waits until the address takes connections or the program is gone.
func answers(addr string, gone <-chan struct{}) bool {
	for range 1000 {
		select {
		case <-gone:
			return false
		case <-time.After(20 * time.Millisecond):
		}
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return true
		}
	}
	return false
}
