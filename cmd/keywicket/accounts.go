package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"keywicket/models"
	"keywicket/models/store"
	"keywicket/models/wholefile"
)

// The names of the flags of account import.
const (
	flagOwner       = "owner"
	flagCredentials = "credentials"
	flagDryRun      = "dry-run"
	flagPreset      = "preset"
	flagContinue    = "continue"
)

// accountCommand returns the account command.
func (p program) accountCommand() *cli.Command {
	return &cli.Command{
		Name: "account", Usage: "list, suspend, reopen and import accounts",
		Commands: []*cli.Command{
			{Name: "list", Usage: "list all accounts, with sub-accounts below their master accounts", Flags: []cli.Flag{jsonFlag()}, Action: p.accountList},
			{
				Name: "suspend", Usage: "suspend an account: the gate denies its keys and those of its sub-accounts", ArgsUsage: "SLUG",
				Action: p.accountStatus(models.AccountSuspended),
			},
			{
				Name: "reopen", Usage: "reopen a suspended account; sub-accounts that were suspended themselves stay suspended", ArgsUsage: "SLUG",
				Action: p.accountStatus(models.AccountActive),
			},
			{
				Name: "import", Usage: "create accounts from a CSV file", ArgsUsage: "FILE.csv", Action: p.accountImport,
				Description: "The first line of the file names the columns: name, kind (master or sub), master\n" +
					"(for a sub-account: the name or slug of its master account) and created\n" +
					"(2022-11-30). A master account created before 2023-06-06 starts with one key each\n" +
					"for FTP, HTTP, Email and Web Service. All other accounts start without keys.\n" +
					"If a line is wrong, nothing is imported. Accounts are created in batches of 100,\n" +
					"so that others can keep working. To resume a stopped import, use --continue.",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: flagOwner, Usage: "e-mail address of the owner of the new master accounts. Default: the oldest owner", Local: true},
					&cli.StringFlag{Name: flagCredentials, Usage: "write the credentials of the new keys to this file, which must not exist", Local: true},
					&cli.BoolFlag{Name: flagDryRun, Usage: "print what would be created, and create nothing", Local: true},
					&cli.BoolFlag{Name: flagContinue, Usage: "skip accounts that exist, and create the others", Local: true},
					&cli.BoolFlag{Name: flagPreset, Usage: "fill the API Catalogue of new master accounts with the preset", Local: true},
				},
			},
		},
	}
}

// accountLine is an account in the JSON output.
type accountLine struct {
	Slug          string    `json:"slug"`
	Name          string    `json:"name"`
	Master        string    `json:"master"` // slug; "" for a master account
	Status        string    `json:"status"` // active, suspended or suspended_with_master
	OwnCatalogue  bool      `json:"own_catalogue"`
	Keys          int       `json:"keys"`
	CreatedAt     time.Time `json:"created_at"`
	KeyVisibility string    `json:"key_visibility"`
}

// accountList lists all accounts.
func (p program) accountList(ctx context.Context, cmd *cli.Command) error {
	return p.withStore(ctx, cmd, func(_ settings, st *store.Store) error {
		accounts, err := st.Accounts(ctx)
		if err != nil {
			return err
		}
		lines := accountLines(accounts)
		if cmd.Bool("json") {
			return writeJSON(p.out, lines)
		}
		w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "SLUG\tNAME\tMASTER\tSTATUS\tKEYS\tCREATED")
		for _, a := range lines {
			status := strings.ReplaceAll(a.Status, "_with_", " with its ")
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", a.Slug, a.Name, a.Master, status, a.Keys, a.CreatedAt.Format(time.DateOnly))
		}
		return w.Flush()
	})
}

// accountLines returns the lines of accounts, with the status that the gate applies.
func accountLines(accounts []models.AccountSummary) []accountLine {
	lines := []accountLine{}
	for _, a := range accounts {
		l := accountLine{
			Slug: a.Slug, Name: a.Name, Master: a.Master.Slug, Status: string(a.Status), OwnCatalogue: a.OwnCatalogue, Keys: a.Keys,
			CreatedAt: a.CreatedAt, KeyVisibility: string(a.KeyVisibility),
		}
		if a.Status == models.AccountActive && a.MasterSuspended() {
			l.Status = "suspended_with_master"
		}
		lines = append(lines, l)
	}
	return lines
}

