package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"keywicket/models/demo"
)

// serveDemo serves a sample workspace in a temporary folder, and removes the folder at the end.
func (p program) serveDemo(ctx context.Context, s settings) (err error) {
	ports, err := listen(ctx, &s)
	if err != nil {
		return err
	}
	defer ports.close()
	if s.data, err = os.MkdirTemp("", "keywicket-demo-*"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.data)) }()
	s.masterKey, s.masterKeyFile = "", filepath.Join(s.data, "master.key")

	clock := demo.NewClock()
	st, err := openStore(ctx, s, opening{create: true, lock: true, now: clock.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	password := "wicket-" + rand.Text()[:10]
	w, err := demo.Fill(ctx, st, clock, password)
	if err != nil {
		return fmt.Errorf("filling the sample workspace: %w", err)
	}
	p.announce(s)
	printDemo(p.out, w, password, s.baseURL.String())
	return p.serveStore(ctx, s, st, ports)
}

// printDemo prints how to sign in to the sample workspace.
func printDemo(out io.Writer, w demo.Workspace, password, base string) {
	fmt.Fprintf(out, "E-mail   %s\nPassword %s\nThe same password works for\n", demo.Email, password)
	for _, person := range w.People {
		what := string(person.Role)
		if person.Subaccount != "" {
			what += " of " + person.Subaccount
		}
		fmt.Fprintf(out, "         %s (%s)\n", person.Email, what)
	}
	fmt.Fprintf(out, "Invited  %s/invite/%s\nThe workspace is deleted when this program ends.\n", base, w.Invitation)
}
