package views

import (
	"context"
	"encoding/json"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// PreferencesPath is the address that accepts the choice of theme or language
// by POST, from users and visitors. Its fields are theme (light, dark, or empty
// for the system's), language (en, zh-CN) and next, the page to return to.
const PreferencesPath = "/preferences"

// Flash is a message about the last action, shown on the next page.
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

// OwnerField is the query field that filters a list of keys by owner.
const OwnerField = "owner"

// Chrome holds what the frame of a console page shows.
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

// BareChrome holds what the frame of a page outside the console shows.
type BareChrome struct {
	Title string
	Lang  string
	Theme string
	Path  string
	Flash []Flash
}

// root returns the address of a page of the account.
func (c Chrome) root(page string) string { return "/a/" + c.Account.Slug + "/" + page }

// inAccount reports whether the page belongs to an account.
func (c Chrome) inAccount() bool { return c.Account.Slug != "" }

// crumbs returns the breadcrumbs, starting with the account.
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

// masterPage returns the address of a page of the account's master. It returns
// "" for a master account, and for users who are not members of the master.
func (c Chrome) masterPage(page string) string {
	for _, m := range c.Accounts {
		if c.Account.Sub() && m.ID == c.Account.Master.ID {
			return "/a/" + m.Slug + "/" + page
		}
	}
	return ""
}

// subaccountsShown is how many sub-accounts of one master the switcher lists.
const subaccountsShown = 8

// switchable returns the accounts that the switcher lists: every master, the
// first of its sub-accounts, and the current account. more counts the others by
// the slug of their master.
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

// personName returns the user's name, or their e-mail without one.
func (c Chrome) personName() string {
	if c.User.Name != "" {
		return c.User.Name
	}
	return c.User.Email
}

// otherTheme returns the theme that the toggle switches to. For the system's
// theme, script decides.
func otherTheme(theme string) string {
	if theme == models.ThemeDark {
		return models.ThemeLight
	}
	return models.ThemeDark
}

// htmxConfig configures htmx 4. It turns off styles of its own and the history
// cache (going back loads the page again, so that a shown value is not kept).
// The only extension is the script's own, which turns off evaluation. The
// Content-Security-Policy blocks scripts in answers.
const htmxConfig = `{"defaultSwap":"outerHTML","defaultSettleDelay":0,"includeIndicatorCSS":false,"history":"reload","extensions":"keywicket"}`

// scriptWords returns the words that script needs, as JSON.
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
