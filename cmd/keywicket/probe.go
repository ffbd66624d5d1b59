package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/urfave/cli/v3"
)

// healthcheck checks that both listeners of the running server are ready. It needs only their addresses, so that it
// works in an empty container.
func (p program) healthcheck(ctx context.Context, cmd *cli.Command) error {
	for _, part := range []struct{ name, flag string }{{"console", flagListen}, {"gate", flagGateListen}} {
		address := addressURL(cmd.String(part.flag))
		err := probe(ctx, address+"/readyz")
		if err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return userError{
				what: fmt.Sprintf("The %s is not ready at %s.", part.name, address), cause: err,
				do: fmt.Sprintf("Check the server's log, or set the address with --%s.", part.flag),
			}
		}
	}
	fmt.Fprintln(p.out, "ok")
	return nil
}

// probe returns an error unless the address answers 200 within 5 seconds.
func probe(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	// Its own transport, which uses no proxy of the environment.
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
		return fmt.Errorf("it answered %s", res.Status)
	}
	return nil
}