// accountStatus returns the action that sets the status of an account.
func (p program) accountStatus(status models.AccountStatus) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		slug, err := argument(cmd)
		if err != nil {
			return err
		}
		return p.withStore(ctx, cmd, func(_ settings, st *store.Store) error {
			err := st.SetAccountStatus(ctx, models.Actor{Name: "command line"}, slug, status)
			if models.CodeOf(err) == models.CodeNotFound {
				return userError{what: fmt.Sprintf("No account has the slug %q.", slug), do: "Run keywicket account list to see the slugs."}
			}
			if err != nil {
				return err
			}
			return p.printStatus(ctx, st, slug)
		})
	}
}

// printStatus prints the resulting status of an account, which may be that of its master account.
func (p program) printStatus(ctx context.Context, st *store.Store, slug string) error {
	accounts, err := st.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		switch {
		case a.Slug != slug:
		case a.Status == models.AccountActive && a.MasterSuspended():
			fmt.Fprintf(p.out, "The account %s stays suspended with its master account %s: reopen that one too.\n", slug, a.Master.Slug)
		default:
			fmt.Fprintf(p.out, "The account %s is %s. A running server applies this within a second.\n", slug, a.Status)
		}
	}
	return nil
}

// accountImport creates the accounts of a file.
func (p program) accountImport(ctx context.Context, cmd *cli.Command) error {
	name, err := argument(cmd)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(name) // #nosec G304 -- the file that the operator names
	if err != nil {
		return userError{what: fmt.Sprintf("The file cannot be read: %v.", err), do: "Use a file of comma-separated values."}
	}
	rows, bad := models.ParseAccounts(string(text), time.Now())
	return p.withStore(ctx, cmd, func(_ settings, st *store.Store) error {
		who, err := importOwner(ctx, cmd, st)
		if err != nil {
			return err
		}
		o := models.ImportSettings{OwnerID: who.UserID, Preset: cmd.Bool(flagPreset), All: true, Continue: cmd.Bool(flagContinue), Batch: importBatch}
		if len(bad) > 0 || cmd.Bool(flagDryRun) {
			return p.importCheck(ctx, st, who, rows, bad, o)
		}
		return p.runImport(ctx, cmd, st, who, rows, o)
	})
}

// importOwner returns the owner of the imported master accounts.
func importOwner(ctx context.Context, cmd *cli.Command, st *store.Store) (models.Actor, error) {
	email := cmd.String(flagOwner)
	if email == "" {
		who, err := st.OldestOwner(ctx)
		if models.CodeOf(err) == models.CodeNotFound {
			return who, userError{what: "There is no owner yet.", do: "Use the setup link or keywicket admin create."}
		}
		return who, err
	}
	u, err := personByEmail(ctx, st, email)
	return models.Actor{UserID: u.ID, Name: u.Name, Email: u.Email, Role: models.RoleOwner}, err
}

// importBatch is how many accounts an import creates in one transaction, for which other writers wait: about half a
// second's work.
const importBatch = 100

// importCheck prints what an import would create, or which lines are wrong.
func (p program) importCheck(ctx context.Context, st *store.Store, who models.Actor, rows []models.NewAccount, bad []models.LineError, o models.ImportSettings) error {
	result, more, err := st.CheckImport(ctx, who, rows, o)
	if err != nil {
		return err
	}
	if bad = append(bad, more...); len(bad) > 0 {
		return p.reportBadLines(ctx, bad)
	}
	fmt.Fprintln(p.out, "Nothing was created. The import would create "+importCounts(result)+".")
	return nil
}

