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

func (p program) auditCommand() *cli.Command {
	return &cli.Command{
		Name: "audit", Usage: "check the audit",
		Commands: []*cli.Command{{
			Name: "verify", Usage: "check that no row of the audit was changed or taken away; exit code 1 where one was", Action: p.auditVerify,
		}},
	}
}

// beside opens the data folder beside a running server for one piece of work.
func (p program) beside(ctx context.Context, cmd *cli.Command, do func(settings, *store.Store) error) (err error) {
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

func (p program) auditVerify(ctx context.Context, cmd *cli.Command) error {
	return p.beside(ctx, cmd, func(_ settings, st *store.Store) error {
		report, err := st.VerifyAudit(ctx)
		if err != nil {
			return err
		}
		if !report.OK {
			return refusal{
				what: fmt.Sprintf("The audit was tampered with: %s (row %d of %d).", report.Problem, report.FirstBad, report.Rows),
				do:   "Compare it with a backup from before. What stands before that row can be relied on.",
			}
		}
		fmt.Fprintf(p.out, "ok: %d rows, none changed, none missing\n", report.Rows)
		return nil
	})
}

func (p program) masterKeyCommand() *cli.Command {
	return &cli.Command{
		Name: "master-key", Usage: "look after the master key",
		Commands: []*cli.Command{{
			Name: "rotate", Usage: "make a new master key and seal all values with it, also while the server runs", Action: p.masterKeyRotate,
			Description: "The former master keys stay in the file: older backups need them.",
		}},
	}
}

func (p program) masterKeyRotate(ctx context.Context, cmd *cli.Command) error {
	// Opening the store proves that the present master key is the right one.
	return p.beside(ctx, cmd, func(s settings, st *store.Store) error {
		n, err := st.RotateMasterKey(ctx)
		switch {
		case errors.Is(err, secret.ErrNoKeyFile):
			return refusal{
				what: "The master key comes from " + envMasterKey + ", where Keywicket cannot write.",
				do:   "Put its text into a file of mode 0600, name that with --" + flagMasterKeyFile + ", and rotate there.",
			}
		case errors.Is(err, secret.ErrUnfinished):
			return refusal{what: "A new master key is made, but not everything is sealed with it yet.", do: "Nothing is lost: run the command again.", cause: err}
		case err != nil:
			return err
		}
		fmt.Fprintf(p.out, "A new master key is in %s; %d values are sealed with it.\nKeep a copy of that file, elsewhere than the backups.\n", s.masterKeyFile, n)
		return nil
	})
}

func (p program) backup(ctx context.Context, cmd *cli.Command) error {
	file, err := argument(cmd)
	if err != nil {
		return err
	}
	return p.beside(ctx, cmd, func(_ settings, st *store.Store) error {
		if err := st.Backup(ctx, file); err != nil {
			return err
		}
		fmt.Fprintf(p.out, "Wrote %s. The master key is not in it: keep that elsewhere.\n", file)
		return nil
	})
}

// routeLine is a route in the list.
type routeLine struct {
	Server string `json:"server"` // "console" or "gate"
	Method string `json:"method"`
	Path   string `json:"path"`
	Name   string `json:"name"`
	Access string `json:"access"` // "public", "signed in", a permission, or "gate": token or network
}

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
