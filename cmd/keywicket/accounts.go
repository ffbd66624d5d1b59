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

const (
	flagOwner       = "owner"
	flagCredentials = "credentials"
	flagDryRun      = "dry-run"
	flagPreset      = "preset"
	flagContinue    = "continue"
)

func (p program) accountCommand() *cli.Command {
	return &cli.Command{
		Name: "account", Usage: "look at accounts, suspend and reopen them, and import them from a file",
		Commands: []*cli.Command{
			{Name: "list", Usage: "list all accounts, sub-accounts below their masters", Flags: []cli.Flag{jsonFlag()}, Action: p.accountList},
			{
				Name: "suspend", Usage: "let the gate deny all keys of an account, and of its sub-accounts", ArgsUsage: "SLUG",
				Action: p.accountStatus(models.AccountSuspended),
			},
			{
				Name: "reopen", Usage: "let an account's keys pass again; sub-accounts that are suspended themselves stay so", ArgsUsage: "SLUG",
				Action: p.accountStatus(models.AccountActive),
			},
			{
				Name: "import", Usage: "make accounts from a file", ArgsUsage: "FILE.csv", Action: p.accountImport,
				Description: "The first line of FILE names its columns: name, kind (master or sub), master\n" +
					"(of a sub-account: the name or slug of its master) and created (2022-11-30).\n" +
					"A master account from before 2023-06-06 begins with a key each for FTP, HTTP,\n" +
					"Email and Web Service; newer ones, and sub-accounts, begin with none.\n" +
					"With a wrong line nothing is made. The accounts are made 100 at a time, so that\n" +
					"others can work meanwhile; an import that was stopped goes on with --continue.",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: flagOwner, Usage: "e-mail of who will own the new master accounts; by default the oldest owner", Local: true},
					&cli.StringFlag{Name: flagCredentials, Usage: "write the credentials of the new keys to this file, which must not exist", Local: true},
					&cli.BoolFlag{Name: flagDryRun, Usage: "say what would be made, and make nothing", Local: true},
					&cli.BoolFlag{Name: flagContinue, Usage: "pass over accounts that are there already, and make the rest", Local: true},
					&cli.BoolFlag{Name: flagPreset, Usage: "fill the API Catalogue of new master accounts with the preset", Local: true},
				},
			},
		},
	}
}

// accountLine is an account in the list for programs.
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

func (p program) accountList(ctx context.Context, cmd *cli.Command) error {
	return p.beside(ctx, cmd, func(_ settings, st *store.Store) error {
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

func accountLines(accounts []models.AccountSummary) []accountLine {
	lines := []accountLine{}
	for _, a := range accounts {
		l := accountLine{
			Slug: a.Slug, Name: a.Name, Master: a.Master.Slug, Status: string(a.Status), OwnCatalogue: a.OwnCatalogue, Keys: a.Keys,
			CreatedAt: a.CreatedAt, KeyVisibility: string(a.KeyVisibility),
		}
		if a.Status == models.AccountActive && a.MasterStopped() {
			l.Status = "suspended_with_master"
		}
		lines = append(lines, l)
	}
	return lines
}

func (p program) accountStatus(status models.AccountStatus) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		slug, err := argument(cmd)
		if err != nil {
			return err
		}
		return p.beside(ctx, cmd, func(_ settings, st *store.Store) error {
			err := st.SetAccountStatus(ctx, models.Actor{Name: "command line"}, slug, status)
			if models.CodeOf(err) == models.CodeNotFound {
				return refusal{what: fmt.Sprintf("There is no account %q.", slug), do: "See keywicket account list."}
			}
			if err != nil {
				return err
			}
			return p.sayStatus(ctx, st, slug)
		})
	}
}

// sayStatus says what the gate makes of an account whose status was set.
func (p program) sayStatus(ctx context.Context, st *store.Store, slug string) error {
	accounts, err := st.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		switch {
		case a.Slug != slug:
		case a.Status == models.AccountActive && a.MasterStopped():
			fmt.Fprintf(p.out, "The account %s is suspended with its master %s: its keys pass when that is reopened too.\n", slug, a.Master.Slug)
		default:
			fmt.Fprintf(p.out, "The account %s is %s. A running server holds to it within a second.\n", slug, a.Status)
		}
	}
	return nil
}

func (p program) accountImport(ctx context.Context, cmd *cli.Command) error {
	name, err := argument(cmd)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(name) // #nosec G304 -- the file that the operator names
	if err != nil {
		return refusal{what: fmt.Sprintf("The file cannot be read: %v.", err), do: "Name a file of comma-separated values."}
	}
	rows, bad := models.ParseAccounts(string(text), time.Now())
	return p.beside(ctx, cmd, func(_ settings, st *store.Store) error {
		who, err := importer(ctx, cmd, st)
		if err != nil {
			return err
		}
		o := models.ImportSettings{OwnerID: who.UserID, Preset: cmd.Bool(flagPreset), All: true, Continue: cmd.Bool(flagContinue), Batch: importBatch}
		if len(bad) > 0 || cmd.Bool(flagDryRun) {
			return p.importCheck(ctx, st, who, rows, bad, o)
		}
		return p.importNow(ctx, cmd, st, who, rows, o)
	})
}

