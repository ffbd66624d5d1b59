package main

import (
	"context"
	"errors"
	"io"
	"os/signal"
	"syscall"
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
// its work is done is a failure: exit code 0 stands for what was done.
func finite(c *cli.Command) cli.ActionFunc {
	act := c.Action
	return func(ctx context.Context, cmd *cli.Command) error {
		ctx, stop := untilHangup(ctx)
		defer stop()
		done := make(chan error, 1)
		go func() { done <- act(ctx, cmd) }()
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
		}
		select {
		case err := <-done:
			return err
		case <-time.After(endTimeout):
			return c.OnUsageError(ctx, cmd, explain(ctx, ctx.Err()), false)
		}
	}
}

// untilHangup returns a context that also ends when the terminal is closed. A
// program that was started under nohup goes on then.
func untilHangup(ctx context.Context) (context.Context, context.CancelFunc) {
	if signal.Ignored(syscall.SIGHUP) {
		return context.WithCancel(ctx)
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	return ctx, stop
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

// outcome returns err, or the refusal of output that nobody gets where nothing
// else went wrong. An exit code that err has stays.
func (c *checkedWriter) outcome(err error) error {
	if c.err == nil || err != nil && !errors.Is(err, c.err) {
		return err
	}
	exit := exitError{code: 1}
	errors.As(err, &exit)
	exit.cause = refusal{what: "The output cannot be written.", do: "The command did its work; only the output is missing.", cause: c.err}
	return exit
}

// unchecked returns the program of a server, whose success is not what it
// prints.
func (p program) unchecked() program {
	if out, ok := p.out.(*checkedWriter); ok {
		p.out = out.w
	}
	return p
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
