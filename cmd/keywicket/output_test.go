package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"
)

// stuck is an output that nobody reads.
type stuck struct{ tried, end chan struct{} }

func (s stuck) Write([]byte) (int, error) {
	s.tried <- struct{}{}
	<-s.end
	return 0, io.ErrClosedPipe
}

// A command ends even if nobody reads its output, and then fails.
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

// Every command fails if its output cannot be written, and says so: results, lists and help alike.
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
	for words := range leafCommands() {
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
