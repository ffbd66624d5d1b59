package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// held is a command in a process of its own that something makes wait.
type held struct {
	t        *testing.T
	signal   os.Signal // that ended it
	cmd      *exec.Cmd
	out, err bytes.Buffer
	done     chan struct{}
}

// hold starts a command.
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

// begin starts the process.
func (h *held) begin() {
	h.t.Helper()
	if err := h.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() { _ = h.cmd.Wait(); close(h.done) }()
	h.t.Cleanup(func() { _ = h.cmd.Process.Kill(); <-h.done })
}

// when waits until ok reports that the command waits.
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

// send sends a signal.
func (h *held) send(signal os.Signal) *held {
	h.t.Helper()
	h.signal = signal
	if err := h.cmd.Process.Signal(signal); err != nil {
		h.t.Fatal(err)
	}
	return h
}

// fails wants the command to fail with the exit code and an error message.
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

// silent wants the command to print no result.
func (h *held) silent() {
	h.t.Helper()
	if h.out.Len() > 0 {
		h.t.Errorf("%q says that it did something:\n%s", h.cmd.Args[1:], &h.out)
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
