package views

import (
	"context"
	"encoding/json"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// PreferencesPath takes the choice of theme and language, by POST, from
// signed-in people and visitors: theme (light, dark, or empty for the
// system's) or language (en, zh-CN), and next, the page to come back to.
const PreferencesPath = "/preferences"

// Flash is a word about what was just done, shown on the next page.
type Flash struct {
	Kind string // a ui.Tone: "ok", "info", "warn", "bad"
	Text string
}

// The entries of the left panel, for Chrome.Active.
const (
	NavKeys        = "keys"
	NavApps        = "apps"
	NavCatalogue   = "catalogue"
	NavPlugins     = "plugins"
	NavTester      = "tester"
	NavAccount     = "account"
	NavSubaccounts = "subaccounts"
	NavMembers     = "members"
	NavAudit       = "audit"
	NavProfile     = "profile"
)

// OwnerField is the query field that narrows a list of keys to one owner's.
const OwnerField = "owner"

// Chrome is what the frame of a console page shows around it.
type Chrome struct {
	Title    string // of the page, in <title>
	Active   string // entry of the left panel
	Account  models.Account
	User     models.User
	Role     models.Role
	Nav      models.NavCounts
	Accounts []models.Membership // the person's accounts, for the switcher
	Crumbs   []ui.Crumb          // after the account's name
	Flash    []Flash
	Lang     string // "en" or "zh-CN"
	Theme    string // "light", "dark", or "" for the system's
	Path     string // address of this page, to come back to
}

// BareChrome is the frame of a page outside the console.
type BareChrome struct {
	Title string
	Lang  string
	Theme string
	Path  string
	Flash []Flash
}

// root gives the address of a page of the account.
func (c Chrome) root(page string) string { return "/a/" + c.Account.Slug + "/" + page }

func (c Chrome) inAccount() bool { return c.Account.Slug != "" }

// crumbs is the way to the page, from the account on.
func (c Chrome) crumbs() []ui.Crumb {
	if !c.inAccount() {
		return c.Crumbs
	}
	way := []ui.Crumb{{Label: c.Account.Name, Href: c.root("keys")}}
	if above := c.masterPage("settings/subaccounts"); above != "" {
		way = append([]ui.Crumb{{Label: c.Account.Master.Name, Href: above}}, way...)
	}
	return append(way, c.Crumbs...)
}

// masterPage gives the address of a page of the account's master, "" for a
// master account and for people who have no place in the master.
func (c Chrome) masterPage(page string) string {
	for _, m := range c.Accounts {
		if c.Account.Sub() && m.ID == c.Account.Master.ID {
			return "/a/" + m.Slug + "/" + page
		}
	}
	return ""
}

// subaccountsShown is how many sub-accounts of one master the switcher names.
const subaccountsShown = 8

// switchable are the accounts that the switcher names: every master, the first
// of its sub-accounts, and the one that is shown. more counts those that are
// left out, by the slug of their master.
func (c Chrome) switchable() (list []models.Membership, more map[string]int) {
	more = map[string]int{}
	master, shown := models.Membership{}, 0
	for _, m := range c.Accounts {
		switch {
		case !m.Sub():
			master, shown = m, 0
		case *m.ParentID == master.ID && shown >= subaccountsShown && m.ID != c.Account.ID:
			more[master.Slug]++
			continue
		default:
			shown++
		}
		list = append(list, m)
	}
	return list, more
}

// personName is what to call the person.
func (c Chrome) personName() string {
	if c.User.Name != "" {
		return c.User.Name
	}
	return c.User.Email
}

// otherTheme is the one that the toggle of a page in theme leads to. Script
// knows better what the system's theme looks like.
func otherTheme(theme string) string {
	if theme == models.ThemeDark {
		return models.ThemeLight
	}
	return models.ThemeDark
}

// htmxConfig names only what htmx 4 knows: no styles of its own, no history of
// pages (going back loads the page, so that no shown value is kept), and no
// extension but the script's own, which switches evaluation off. Scripts in
// answers are stopped by the policy in the page's headers.
const htmxConfig = `{"defaultSwap":"outerHTML","defaultSettleDelay":0,"includeIndicatorCSS":false,"history":"reload","extensions":"keywicket"}`

// scriptWords are the words that script says, as JSON.
func scriptWords(ctx context.Context) string {
	words, err := json.Marshal(map[string]string{
		"copied":     i18n.T(ctx, "common.js.copied"),
		"copyManual": i18n.T(ctx, "common.js.copyManual"),
		"offline":    i18n.T(ctx, "common.js.offline"),
		"dismiss":    i18n.T(ctx, "common.dismiss"),
	})
	if err != nil {
		return "{}"
	}
	return string(words)
}
