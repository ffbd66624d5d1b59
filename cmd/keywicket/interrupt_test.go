package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v3"
	"golang.org/x/sys/unix"
)

// endings are the signals that ask a program to end.
var endings = []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}

// leaves are the commands that do something, by their words, except servers.
func leaves() map[string]*cli.Command {
	found := map[string]*cli.Command{}
	var walk func(words []string, c *cli.Command)
	walk = func(words []string, c *cli.Command) {
		if len(c.Commands) == 0 && !isServer(c) {
			found[strings.Join(words, " ")] = c
		}
		for _, sub := range c.Commands {
			walk(append(slices.Clone(words), sub.Name), sub)
		}
	}
	walk(nil, program{}.commands())
	return found
}

// printers read no settings: they print what the binary knows.
var printers = []string{"version", "routes"}

// held is a command in a process of its own, on its way to something that it
// will wait for.
type held struct {
	t        *testing.T
	signal   os.Signal // that ended it
	cmd      *exec.Cmd
	out, err bytes.Buffer
	done     chan struct{}
}

func hold(t *testing.T, env []string, stdin *os.File, args ...string) *held {
	t.Helper()
	h := &held{t: t, cmd: exec.Command(binary, args...), done: make(chan struct{})}
	h.cmd.Env, h.cmd.Stdout, h.cmd.Stderr, h.cmd.Dir = env, &h.out, &h.err, t.TempDir()
	if stdin != nil {
		h.cmd.Stdin = stdin
	}
	h.begin()
	return h
}

// begin starts the command.
func (h *held) begin() {
	h.t.Helper()
	if err := h.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() { _ = h.cmd.Wait(); close(h.done) }()
	h.t.Cleanup(func() { _ = h.cmd.Process.Kill(); <-h.done })
}

// when waits until the command waits for what holds it.
func (h *held) when(what string, ok func() bool) *held {
	h.t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		select {
		case <-h.done:
			h.t.Fatalf("ended before %s, with %d\n%s%s", what, h.cmd.ProcessState.ExitCode(), &h.out, &h.err)
		default:
		}
		if time.Now().After(end) {
			h.t.Fatalf("never: %s", what)
		}
	}
	return h
}

// send sends the signal.
func (h *held) send(signal os.Signal) *held {
	h.t.Helper()
	h.signal = signal
	if err := h.cmd.Process.Signal(signal); err != nil {
		h.t.Fatal(err)
	}
	return h
}

// fails checks that the signal made the command fail with words.
func (h *held) fails(code int) *held {
	h.t.Helper()
	select {
	case <-h.done:
	case <-time.After(patience):
		h.t.Fatalf("%s does not end %q", h.signal, h.cmd.Args)
	}
	if got := h.cmd.ProcessState.ExitCode(); got != code || !strings.Contains("\n"+h.err.String(), "\nkeywicket: ") {
		h.t.Errorf("%q, %s: exit code %d, want %d, with words\n%s%s", h.cmd.Args[1:], h.signal, got, code, &h.out, &h.err)
	}
	return h
}

// silent checks that the command does not claim to have done anything.
func (h *held) silent() {
	h.t.Helper()
	if h.out.Len() > 0 {
		h.t.Errorf("%q says that it did something:\n%s", h.cmd.Args[1:], &h.out)
	}
}

// pipe makes a named pipe, and a function that reports whether somebody reads
// it; from then on the reader waits.
func pipe(t *testing.T) (name string, read func() bool) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	return name, func() bool {
		f, err := os.OpenFile(name, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if errors.Is(err, syscall.ENXIO) {
			return false
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return true
	}
}

// contents is all that stands in a data folder: its files, the master key and
// every row.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), "-wal") && !strings.HasSuffix(f.Name(), "-shm") {
			found[f.Name()] = ""
		}
	}
	key, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	found["master.key"] = string(key)
	db, err := sql.Open("sqlite3", filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, table := range rowsOf(t, db, "SELECT name FROM sqlite_master WHERE type = 'table'") {
		found["table "+table] = strings.Join(rowsOf(t, db, "SELECT * FROM "+strings.Trim(table, "[]")), "\n")
	}
	return found
}

