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

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v3"
	"golang.org/x/sys/unix"
)

// endings are the signals that end a program.
var endings = []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}

// leafCommands returns the commands without subcommands, except servers, by their full name.
func leafCommands() map[string]*cli.Command {
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

// printers are the commands that read no settings.
var printers = []string{"version", "routes"}

// pipe creates a named pipe. read reports whether a process reads it, which then waits.
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

// contents returns everything in a data folder: the files, the master key and every row.
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

// rowsOf returns the rows of a query as text.
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

// arguments returns the arguments that bring a command as far as its work. An unknown command gets a word for each
// argument.
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

// faultCode returns the exit code of a command that fails.
func faultCode(words string) int {
	if words == "check" {
		return exitFault
	}
	return 1
}

// interruptAll sends each signal to each command that start starts, and wants all of them to fail and print no result.
// They run side by side, because each takes a while to end.
func interruptAll(t *testing.T, start func(words string, c *cli.Command) *held) {
	t.Helper()
	codes := map[*held]int{}
	for words, c := range leafCommands() {
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

// No command succeeds if a signal ends it while it reads its settings. Every command reads them, so new commands are
// covered too.
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

// No command succeeds if a signal ends it while it waits for the database.
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

// lockDatabase keeps other processes from reading and writing the database until unlock is called.
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

// An interrupted doctor prints no verdict about a server that has not answered.
func TestSignalAtTheDoctor(t *testing.T) {
	dir, _, _ := installation(t)
	for _, signal := range endings {
		asked, listen := slowServer(t)
		h := hold(t, cleanEnv(), nil, "doctor", "--data", dir, "--listen", listen)
		h.when("it asks the console", asked).send(signal).fails(1)
		if out := h.out.String(); !strings.Contains(out, "Audit: ") || strings.Contains(out, "does not answer") {
			t.Errorf("it says of a console that has not answered yet:\n%s", out)
		}
	}
}

// slowServer serves requests without ever answering. asked reports whether one has come.
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

// A command that reads standard input ends at once.
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

// empty reports whether a pipe has been read completely.
func empty(t *testing.T, f *os.File) bool {
	t.Helper()
	n, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCINQ)
	if err != nil {
		t.Fatal(err)
	}
	return n == 0
}

// Under nohup, a command outlives its terminal.
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

// A server that is interrupted before it serves succeeds, unless something else went wrong.
func TestServerToldToEndEarly(t *testing.T) {
	for _, args := range [][]string{{"serve"}, {}, {"--demo"}} {
		ctx, end := context.WithCancel(t.Context())
		end()
		out, log := &output{}, &output{}
		p := program{in: strings.NewReader(""), out: out, err: log, env: func(string) (string, bool) { return "", false }}
		args = append([]string{"keywicket"}, anyPorts(append(args, "--data", filepath.Join(t.TempDir(), "data"))...)...)
		if code := p.exitCode(ctx, p.run(ctx, args)); code != 0 {
			t.Errorf("%s: exit code %d\n%s%s", args, code, out, log)
		}
	}
	ctx, end := context.WithCancel(t.Context())
	end()
	fault := errors.New("the disk is gone")
	if err := ignoreCancel(ctx, errors.Join(ctx.Err(), fault)); !errors.Is(err, fault) || errors.Is(err, context.Canceled) {
		t.Errorf("a fault beside the signal is %v", err)
	}
	if err := ignoreCancel(t.Context(), context.Canceled); err == nil {
		t.Error("without a signal, an error is no success")
	}
}
