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

// endTimeout is how long an interrupted command may take to undo its changes. After that, the program ends even if the
// command still waits for a pipe or a lock.
const endTimeout = 3 * time.Second

// isServer reports whether a command runs until a signal ends it, which is then a success.
func isServer(c *cli.Command) bool { return c.Name == "keywicket" || c.Name == "serve" }

// interruptible returns the action of a command that ends by itself. It fails if a signal comes before the command is
// done, so that exit code 0 always means done.
func interruptible(c *cli.Command) cli.ActionFunc {
	act := c.Action
	return func(ctx context.Context, cmd *cli.Command) error {
		ctx, stop := withHangup(ctx)
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

// withHangup returns a context that also ends when the terminal is closed, unless nohup started the program.
func withHangup(ctx context.Context) (context.Context, context.CancelFunc) {
	if signal.Ignored(syscall.SIGHUP) {
		return context.WithCancel(ctx)
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
	// A second signal kills the program.
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// checkedWriter records the first error of writing, so that callers need not check each line.
type checkedWriter struct {
	w   io.Writer
	err error // of the first failed write
}

// Write writes b and records an error.
func (c *checkedWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

// outcome returns err if it has another cause than the writer, and otherwise an error about the missing output with the
// exit code of err. It returns nil if nothing failed.
func (c *checkedWriter) outcome(err error) error {
	if c.err == nil || err != nil && !errors.Is(err, c.err) {
		return err
	}
	exit := exitError{code: 1}
	errors.As(err, &exit)
	exit.cause = userError{what: "The output cannot be written.", do: "The command finished; only its output is missing.", cause: c.err}
	return exit
}

// unchecked returns p without the check of its output. A server can succeed without it.
func (p program) unchecked() program {
	if out, ok := p.out.(*checkedWriter); ok {
		p.out = out.w
	}
	return p
}

// await returns the result of read, or the error of ctx if that ends first. Reading from a terminal or a pipe cannot be
// canceled, so read may be left running.
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

// ignoreCancel returns err without the errors that only report the end of ctx. It returns nil if no other is left.
func ignoreCancel(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var rest []error
		for _, part := range several.Unwrap() {
			rest = append(rest, ignoreCancel(ctx, part))
		}
		return errors.Join(rest...)
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
