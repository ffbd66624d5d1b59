package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/urfave/cli/v3"
)

// endTimeout is how long a command that is told to end may take to undo what
// it has begun. What waits for a pipe or a lock longer than that is left.
const endTimeout = 3 * time.Second

// isServer reports whether a command works until it is told to end, so that
// ending is its success.
func isServer(c *cli.Command) bool { return c.Name == "keywicket" || c.Name == "serve" }

// finite returns the action of a command that ends by itself. A signal before
// its work is done is a failure, as is output that nobody gets: exit code 0
// stands for what was done.
func (p program) finite(c *cli.Command) cli.ActionFunc {
	act := c.Action
	return func(ctx context.Context, cmd *cli.Command) error {
		done := make(chan error, 1)
		go func() { done <- act(ctx, cmd) }()
		select {
		case err := <-done:
			return p.outcome(err)
		case <-ctx.Done():
		}
		select {
		case err := <-done:
			return p.outcome(err)
		case <-time.After(endTimeout):
			return c.OnUsageError(ctx, cmd, explain(ctx, ctx.Err()), false)
		}
	}
}

// outcome returns the error of a command's action, or else that of its output.
func (p program) outcome(err error) error {
	out, ok := p.out.(*checkedWriter)
	if err != nil || !ok || out.err == nil {
		return err
	}
	return refusal{what: "The output cannot be written.", do: "The command did its work; only the output is missing.", cause: out.err}
}

// checkedWriter remembers that a write failed, so that printing needs no check
// line by line.
type checkedWriter struct {
	w   io.Writer
	err error // of the first write that failed
}

func (c *checkedWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

// await returns what read returns, or the error of ctx when that ends first.
// A terminal and a pipe do not know of ctx: read is then left waiting.
func await[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := read()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		return *new(T), ctx.Err()
	}
}

// endedWell returns the error of a server without the parts that only say that
// it was told to end before it served.
func endedWell(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var rest []error
		for _, part := range several.Unwrap() {
			rest = append(rest, endedWell(ctx, part))
		}
		return errors.Join(rest...)
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