// importer returns who will own what is imported.
func importer(ctx context.Context, cmd *cli.Command, st *store.Store) (models.Actor, error) {
	email := cmd.String(flagOwner)
	if email == "" {
		who, err := st.OldestOwner(ctx)
		if models.CodeOf(err) == models.CodeNotFound {
			return who, refusal{what: "There is no owner yet.", do: "Use the set-up link, or keywicket admin create."}
		}
		return who, err
	}
	u, err := st.UserByEmail(ctx, email)
	if models.CodeOf(err) == models.CodeNotFound {
		return models.Actor{}, refusal{what: fmt.Sprintf("Nobody here has the e-mail address %s.", email), do: "Check how it is written."}
	}
	return models.Actor{UserID: u.ID, Name: u.Name, Email: u.Email, Role: models.RoleOwner}, err
}

// importBatch is how many accounts an import makes while others wait: about
// half a second's work.
const importBatch = 100

// importCheck says what an import would make, or which lines are wrong.
func (p program) importCheck(ctx context.Context, st *store.Store, who models.Actor, rows []models.NewAccount, bad []models.LineError, o models.ImportSettings) error {
	result, more, err := st.CheckImport(ctx, who, rows, o)
	if err != nil {
		return err
	}
	if bad = append(bad, more...); len(bad) > 0 {
		return p.badLines(ctx, bad)
	}
	fmt.Fprintln(p.out, "Nothing was made. It would make "+importCounts(result)+".")
	return nil
}

// badLines names the wrong lines, and ends the command.
func (p program) badLines(ctx context.Context, bad []models.LineError) error {
	bad = models.SortLines(bad)
	for _, b := range bad {
		fmt.Fprintf(p.err, "line %d: %s\n", b.Line, words(ctx, b.Err))
	}
	wrong := "1 line is wrong"
	if n := models.CountLines(bad); n > 1 {
		wrong = fmt.Sprintf("%d lines are wrong", n)
	}
	return refusal{what: wrong + ", so nothing was imported.", do: "Mend the file and import the whole of it again."}
}

func importCounts(r models.ImportResult) string {
	return fmt.Sprintf("%d master accounts, %d sub-accounts and %d keys", r.Masters, r.Subs, len(r.Keys))
}

func (p program) importNow(ctx context.Context, cmd *cli.Command, st *store.Store, who models.Actor, rows []models.NewAccount, o models.ImportSettings) error {
	var out *wholefile.File
	if path := cmd.String(flagCredentials); path != "" {
		var err error
		if out, err = wholefile.Create(path); err != nil {
			return refusal{what: fmt.Sprintf("The credentials cannot be written: %v.", err), do: "Name a file that does not exist, in a folder that can be written."}
		}
		keepIn(out, &o)
	}
	o.Progress = func(done, total int) { fmt.Fprintf(p.err, "\r%d of %d accounts", done, total) }
	result, bad, err := st.ImportAccounts(ctx, who, rows, o)
	fmt.Fprintln(p.err)
	began := result.Masters+result.Subs > 0
	if err == nil && len(bad) > 0 {
		err = p.badLines(ctx, bad)
	}
	switch {
	case err != nil && !began:
		if out != nil {
			err = errors.Join(err, out.Discard())
		}
		return err
	case err != nil:
		if ctx.Err() != nil {
			err = nil // stopped by whoever started it: the words below say all
		}
		err = refusal{what: "The import stopped after " + importCounts(result) + ".", do: "Run it again with --" + flagContinue + " and, for credentials, another file: it makes the rest.", cause: err}
	default:
		fmt.Fprintln(p.out, "Made "+importCounts(result)+importThere(result)+".")
	}
	if out == nil {
		return err
	}
	if failed := out.Commit(); failed != nil {
		return refusal{what: "The accounts are made, but their credentials are not where they should be.", do: "They are in " + out.Name() + ": move them yourself.", cause: errors.Join(err, failed)}
	}
	return err
}

// importThere says how many accounts were passed over.
func importThere(r models.ImportResult) string {
	if r.There == 0 {
		return ""
	}
	return fmt.Sprintf("; %d accounts were there already", r.There)
}

// keepIn has the credentials on the disk before their accounts are there: what
// is made must not be lost for want of a file. What was not made after all is
// taken out again.
func keepIn(out *wholefile.File, o *models.ImportSettings) {
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

// plain keeps a spreadsheet from running what somebody called an account.
func plain(name string) string {
	if strings.ContainsAny(name[:min(len(name), 1)], "=+-@") {
		return "'" + name
	}
	return name
}

// writeCredentials writes what nobody is shown again where the keys are shown
// once, below the names of the columns where head is true.
func writeCredentials(w io.Writer, keys []models.ImportedKey, head bool) error {
	out := csv.NewWriter(w)
	var rows [][]string
	if head {
		rows = append(rows, []string{"account", "slug", "channel", "api_key", "api_secret"})
	}
	for _, k := range keys {
		rows = append(rows, []string{plain(k.Account), k.Slug, string(k.Channel), k.Credential.Username, k.Credential.Value})
	}
	return errors.Join(out.WriteAll(rows), out.Error())
}