func rowsOf(t *testing.T, db *sql.DB, query string) (lines []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprint(values))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// arguments are what a command needs to come as far as its work. Each other
// command that takes an argument gets a word.
func arguments(t *testing.T, words string, c *cli.Command) []string {
	t.Helper()
	args := strings.Fields(words)
	switch {
	case strings.HasPrefix(words, "admin"):
		args = append(args, "--email", ownerEmail)
	case words == "account import":
		file := filepath.Join(t.TempDir(), "accounts.csv")
		writeFile(t, file, "name,kind,master,created\nNorthwind,master,,\n")
		args = append(args, file)
	case words == "account suspend", words == "account reopen":
		args = append(args, "larkfield-supply")
	case c.ArgsUsage != "":
		args = append(args, "word")
	}
	if words == "admin create" {
		args = append(args, "--account", "Another", "--name", "Somebody")
	}
	return args
}

// faultCode is the exit code of a command that could not do its work.
func faultCode(words string) int {
	if words == "check" {
		return exitFault
	}
	return 1
}

// interruptAll holds each command that start starts, ends it by each signal,
// and checks that none succeeds or claims to have done something. They end side
// by side: each takes its time.
func interruptAll(t *testing.T, start func(words string, c *cli.Command) *held) {
	t.Helper()
	codes := map[*held]int{}
	for words, c := range leaves() {
		for _, signal := range endings {
			if h := start(words, c); h != nil {
				h.send(signal)
				codes[h] = faultCode(words)
			}
		}
	}
	if len(codes) < 20 {
		t.Errorf("only %d commands were held", len(codes))
	}
	for h, code := range codes {
		if h.fails(code); h.cmd.Args[1] != "doctor" { // which prints what it finds as it goes
			h.silent()
		}
	}
}

// No command succeeds when a signal ends it before its work is done. A new
// command is in this test by itself: all of them read the settings, and here
// none gets to the end of that.
func TestSignalBeforeTheWork(t *testing.T) {
	t.Parallel()
	dir, _, _ := installation(t)
	before := contents(t, dir)
	interruptAll(t, func(words string, c *cli.Command) *held {
		if slices.Contains(printers, words) || words == "healthcheck" {
			return nil
		}
		name, read := pipe(t)
		env := cleanEnv("KEYWICKET_DATA="+dir, "KEYWICKET_GATE_TOKEN_FILE="+name, "KEYWICKET_PASSWORD=another-quiet-lantern-17")
		return hold(t, env, nil, arguments(t, words, c)...).when("it reads the settings", read)
	})
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("something changed:\n%s", diff)
	}
}

// The same where the database is what they wait for.
func TestSignalAtALockedDatabase(t *testing.T) {
	t.Parallel()
	dir, _, _ := installation(t)
	alter(t, dir, `UPDATE audit SET actor_name = 'Somebody else' WHERE id = 2`)
	before := contents(t, dir)
	unlock := lockDatabase(t, dir)
	interruptAll(t, func(words string, c *cli.Command) *held {
		if slices.Contains(printers, words) || words == "healthcheck" || words == "check" {
			return nil
		}
		h := hold(t, cleanEnv("KEYWICKET_DATA="+dir, "KEYWICKET_PASSWORD=another-quiet-lantern-17"), nil, arguments(t, words, c)...)
		return h.when("it opens the database", func() bool { return h.opened(databaseName) })
	})
	unlock()
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("something changed:\n%s", diff)
	}
}

