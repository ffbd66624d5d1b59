// Package keys draws the API keys: the list, the form that creates a key, the
// page of a key and the dialogs of its actions.
package keys

import (
	"context"
	"slices"
	"strings"
	"time"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"

	"github.com/a-h/templ"
)

// KeyList is the API Key page: one page of the account's keys.
type KeyList struct {
	Root           string // address of the list: /a/acme/keys
	Query          models.KeyQuery
	Page           models.KeyPage
	Usage          []models.UsageDay // of the account, models.ChartDays
	IdempotencyKey string            // one-time token: one press makes one key
	Fresh          string            // Sid of a key that was just made
	Problem        string            // why the last press changed nothing
	Account        models.Account    // whose policies hold
	Create         bool              // the reader may add keys
	Others         bool              // the reader sees keys of other people
	Now            time.Time
}

// seen returns how many keys the reader may see. Page.InUse counts the keys of
// everybody.
func (m KeyList) seen() int { return m.Page.Enabled + m.Page.Disabled }

// none reports whether the reader may see no key at all.
func (m KeyList) none() bool { return m.seen() == 0 }

// firstSteps returns the steps from an empty list to the first request that
// passes.
func firstSteps(ctx context.Context) []string {
	return []string{i18n.T(ctx, "keys.empty.create"), i18n.T(ctx, "keys.empty.limit"), i18n.T(ctx, "keys.empty.proxy")}
}

// segments returns the filters with the number of keys of each.
func (m KeyList) segments(ctx context.Context) []ui.Segment {
	one := func(f models.KeyFilter, label string, n int) ui.Segment {
		return ui.Segment{Label: label, Href: m.filterHref(f), Current: m.Query.Filter == f, Count: n, Show: true}
	}
	return []ui.Segment{
		one(models.FilterAll, i18n.T(ctx, "keys.filter.all"), m.seen()),
		one(models.FilterEnabled, i18n.T(ctx, "keys.enabled"), m.Page.Enabled),
		one(models.FilterDisabled, i18n.T(ctx, "keys.disabled"), m.Page.Disabled),
		one(models.FilterExpiring, i18n.T(ctx, "keys.filter.expiring"), m.Page.Expiring),
		one(models.FilterExpired, i18n.T(ctx, "keys.expired"), m.Page.Expired),
	}
}

// columns returns the columns of the list. Three of them can be sorted by.
func (m KeyList) columns(ctx context.Context) []ui.Column {
	sorted := func(c ui.Column, by models.KeySort, order string) ui.Column {
		c.Sort = m.sortHref(by)
		if m.Query.Sort == by {
			c.Order = order
		}
		return c
	}
	return []ui.Column{
		{Check: true, Form: bulkForm, Field: bulkField, Class: "check", Label: i18n.T(ctx, "keys.column.select")},
		sorted(ui.Column{Label: i18n.T(ctx, "keys.column.name")}, models.SortName, "ascending"),
		{Label: i18n.T(ctx, "keys.column.key")},
		{Label: i18n.T(ctx, "keys.column.apps")},
		{Label: i18n.T(ctx, "keys.column.apis")},
		{Label: i18n.T(ctx, "keys.column.ips")},
		sorted(ui.Column{Label: i18n.T(ctx, "keys.column.used")}, models.SortUsed, "descending"),
		{Label: i18n.T(ctx, "keys.column.status")},
		sorted(ui.Column{Label: i18n.T(ctx, "keys.column.created")}, models.SortCreated, "descending"),
		{Label: i18n.T(ctx, "keys.column.action"), Hide: true, Class: "actions"},
	}
}

// The form of bulk actions and the boxes of its rows.
const (
	bulkForm  = "bulk"
	bulkField = "sid"
	// SeenField is the field that holds, for a selected row, the status that
	// the reader saw.
	SeenField = "seen"
)

// seen returns a key's Sid with the version of the status that the list shows.
func seen(k models.Key) string { return k.Sid + "." + string(models.StatusSection(k).Version()) }

// swapList makes htmx replace the list. It morphs the list, so that the focus
// and open menus stay.
func swapList() templ.Attributes {
	return templ.Attributes{"hx-target": "#keys", "hx-swap": "outerMorph"}
}

// swapListTo makes htmx POST a form to action and replace the list.
func swapListTo(action string) templ.Attributes {
	a := swapList()
	a["hx-post"] = action
	return a
}

// mask returns the hidden form of a value.
func mask(k models.Key) string { return k.Prefix + "••••" + k.Last4 }

// revealable reports whether the value can be shown at any time.
func revealable(k models.Key) bool { return k.Visibility != models.ShowOnce }

