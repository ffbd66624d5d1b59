// Command keywicket serves the console and the gate. Its subcommands are the tools of the operator.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal kills the program.
	context.AfterFunc(ctx, stop)
	p := program{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.LookupEnv}
	os.Exit(p.exitCode(ctx, p.run(ctx, os.Args)))
}