// opened reports whether the process has a file of that name open.
func (h *held) opened(name string) bool {
	fds := fmt.Sprintf("/proc/%d/fd", h.cmd.Process.Pid)
	files, _ := os.ReadDir(fds) // none once the process has ended
	return slices.ContainsFunc(files, func(f os.DirEntry) bool {
		file, err := os.Readlink(filepath.Join(fds, f.Name()))
		return err == nil && filepath.Base(file) == name
	})
}

// lockDatabase keeps everybody else from reading and writing until unlock.
func lockDatabase(t *testing.T, dir string) (unlock func()) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(dir, databaseName)+"?_locking_mode=EXCLUSIVE")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	for _, statement := range []string{"CREATE TABLE held (x)", "DROP TABLE held"} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return func() { _ = db.Close() }
}

// A doctor that is told to end has no verdict.
func TestSignalAtTheDoctor(t *testing.T) {
	dir, _, _ := installation(t)
	for _, signal := range endings {
		asked, listen := slowServer(t)
		h := hold(t, cleanEnv(), nil, "doctor", "--data", dir, "--listen", listen)
		h.when("it asks the console", asked).send(signal).fails(1)
		if out := h.out.String(); !strings.Contains(out, "Audit: ") || strings.Contains(out, "not started") {
			t.Errorf("it says of a console that has not answered yet:\n%s", out)
		}
	}
}

// slowServer is a server that takes requests and never answers.
func slowServer(t *testing.T) (asked func() bool, address string) {
	t.Helper()
	came, end := make(chan struct{}, 8), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { came <- struct{}{}; <-end }))
	t.Cleanup(func() { close(end); srv.Close() })
	return func() bool {
		select {
		case <-came:
			return true
		default:
			return false
		}
	}, strings.TrimPrefix(srv.URL, "http://")
}

// A gate that has not answered has allowed nothing.
func TestSignalAtASlowGate(t *testing.T) {
	for _, signal := range endings {
		asked, address := slowServer(t)
		in, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		h := hold(t, cleanEnv(), in, "check", "--gate-url", "http://"+address, "--timeout", "1m")
		if _, err := io.WriteString(w, "kw_x"); err != nil {
			t.Fatal(err)
		}
		_ = w.Close()
		h.when("it asks the gate", asked).send(signal).fails(exitFault).silent()
		_ = in.Close()

		asked, address = slowServer(t)
		hold(t, cleanEnv(), nil, "healthcheck", "--listen", address).when("it asks the console", asked).send(signal).fails(1)
	}
}

// Whoever waits for standard input ends at once.
func TestSignalWhileReading(t *testing.T) {
	dir, _, _ := installation(t)
	before := contents(t, dir)
	for _, signal := range endings {
		for code, args := range map[int][]string{
			exitFault: {"check", "--gate-url", answersYes(t)},
			1:         {"admin", "reset-password", "--data", dir, "--email", ownerEmail},
		} {
			in, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			h := hold(t, cleanEnv(), in, args...)
			if _, err := io.WriteString(w, "kw_x"); err != nil {
				t.Fatal(err)
			}
			h.when("it reads", func() bool { return empty(t, in) }).send(signal).fails(code).silent()
			_, _ = in.Close(), w.Close()
		}
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("something changed:\n%s", diff)
	}
}

// empty reports whether all that was written into a pipe was read from it.
func empty(t *testing.T, f *os.File) bool {
	t.Helper()
	n, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCINQ)
	if err != nil {
		t.Fatal(err)
	}
	return n == 0
}

// Under nohup a command outlives its terminal.
func TestHangupUnderNohup(t *testing.T) {
	in, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out bytes.Buffer
	cmd := exec.Command("sh", "-c", `trap "" HUP; exec "$0" "$@"`, binary, "check", "--gate-url", answersYes(t))
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = cleanEnv(), in, &out, &out
	h := &held{t: t, cmd: cmd, done: make(chan struct{})}
	h.begin()
	if _, err := io.WriteString(w, "kw_x"); err != nil {
		t.Fatal(err)
	}
	h.when("it reads", func() bool { return empty(t, in) }).send(syscall.SIGHUP)
	_ = w.Close()
	<-h.done
	if !cmd.ProcessState.Success() {
		t.Errorf("%s\n%s", cmd.ProcessState, &out)
	}
}