// about returns the line below a key's name.
func about(k models.Key) string {
	line, _, _ := strings.Cut(k.Description, "\n")
	return line
}

// expiresSoon returns the days until the key expires, if they are few. It
// returns false for a key that has expired or expires later.
func expiresSoon(k models.Key, now time.Time) (days int, soon bool) {
	if !k.ExpiresSoon(now) {
		return 0, false
	}
	return int(k.ExpiresAt.Sub(now).Hours() / 24), true
}

// scopeTag returns a scope in two words and its tone. An empty list is a
// warning.
func scopeTag(mode models.ScopeMode, n int, all, none string, some func(int) string) (ui.Tone, string) {
	switch {
	case mode == models.ScopeAll:
		return ui.Neutral, all
	case n == 0:
		return ui.Warn, none
	default:
		return ui.Neutral, some(n)
	}
}

// appsTag draws the tag of Scope (App).
func appsTag(ctx context.Context, mode models.ScopeMode, n int) templ.Component {
	tone, text := scopeTag(mode, n, i18n.T(ctx, "keys.apps.all"), i18n.T(ctx, "keys.apps.none"),
		func(n int) string { return i18n.N(ctx, "keys.apps.count", n) })
	return ui.Tag(tone, text)
}

// apisTag draws the tag of Scope (API).
func apisTag(ctx context.Context, mode models.ScopeMode, n int) templ.Component {
	tone, text := scopeTag(mode, n, i18n.T(ctx, "keys.apis.all"), i18n.T(ctx, "keys.apis.none"),
		func(n int) string { return i18n.N(ctx, "keys.apis.count", n) })
	return ui.Tag(tone, text)
}

// usageTotals holds the requests of some days.
type usageTotals struct{ allowed, denied int }

// total returns the requests from the UTC date first on.
func total(days []models.UsageDay, first string) usageTotals {
	var t usageTotals
	for _, d := range days {
		switch {
		case d.Day < first:
		case d.Reason == models.ReasonAllowed:
			t.allowed += int(d.Count)
		default:
			t.denied += int(d.Count)
		}
	}
	return t
}

// lastDays returns the UTC dates of the last n days, oldest first.
func lastDays(now time.Time, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = now.UTC().AddDate(0, 0, i+1-n).Format(time.DateOnly)
	}
	return list
}

// line returns the requests per day whose reason passes, for a sparkline, or
// nil if there are none.
func line(days []models.UsageDay, dates []string, pass func(reason string) bool) []int {
	values, some := make([]int, len(dates)), false
	for _, d := range days {
		if i, ok := slices.BinarySearch(dates, d.Day); ok && pass(d.Reason) {
			values[i] += int(d.Count)
			some = true
		}
	}
	if !some {
		return nil
	}
	return values
}

// stats returns the figures above the list.
func (m KeyList) stats(ctx context.Context) []ui.StatParams {
	dates := lastDays(m.Now, models.ChartDays)
	month, today := total(m.Usage, dates[0]), total(m.Usage, dates[models.ChartDays-1])
	inUse := ui.StatParams{
		Label: i18n.T(ctx, "keys.stat.use"), Value: ui.Number(m.Page.InUse),
		Note:  i18n.T(ctx, "keys.stat.of", "Max", models.MaxKeysPerAccount),
		Meter: &ui.Meter{Value: m.Page.InUse, Max: models.MaxKeysPerAccount},
	}
	if !m.Others { // how many keys others have is not theirs to see
		inUse.Value, inUse.Note, inUse.Meter = ui.Number(m.seen()), "", nil
	}
	requests := ui.StatParams{
		Label: i18n.T(ctx, "keys.stat.requests"), Value: ui.Number(month.allowed + month.denied),
		Note:  i18n.T(ctx, "keys.stat.today", "Count", ui.Number(today.allowed+today.denied)),
		Spark: line(m.Usage, dates, func(string) bool { return true }),
	}
	denied := ui.StatParams{
		Label: i18n.T(ctx, "keys.stat.denied"), Value: ui.Number(month.denied),
		Note:  i18n.T(ctx, "keys.stat.today", "Count", ui.Number(today.denied)),
		Spark: line(m.Usage, dates, func(reason string) bool { return reason != models.ReasonAllowed }), Refused: true,
	}
	expiring := ui.StatParams{
		Label: i18n.T(ctx, "keys.stat.expiring"), Value: ui.Number(m.Page.Expiring),
		Href: m.filterHref(models.FilterExpiring), Current: m.Query.Filter == models.FilterExpiring,
	}
	if m.Page.Expiring > 0 {
		expiring.Tone = ui.Warn
	}
	return []ui.StatParams{inUse, requests, denied, expiring}
}
