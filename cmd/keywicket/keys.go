package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"keywicket/models"
	"keywicket/models/store"
)

func (p program) keyCommand() *cli.Command {
	account := &cli.StringFlag{Name: flagAccount, Usage: "the account, as in its address /a/{account}; not needed where there is one", Local: true}
	return &cli.Command{
		Name: "key", Usage: "look at API keys; never at their values",
		Commands: []*cli.Command{
			{Name: "list", Usage: "list an account's keys", Flags: []cli.Flag{jsonFlag(), account}, Action: p.keyList},
			{Name: "show", Usage: "show a key with its whole policy", ArgsUsage: "SID", Flags: []cli.Flag{jsonFlag(), account}, Action: p.keyShow},
		},
	}
}

// keyLine is a key in the lists for programs. Nothing of it is secret.
type keyLine struct {
	Sid         string     `json:"sid"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Key         string     `json:"key"` // beginning and end of the value
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

func lineOf(k models.Key) keyLine {
	return keyLine{
		Sid: k.Sid, Name: k.Name, Description: k.Description, Key: k.Prefix + "…" + k.Last4,
		Channel: string(k.Channel), Enabled: k.Enabled, ExpiresAt: k.ExpiresAt,
		ScopeApps: string(k.ScopeApps), ScopeAPIs: string(k.ScopeAPIs), Visibility: string(k.Visibility),
		Rate: k.RateRequests, RateWindow: k.RateWindowSec,
		CreatedBy: k.CreatedBy, CreatedAt: k.CreatedAt, LastUsedAt: k.LastUsedAt,
	}
}

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
				lines = append(lines, lineOf(row.Key))
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

func (k keyLine) status() string {
	if !k.Enabled {
		return "disabled"
	}
	return "enabled"
}

// keyPolicy is a key with its lists, for programs.
type keyPolicy struct {
	keyLine
	Apps []string `json:"apps"`         // app ids of the App List
	APIs []string `json:"apis"`         // names of the API List
	IPs  []string `json:"ip_whitelist"` // empty: any IP
}

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
		k := keyPolicy{keyLine: lineOf(detail.Key), Apps: []string{}, APIs: []string{}, IPs: []string{}}
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
			{"Expiry Date", date(k.ExpiresAt)}, {"Scope (App)", scope(k.ScopeApps, k.Apps)}, {"Scope (API)", scope(k.ScopeAPIs, k.APIs)},
			{"IP Whitelist", k.IPs}, {"Created", k.CreatedAt.Format(time.DateTime)}, {"Last used", date(k.LastUsedAt)},
		} {
			fmt.Fprintf(w, "%s\t%v\n", row[0], row[1])
		}
		return w.Flush()
	})
}

func date(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Format(time.DateTime)
}

func scope(mode string, list []string) string {
	if mode == string(models.ScopeAll) {
		return mode
	}
	return fmt.Sprint(mode, " ", list)
}

// asOwner opens the data folder beside a running server and asks as the owner
// of the account that the flags name.
func (p program) asOwner(ctx context.Context, cmd *cli.Command, ask func(*store.Store, models.Actor) error) (err error) {
	s, err := p.settings(cmd)
	if err != nil {
		return err
	}
	st, err := openStore(ctx, s, opening{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	slug := cmd.String(flagAccount)
	if slug == "" {
		accounts, err := st.Accounts(ctx)
		if err != nil {
			return err
		}
		switch len(accounts) {
		case 0:
			return refusal{what: "There is no account yet.", do: "Use the set-up link, or keywicket admin create."}
		case 1:
			slug = accounts[0].Slug
		default:
			return refusal{what: fmt.Sprintf("There are %d accounts.", len(accounts)), do: "Name one with --account: " + slugs(accounts) + "."}
		}
	}
	who, err := st.OwnerActor(ctx, slug)
	if err != nil {
		return err
	}
	return ask(st, who)
}

func slugs(accounts []models.AccountSummary) string {
	s := ""
	for i, a := range accounts {
		if i > 0 {
			s += ", "
		}
		s += a.Slug
	}
	return s
}
