// Package mailtest runs a mail server for tests: Debian's aiosmtpd, with a
// mailbox that tests can read.
package mailtest

import (
	"bufio"
	"bytes"
	_ "embed" // the server's program
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

//go:embed server.py
var program string

// Options configure the server.
type Options struct {
	User, Password string // "" for a server without authentication
	Mode           string // "plain" (default), "starttls", "tls" or "mute"
	Cert, Key      string // files, for TLS
}

// Server is a running mail server.
type Server struct {
	URL string // for mail.New
	dir string
}

// Mail is a received mail.
type Mail struct {
	From, To, Subject, Text string
	Header                  mail.Header
}

// Start runs a server on a free loopback port until the test ends. The test
// fails without python3-aiosmtpd, which .ci/packages installs.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Mode == "" {
		o.Mode = "plain"
	}
	dir, port := t.TempDir(), freePort(t)
	script := filepath.Join(dir, "server.py")
	if err := os.WriteFile(script, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &Server{dir: filepath.Join(dir, "maildir")}
	args := []string{script, port, s.dir, o.User, o.Password, o.Mode}
	if o.Cert != "" {
		args = append(args, o.Cert, o.Key)
	}
	run(t, args)
	u := url.URL{Scheme: "smtp", Host: net.JoinHostPort("127.0.0.1", port)}
	if o.Mode == "tls" {
		u.Scheme = "smtps"
	}
	if o.User != "" {
		u.User = url.UserPassword(o.User, o.Password)
	}
	s.URL = u.String()
	return s
}

// run starts the program and waits until it listens. Only Debian's own Python
// finds Debian's modules.
func run(t testing.TB, args []string) {
	t.Helper()
	cmd := exec.Command("/usr/bin/python3", args...) //nolint:gosec // a program of this package
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("start the mail server: %v", err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the mail server does not listen (is python3-aiosmtpd there?): %q, %v\n%s", line, err, said.String())
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return port
}

func (s *Server) files() []string {
	files, _ := filepath.Glob(filepath.Join(s.dir, "new", "*"))
	return files
}

// Waiting returns the number of mails that were not taken yet.
func (s *Server) Waiting() int { return len(s.files()) }

// Take removes the oldest mail and returns it. The test fails when none arrives
// within a few seconds.
func (s *Server) Take(t testing.TB) Mail {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if files := s.files(); len(files) > 0 {
			m, err := read(files[0])
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
	}
	t.Fatal("no mail came")
	return Mail{}
}

func read(file string) (Mail, error) {
	data, err := os.ReadFile(file) //nolint:gosec // in the test's folder
	if err != nil {
		return Mail{}, err
	}
	msg, err := mail.ReadMessage(strings.NewReader(string(data)))
	if err != nil {
		return Mail{}, fmt.Errorf("read a mail: %w", err)
	}
	body := msg.Body
	if msg.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return Mail{}, fmt.Errorf("read a mail: %w", err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil {
		return Mail{}, fmt.Errorf("read a subject: %w", err)
	}
	m := Mail{From: msg.Header.Get("From"), To: strings.Trim(msg.Header.Get("To"), "<>"), Subject: subject, Text: string(text), Header: msg.Header}
	return m, os.Remove(file)
}
