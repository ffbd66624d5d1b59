package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store"
)

// childEnv makes the test binary a second process on the same file.
const childEnv = "KEYWICKET_STORE_TEST_CHILD"

// childJob is what a child is told.
type childJob struct {
	Kind   string // "race", "names" or "write"
	Path   string
	Key    string
	Txlock string
	Who    models.Actor
	Sid    string
	Sids   []string // of "names": one for each hand of both processes
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		if err := runChild(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func runChild(text string) error {
	var job childJob
	if err := json.Unmarshal([]byte(text), &job); err != nil {
		return err
	}
	ring, err := secret.LoadKeyringFile(job.Key)
	if err != nil {
		return err
	}
	ctx := context.Background()
	o := store.Options{Path: job.Path, Box: secret.NewBox(job.Key, ring)}
	s, err := store.Open(ctx, store.Beginning(o, job.Txlock))
	if err != nil {
		return err
	}
	switch job.Kind {
	case "race":
		return raceChild(ctx, s, job, raceRound)
	case "names":
		s.HashQuickly()
		return raceChild(ctx, s, job, namesRound)
	}
	return writeChild(ctx, s, job)
}

// child is a running child process.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func startChild(t *testing.T, s *store.Store, job childJob) *child {
	t.Helper()
	job.Path, job.Key = s.Path(), filepath.Join(filepath.Dir(s.Path()), "master.key")
	text, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(os.Args[0])}
	c.cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	c.cmd.Stderr = os.Stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewScanner(out)
	c.out.Buffer(nil, 1<<20)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

func wantCode(t *testing.T, what string, err error, want models.Code) {
	t.Helper()
	if got := models.CodeOf(err); got != want {
		t.Errorf("%s: got %v, want code %q", what, err, want)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
