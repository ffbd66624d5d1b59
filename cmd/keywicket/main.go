// Command keywicket is the console and the gate in one binary: it serves both,
// and its subcommands do from the command line what an operator needs.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	p := program{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.LookupEnv}
	err := p.run(ctx, os.Args)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = nil // asked to end before it served
	}
	stop()
	if err != nil {
		os.Exit(p.exitCode(ctx, err))
	}
}
