package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// patience is how long a test waits for what must happen. It measures nothing.
const patience = 60 * time.Second

// binary is the path of the program as it is released, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "keywicket-binary-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "keywicket")
	// The line of the Makefile and of the Dockerfile.
	build := exec.Command("go", "build", "-trimpath", "-tags", "netgo osusergo sqlite_omit_load_extension",
		"-ldflags", `-s -w -X main.version=test -linkmode external -extldflags "-static"`, "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the binary: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// output collects what a process writes. It is safe for concurrent use.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// running is a server in a process of its own.
type running struct {
	t             *testing.T
	cmd           *exec.Cmd
	out, log      *output
	console, gate string
	done          chan struct{}
	err           error // of Wait, once done is closed
}

// cleanEnv returns the environment without the variables of Keywicket, and with extra.
func cleanEnv(extra ...string) []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "KEYWICKET_") {
			env = append(env, e)
		}
	}
	return append(env, extra...)
}

// start runs the binary as a server with its data in dir, on ports that the system chooses, and waits until both
// listeners are ready.
func start(t *testing.T, dir string, args ...string) *running {
	t.Helper()
	return startWith(t, cleanEnv(), append([]string{"--data", dir}, args...)...)
}

// startWith runs the binary as a server in the environment env, and waits until both listeners are ready.
func startWith(t *testing.T, env []string, args ...string) *running {
	t.Helper()
	r := &running{t: t, out: &output{}, log: &output{}, done: make(chan struct{})}
	r.cmd = exec.Command(binary, append([]string{"--listen", "127.0.0.1:0", "--gate-listen", "127.0.0.1:0"}, args...)...)
	r.cmd.Env, r.cmd.Stdout, r.cmd.Stderr = env, r.out, r.log
	r.cmd.Dir = t.TempDir()
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.err = r.cmd.Wait(); close(r.done) }()
	t.Cleanup(r.kill)
	r.console = r.await(regexp.MustCompile(`(?m)^Console +(?:\S+ at )?(http://\S+)$`))
	r.gate = r.await(regexp.MustCompile(`(?m)^Gate +(http://\S+)$`))
	r.eventually("both sides are ready", func() bool {
		return status(r.console+"/readyz") == http.StatusOK && status(r.gate+"/readyz") == http.StatusOK
	})
	return r
}

// await waits for a line on standard output and returns its first group.
func (r *running) await(line *regexp.Regexp) string {
	r.t.Helper()
	var found string
	r.eventually(line.String(), func() bool {
		if m := line.FindStringSubmatch(r.out.String()); m != nil {
			found = m[1]
		}
		return found != ""
	})
	return found
}

// eventually waits until ok returns true. It fails the test if the server ends before.
func (r *running) eventually(what string, ok func() bool) {
	r.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
		select {
		case <-r.done:
			if ok() {
				return
			}
			r.t.Fatalf("the server ended before: %s\n%v\n%s%s", what, r.err, r.out, r.log)
		default:
		}
	}
	r.t.Fatalf("never: %s\n%s%s", what, r.out, r.log)
}

// setupLink returns the link that a first start prints.
func (r *running) setupLink() string {
	r.t.Helper()
	return r.await(regexp.MustCompile(`(?m)^ +(http://\S+/setup/\S+)$`))
}

// stop ends the server with a signal. It fails the test if the server returns an error.
func (r *running) stop() {
	r.t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		r.t.Fatal(err)
	}
	r.wait()
	if r.err != nil {
		r.t.Fatalf("stopped with %v\n%s", r.err, r.log)
	}
}

// wait waits until the server has ended.
func (r *running) wait() {
	r.t.Helper()
	select {
	case <-r.done:
	case <-time.After(patience):
		r.t.Fatal("the server does not end")
	}
}

// kill ends the server without a warning, like a power cut.
func (r *running) kill() {
	_ = r.cmd.Process.Kill()
	<-r.done
}

// status returns the HTTP status of an address, or 0 if nothing answers.
func status(address string) int {
	res, err := http.Get(address)
	if err != nil {
		return 0
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// result is the output of a command that ended.
type result struct {
	out, err string
	code     int
}

// command runs the binary until it ends.
func command(t *testing.T, env []string, stdin string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	var out, errOut bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Dir = env, strings.NewReader(stdin), &out, &errOut, t.TempDir()
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{out: out.String(), err: errOut.String(), code: cmd.ProcessState.ExitCode()}
}

// run runs a command that must succeed, and returns its standard output.
func run(t *testing.T, args ...string) string {
	t.Helper()
	r := command(t, cleanEnv(), "", args...)
	if r.code != 0 {
		t.Fatalf("keywicket %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// browser is a browser without scripts: it keeps cookies, follows links and sends the forms that it finds on a page.
type browser struct {
	t      *testing.T
	client *http.Client
	base   string
	seen   *output // every page that it was given
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, client: &http.Client{Jar: jar, Timeout: patience}, base: base, seen: &output{}}
}

// page is an answer of the console.
type page struct {
	*goquery.Document
	status int
	url    *url.URL
	body   string
}

func (b *browser) do(req *http.Request) page {
	b.t.Helper()
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	_, _ = b.seen.Write(body)
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	return page{Document: doc, status: res.StatusCode, url: res.Request.URL, body: string(body)}
}

func (b *browser) get(path string) page {
	b.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = b.base + path
	}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(req)
}

func (b *browser) post(address string, values url.Values) page {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, address, strings.NewReader(values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", b.base)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(req)
}

// submit sends the form on p whose action ends with suffix, with its current values except for those given.
func (b *browser) submit(p page, suffix string, values url.Values) page {
	b.t.Helper()
	form := p.Find(fmt.Sprintf(`form[method="post"][action$="%s"]`, suffix)).First()
	if form.Length() == 0 {
		b.t.Fatalf("no form to …%s on %s (status %d)\n%s", suffix, p.url, p.status, p.body)
	}
	action, err := p.url.Parse(form.AttrOr("action", ""))
	if err != nil {
		b.t.Fatal(err)
	}
	all := url.Values{}
	form.Find("input[name]").Each(func(_ int, in *goquery.Selection) {
		kind := in.AttrOr("type", "text")
		if _, checked := in.Attr("checked"); (kind == "checkbox" || kind == "radio") && !checked {
			return
		}
		all.Add(in.AttrOr("name", ""), in.AttrOr("value", ""))
	})
	for k, v := range values {
		all[k] = v
	}
	return b.post(action.String(), all)
}

const (
	ownerEmail    = "maya@larkfield.example"
	ownerPassword = "quiet-lantern-harbour-92"
)

// setUp follows the setup link, which signs the browser in. It returns the address of the account, /a/….
func (b *browser) setUp(link string) string {
	b.t.Helper()
	p := b.submit(b.get(link), "/setup/"+link[strings.LastIndex(link, "/")+1:], url.Values{
		"account": {"Larkfield Supply"}, "name": {"Maya Lindqvist"}, "email": {ownerEmail},
		"password": {ownerPassword}, "password_again": {ownerPassword},
	})
	if !strings.HasPrefix(p.url.Path, "/a/") {
		b.t.Fatalf("set-up led to %s (status %d)\n%s", p.url, p.status, p.body)
	}
	return strings.TrimSuffix(p.url.Path, "/keys")
}
