package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"keywicket/models"
	"keywicket/models/store"
)

// keyCommand returns the key command.
func (p program) keyCommand() *cli.Command {
	account := &cli.StringFlag{Name: flagAccount, Usage: "slug of the account, as in /a/SLUG; not needed if there is only one account", Local: true}
	return &cli.Command{
		Name: "key", Usage: "show API keys, without their values",
		Commands: []*cli.Command{
			{Name: "list", Usage: "list the keys of an account", Flags: []cli.Flag{jsonFlag(), account}, Action: p.keyList},
			{Name: "show", Usage: "show a key and its policy", ArgsUsage: "SID", Flags: []cli.Flag{jsonFlag(), account}, Action: p.keyShow},
		},
	}
}

// keyLine is a key in the JSON output. It contains nothing secret.
type keyLine struct {
	Sid         string     `json:"sid"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Key         string     `json:"key"` // prefix and last characters of the value
	Channel     string     `json:"channel"`
	Enabled     bool       `json:"enabled"`
	ExpiresAt   *time.Time `json:"expires_at"`
	ScopeApps   string     `json:"scope_apps"`
	ScopeAPIs   string     `json:"scope_apis"`
	Visibility  string     `json:"visibility"`
	Rate        int        `json:"rate_requests"`
	RateWindow  int        `json:"rate_window_seconds"`
	CreatedBy   string     `json:"created_by"`
	CreatedAt   time.Time  `json:"created_at"`
	LastUsedAt  *time.Time `json:"last_used_at"`
}

// newKeyLine returns the line of a key.
func newKeyLine(k models.Key) keyLine {
	return keyLine{
		Sid: k.Sid, Name: k.Name, Description: k.Description, Key: k.Prefix + "…" + k.Last4,
		Channel: string(k.Channel), Enabled: k.Enabled, ExpiresAt: k.ExpiresAt,
		ScopeApps: string(k.ScopeApps), ScopeAPIs: string(k.ScopeAPIs), Visibility: string(k.Visibility),
		Rate: k.RateRequests, RateWindow: k.RateWindowSec,
		CreatedBy: k.CreatedBy, CreatedAt: k.CreatedAt, LastUsedAt: k.LastUsedAt,
	}
}

// keyList lists the keys of an account.
func (p program) keyList(ctx context.Context, cmd *cli.Command) error {
	return p.asOwner(ctx, cmd, func(st *store.Store, who models.Actor) error {
		lines := []keyLine{}
		for page, pages := 1, 1; page <= pages; page++ {
			keys, err := st.ListKeys(ctx, who, models.KeyQuery{Page: page, Sort: models.SortName})
			if err != nil {
				return err
			}
			pages = keys.Pages
			for _, row := range keys.Rows {
				lines = append(lines, newKeyLine(row.Key))
			}
		}
		if cmd.Bool("json") {
			return writeJSON(p.out, lines)
		}
		w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "SID\tNAME\tAPI KEY\tSTATUS\tSCOPE (APP)\tSCOPE (API)\tCREATED")
		for _, k := range lines {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.Sid, k.Name, k.Key, k.status(), k.ScopeApps, k.ScopeAPIs, k.CreatedAt.Format(time.DateOnly))
		}
		return w.Flush()
	})
}

// status returns enabled or disabled.
func (k keyLine) status() string {
	if !k.Enabled {
		return "disabled"
	}
	return "enabled"
}

// keyPolicy is a key with its lists in the JSON output.
type keyPolicy struct {
	keyLine
	Apps []string `json:"apps"`         // app ids of the App List
	APIs []string `json:"apis"`         // names of the API List
	IPs  []string `json:"ip_whitelist"` // empty: any IP
}

// keyShow prints a key and its policy.
func (p program) keyShow(ctx context.Context, cmd *cli.Command) error {
	sid, err := argument(cmd)
	if err != nil {
		return err
	}
	return p.asOwner(ctx, cmd, func(st *store.Store, who models.Actor) error {
		detail, err := st.Key(ctx, who, sid)
		if err != nil {
			return err
		}
		k := keyPolicy{keyLine: newKeyLine(detail.Key), Apps: []string{}, APIs: []string{}, IPs: []string{}}
		for _, a := range detail.Apps {
			k.Apps = append(k.Apps, a.AppID)
		}
		for _, a := range detail.APIs {
			k.APIs = append(k.APIs, a.Name)
		}
		for _, ip := range detail.IPs {
			k.IPs = append(k.IPs, ip.Rule)
		}
		if cmd.Bool("json") {
			return writeJSON(p.out, k)
		}
		w := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
		for _, row := range [][2]any{
			{"Sid", k.Sid}, {"Name", k.Name}, {"Description", k.Description}, {"API Key", k.Key}, {"Status", k.status()},
			{"Expiry Date", formatDate(k.ExpiresAt)}, {"Scope (App)", formatScope(k.ScopeApps, k.Apps)}, {"Scope (API)", formatScope(k.ScopeAPIs, k.APIs)},
			{"IP Whitelist", cmp.Or(strings.Join(k.IPs, ", "), "any address")}, {"Created", k.CreatedAt.Format(time.DateTime)}, {"Last used", formatDate(k.LastUsedAt)},
		} {
			fmt.Fprintf(w, "%s\t%v\n", row[0], row[1])
		}
		return w.Flush()
	})
}

// formatDate returns t for people; never for nil.
func formatDate(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Format(time.DateTime)
}

// formatScope returns the mode of a scope, with its list unless it is all.
func formatScope(mode string, list []string) string {
	if mode == string(models.ScopeAll) {
		return mode
	}
	return fmt.Sprint(mode, " ", list)
}

// asOwner opens the data folder, in which a server may be running, and calls ask with the owner of the account that
// --account names.
func (p program) asOwner(ctx context.Context, cmd *cli.Command, ask func(*store.Store, models.Actor) error) error {
	return p.withStore(ctx, cmd, func(_ settings, st *store.Store) error {
		slug, err := accountSlug(ctx, cmd, st)
		if err != nil {
			return err
		}
		who, err := st.OwnerActor(ctx, slug)
		if err != nil {
			return err
		}
		return ask(st, who)
	})
}

// accountSlug returns the value of --account. Without it, it returns the slug of the only account, or an error if there
// is none or several.
func accountSlug(ctx context.Context, cmd *cli.Command, st *store.Store) (string, error) {
	if slug := cmd.String(flagAccount); slug != "" {
		return slug, nil
	}
	accounts, err := st.Accounts(ctx)
	if err != nil {
		return "", err
	}
	if len(accounts) == 0 {
		return "", userError{what: "There is no account yet.", do: "Use the setup link or keywicket admin create."}
	}
	if len(accounts) > 1 {
		var slugs []string
		for _, a := range accounts {
			slugs = append(slugs, a.Slug)
		}
		return "", userError{
			what: fmt.Sprintf("There are %d accounts.", len(accounts)),
			do:   "Choose one with --account: " + strings.Join(slugs, ", ") + ".",
		}
	}
	return accounts[0].Slug, nil
}
