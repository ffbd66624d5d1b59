package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/urfave/cli/v3"
)

// healthcheck asks both listeners of the running server whether they can
// serve. It needs nothing but the addresses, so that it works in an empty
// container.
func (p program) healthcheck(ctx context.Context, cmd *cli.Command) error {
	for _, part := range []struct{ name, flag string }{{"console", flagListen}, {"gate", flagGateListen}} {
		address := addressURL(cmd.String(part.flag))
		err := probe(ctx, address+"/readyz")
		if err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return refusal{
				what: fmt.Sprintf("The %s does not serve at %s.", part.name, address), cause: err,
				do: fmt.Sprintf("Look into the server's log, or name its address with --%s.", part.flag),
			}
		}
	}
	fmt.Fprintln(p.out, "ok")
	return nil
}

func probe(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	// A transport of its own: no proxy of the environment stands between.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16)) // only the status counts
	if err := res.Body.Close(); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", res.Status)
	}
	return nil
}