// stuck is an output that nobody reads.
type stuck struct{ tried, end chan struct{} }

func (s stuck) Write([]byte) (int, error) {
	s.tried <- struct{}{}
	<-s.end
	return 0, io.ErrClosedPipe
}

// Output that nobody reads keeps no command from ending, and none succeeds
// without it.
func TestOutputThatNobodyReads(t *testing.T) {
	for _, words := range append(printers, "completion bash") {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			out := stuck{make(chan struct{}, 99), make(chan struct{})}
			defer close(out.end)
			var complaint bytes.Buffer
			p := program{in: strings.NewReader(""), out: out, err: &complaint, env: func(string) (string, bool) { return "", false }}
			ctx, end := context.WithCancel(t.Context())
			code := make(chan int, 1)
			go func() { code <- p.exitCode(ctx, p.run(ctx, append([]string{"keywicket"}, strings.Fields(words)...))) }()
			<-out.tried
			end()
			if got := <-code; got != 1 || complaint.Len() == 0 {
				t.Errorf("exit code %d, %q", got, &complaint)
			}
		})
	}
}

// No command succeeds when its output cannot be written, and each says that
// this is what failed: what it prints, lists and its help alike.
func TestOutputThatCannotBeWritten(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	dir, _, _ := installation(t)
	runs := [][]string{{"--version"}, {"help"}, {"--help"}, {"routes", "--json"}, {"completion", "bash"}}
	for _, words := range printers {
		runs = append(runs, []string{words})
	}
	for _, words := range []string{"account list", "account list --json", "key list", "key list --json", "audit verify", "doctor"} {
		runs = append(runs, append(strings.Fields(words), "--data", dir))
	}
	for words := range leaves() {
		runs = append(runs, append(strings.Fields(words), "--help"))
	}
	for _, c := range (program{}).commands().Commands {
		runs = append(runs, []string{c.Name, "--help"}, []string{"help", c.Name})
	}
	for _, args := range runs {
		var complaint bytes.Buffer
		p := program{in: strings.NewReader(""), out: full, err: &complaint, env: func(string) (string, bool) { return "", false }}
		code := p.exitCode(t.Context(), p.run(t.Context(), append([]string{"keywicket"}, args...)))
		if code != 1 || !strings.Contains(complaint.String(), "The output cannot be written") {
			t.Errorf("%q: exit code %d\n%s", args, code, &complaint)
		}
	}
}

// A server that is told to end before it serves ends well, and says what else
// went wrong.
func TestServerToldToEndEarly(t *testing.T) {
	for _, args := range [][]string{{"serve"}, {}, {"--demo"}} {
		ctx, end := context.WithCancel(t.Context())
		end()
		out, log := &output{}, &output{}
		p := program{in: strings.NewReader(""), out: out, err: log, env: func(string) (string, bool) { return "", false }}
		args = append([]string{"keywicket"}, ports0(append(args, "--data", filepath.Join(t.TempDir(), "data"))...)...)
		if code := p.exitCode(ctx, p.run(ctx, args)); code != 0 {
			t.Errorf("%s: exit code %d\n%s%s", args, code, out, log)
		}
	}
	ctx, end := context.WithCancel(t.Context())
	end()
	fault := errors.New("the disk is gone")
	if err := endedWell(ctx, errors.Join(ctx.Err(), fault)); !errors.Is(err, fault) || errors.Is(err, context.Canceled) {
		t.Errorf("a fault beside the signal is %v", err)
	}
	if err := endedWell(t.Context(), context.Canceled); err == nil {
		t.Error("without a signal, an error is no success")
	}
}
