package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"keywicket/models/secret"
	"keywicket/models/store"
)

// auditCommand returns the audit command.
func (p program) auditCommand() *cli.Command {
	return &cli.Command{
		Name: "audit", Usage: "verify the audit",
		Commands: []*cli.Command{{
			Name: "verify", Usage: "verify that no row of the audit was changed or removed; exit code 1 means that one was", Action: p.auditVerify,
		}},
	}
}

// withStore opens the data folder, in which a server may be running, and calls do with it.
func (p program) withStore(ctx context.Context, cmd *cli.Command, do func(settings, *store.Store) error) (err error) {
	s, err := p.settings(cmd)
	if err != nil {
		return err
	}
	st, err := openStore(ctx, s, opening{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return do(s, st)
}

// auditVerify checks the chain of the audit.
func (p program) auditVerify(ctx context.Context, cmd *cli.Command) error {
	return p.withStore(ctx, cmd, func(_ settings, st *store.Store) error {
		report, err := st.VerifyAudit(ctx)
		if err != nil {
			return err
		}
		if !report.OK {
			return userError{
				what: fmt.Sprintf("The audit was tampered with: %s (row %d of %d).", report.Problem, report.FirstBad, report.Rows),
				do:   "Compare it with an earlier backup. The rows before that one are intact.",
			}
		}
		fmt.Fprintf(p.out, "ok: %d rows, none changed, none missing\n", report.Rows)
		return nil
	})
}

// masterKeyCommand returns the master-key command.
func (p program) masterKeyCommand() *cli.Command {
	return &cli.Command{
		Name: "master-key", Usage: "manage the master key",
		Commands: []*cli.Command{{
			Name: "rotate", Usage: "create a new master key and reseal all values with it; the server can keep running", Action: p.masterKeyRotate,
			Description: "Previous master keys stay in the file, because older backups need them.",
		}},
	}
}

// masterKeyRotate creates a new master key and reseals all values.
func (p program) masterKeyRotate(ctx context.Context, cmd *cli.Command) error {
	// Opening the store proves that the current master key is the right one.
	return p.withStore(ctx, cmd, func(s settings, st *store.Store) error {
		n, err := st.Reseal(ctx)
		switch {
		case errors.Is(err, secret.ErrNoKeyFile):
			return userError{
				what: "The master key comes from " + envMasterKey + ", which Keywicket cannot change.",
				do:   "Write its text to a file with mode 0600, set --" + flagMasterKeyFile + " to that file, and rotate again.",
			}
		case errors.Is(err, secret.ErrUnfinished):
			return userError{what: "A new master key exists, but not all values are resealed with it yet.", do: "No value is lost. Run the command again.", cause: err}
		case err != nil:
			return err
		}
		fmt.Fprintf(p.out, "Created a new master key in %s and resealed %d values with it.\nKeep a copy of that file, apart from the backups.\n", s.masterKeyFile, n)
		return nil
	})
}

// backup copies the database to the file that the argument names.
func (p program) backup(ctx context.Context, cmd *cli.Command) error {
	file, err := argument(cmd)
	if err != nil {
		return err
	}
	return p.withStore(ctx, cmd, func(_ settings, st *store.Store) error {
		if err := st.Backup(ctx, file); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "Wrote %s. It does not contain the master key: store that separately.\n", file)
		return nil
	})
}

// routeLine is a route in the output of routes.
type routeLine struct {
	Server string `json:"server"` // "console" or "gate"
	Method string `json:"method"`
	Path   string `json:"path"`
	Name   string `json:"name"`
	Access string `json:"access"` // "public", "signed in", a permission, or "gate": token or network
}

// routes lists the routes of both servers.
func (p program) routes(_ context.Context, cmd *cli.Command) error {
	lines := allRoutes()
	if cmd.Bool("json") {
		return writeJSON(p.out, lines)
	}
	w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "SERVER\tMETHOD\tPATH\tNAME\tACCESS")
	for _, l := range lines {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", l.Server, l.Method, l.Path, l.Name, l.Access)
	}
	return w.Flush()
}
