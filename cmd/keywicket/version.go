package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/urfave/cli/v3"
)

// version is set by the linker: -X main.version=v1.2.3.
var version = "dev"

func (p program) version(_ context.Context, _ *cli.Command) error {
	fmt.Fprintf(p.out, "keywicket %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
