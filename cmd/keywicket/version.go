package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/urfave/cli/v3"
)

// version is the release. The linker sets it: -X main.version=v1.2.3.
var version = "dev"

// version prints the version on one line. Advice about the Go that built the binary goes to standard error.
func (p program) version(_ context.Context, _ *cli.Command) error {
	fmt.Fprintf(p.out, "keywicket %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if advice := goFaultsAdvice(runtime.Version()); advice != "" {
		fmt.Fprintln(p.err, advice)
	}
	return nil
}