// reportBadLines prints the wrong lines and returns the error that ends the command.
func (p program) reportBadLines(ctx context.Context, bad []models.LineError) error {
	bad = models.SortLines(bad)
	for _, b := range bad {
		fmt.Fprintf(p.err, "line %d: %s\n", b.Line, inEnglish(ctx, b.Err))
	}
	wrong := "1 line is wrong"
	if n := models.CountLines(bad); n > 1 {
		wrong = fmt.Sprintf("%d lines are wrong", n)
	}
	return userError{what: wrong + ", so nothing was imported.", do: "Correct the file and import all of it again."}
}

// importCounts returns the numbers of what an import creates.
func importCounts(r models.ImportResult) string {
	return fmt.Sprintf("%d master accounts, %d sub-accounts and %d keys", r.Masters, r.Subs, len(r.Keys))
}

// runImport creates the accounts and writes their credentials.
func (p program) runImport(ctx context.Context, cmd *cli.Command, st *store.Store, who models.Actor, rows []models.NewAccount, o models.ImportSettings) error {
	var out *wholefile.File
	if path := cmd.String(flagCredentials); path != "" {
		var err error
		if out, err = wholefile.Create(path); err != nil {
			return userError{what: fmt.Sprintf("The credentials cannot be written: %v.", err), do: "Use a file that does not exist, in a writable folder."}
		}
		keepCredentials(out, &o)
	}
	o.Progress = func(done, total int) { fmt.Fprintf(p.err, "\r%d of %d accounts", done, total) }
	result, bad, err := st.ImportAccounts(ctx, who, rows, o)
	fmt.Fprintln(p.err)
	began := result.Masters+result.Subs > 0
	if err == nil && len(bad) > 0 {
		err = p.reportBadLines(ctx, bad)
	}
	switch {
	case err != nil && !began:
		if out != nil {
			err = errors.Join(err, out.Discard())
		}
		return err
	case err != nil:
		if ctx.Err() != nil {
			err = nil // interrupted: the message below is enough
		}
		err = userError{what: "The import stopped after " + importCounts(result) + ".", do: "To create the rest, run it again with --" + flagContinue + " and, for credentials, another file.", cause: err}
	default:
		fmt.Fprintln(p.out, "Created "+importCounts(result)+importSkipped(result)+".")
	}
	if out == nil {
		return err
	}
	if failed := out.Commit(); failed != nil {
		return userError{what: "The accounts were created, but the file of their credentials could not be renamed.", do: "Rename " + out.Name() + " yourself.", cause: errors.Join(err, failed)}
	}
	return err
}

// importSkipped returns how many accounts were skipped, "" for none.
func importSkipped(r models.ImportResult) string {
	if r.There == 0 {
		return ""
	}
	return fmt.Sprintf("; skipped %d accounts that existed", r.There)
}

// keepCredentials makes the import write credentials to the disk before it commits their accounts, because they cannot
// be shown again. If a batch fails, its credentials are removed from the file.
func keepCredentials(out *wholefile.File, o *models.ImportSettings) {
	var size, before int64
	o.Keep = func(keys []models.ImportedKey) error {
		before = size
		if err := errors.Join(writeCredentials(out, keys, before == 0), out.Sync()); err != nil {
			return err
		}
		var err error
		size, err = out.Seek(0, io.SeekCurrent)
		return err
	}
	o.Undo = func() error {
		size = before
		_, err := out.Seek(size, io.SeekStart)
		return errors.Join(err, out.Truncate(size))
	}
}

// escapeFormula returns name so that a spreadsheet does not run it as a formula.
func escapeFormula(name string) string {
	if strings.ContainsAny(name[:min(len(name), 1)], "=+-@") {
		return "'" + name
	}
	return name
}

// writeCredentials writes the credentials of keys as CSV. With head, it writes the names of the columns first.
func writeCredentials(w io.Writer, keys []models.ImportedKey, head bool) error {
	out := csv.NewWriter(w)
	var rows [][]string
	if head {
		rows = append(rows, []string{"account", "slug", "channel", "api_key", "api_secret"})
	}
	for _, k := range keys {
		rows = append(rows, []string{escapeFormula(k.Account), k.Slug, string(k.Channel), k.Credential.Username, k.Credential.Value})
	}
	return errors.Join(out.WriteAll(rows), out.Error())
}
