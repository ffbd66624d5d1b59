package keys

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"keywicket/views/terms"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// How many apps a picker shows. Up to appsAtOnce it shows all, beyond that only
// the chosen ones and the results of a search.
const (
	appsAtOnce   = 500
	chosenAtOnce = 200
	foundAtOnce  = 100
)

// AppScope is Scope (App) as in the form.
type AppScope struct {
	Mode   models.ScopeMode
	Total  int          // apps in the account
	Chosen []models.App // shown with a mark
	Others []models.App // shown without one
	Kept   []int64      // chosen, but too many to show: carried along
	Find   string       // what was sought, in an account with many apps
	Found  int          // apps that match Find and are not chosen

	Unsaved bool // the form holds choices that are not saved yet
}

// many reports whether there are too many apps to show all.
func (s AppScope) many() bool { return s.Total > appsAtOnce }

// count returns the number of chosen apps.
func (s AppScope) count() int { return len(s.Chosen) + len(s.Kept) }

// NewAppScope arranges the account's apps for the picker. chosen holds the IDs
// of the chosen apps. If there are many apps, find selects which others are
// shown.
func NewAppScope(all []models.AppRow, mode models.ScopeMode, chosen map[int64]bool, find string) AppScope {
	s := AppScope{Mode: mode, Total: len(all), Find: find}
	for _, row := range all {
		switch {
		case !chosen[row.ID]:
			if !s.many() || matches(row.App, find) {
				s.Found++
				s.Others = append(s.Others, row.App)
			}
		case s.many() && len(s.Chosen) >= chosenAtOnce:
			s.Kept = append(s.Kept, row.ID)
		default:
			s.Chosen = append(s.Chosen, row.App)
		}
	}
	if s.many() {
		s.Others = s.Others[:min(len(s.Others), foundAtOnce)]
	}
	return s
}

// matches reports whether the app's name or ID contains find.
func matches(a models.App, find string) bool {
	find = strings.ToLower(strings.TrimSpace(find))
	return strings.Contains(strings.ToLower(a.Name), find) || strings.Contains(strings.ToLower(a.AppID), find)
}

// kept returns the hidden field's value for the chosen apps that the picker
// does not show.
func (s AppScope) kept() string {
	parts := make([]string, len(s.Kept))
	for i, id := range s.Kept {
		parts[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(parts, ",")
}

// picker returns all apps in one list by name or, if there are many, the chosen
// and the other ones in groups.
func (s AppScope) picker(ctx context.Context) ui.PickerParams {
	p := ui.PickerParams{ID: "app-list", Name: "app", Label: i18n.T(ctx, "keys.apps.list"), Empty: i18n.T(ctx, "keys.apps.nothing")}
	chosen, others := appItems(s.Chosen, true), appItems(s.Others, false)
	if !s.many() {
		items := slices.Concat(chosen, others)
		slices.SortStableFunc(items, func(a, b ui.PickerItem) int {
			return strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label))
		})
		p.Groups = []ui.PickerGroup{{Items: items}}
		return p
	}
	if len(chosen) > 0 {
		p.Groups = append(p.Groups, ui.PickerGroup{Name: i18n.T(ctx, "keys.apps.chosen"), Items: chosen})
	}
	if len(others) > 0 {
		p.Groups = append(p.Groups, ui.PickerGroup{Name: i18n.T(ctx, "keys.apps.others"), Items: others})
	}
	return p
}

// appItems returns apps as items of a picker.
func appItems(apps []models.App, checked bool) []ui.PickerItem {
	items := make([]ui.PickerItem, len(apps))
	for i, a := range apps {
		label := a.Name
		if label == "" {
			label = a.AppID
		}
		items[i] = ui.PickerItem{Value: strconv.FormatInt(a.ID, 10), Label: label, Note: a.AppID, Checked: checked}
	}
	return items
}

// foundSentence returns a sentence about the results of a search for apps.
func (s AppScope) foundSentence(ctx context.Context) string {
	return i18n.T(ctx, "keys.apps.found", "Shown", ui.Number(len(s.Others)), "Found", ui.Number(s.Found))
}

// APIScope is Scope (API) as in the form.
type APIScope struct {
	Mode     models.ScopeMode
	Families []models.FamilyRow
	Chosen   map[int64]bool
	Unsaved  bool // the form holds choices that are not saved yet
}

// picker returns the calls in their families.
func (s APIScope) picker(ctx context.Context) ui.PickerParams {
	p := ui.PickerParams{ID: "api-list", Name: "api", Label: i18n.T(ctx, "keys.apis.list"), Empty: i18n.T(ctx, "keys.apis.nothing")}
	for _, f := range s.Families {
		if len(f.APIs) == 0 {
			continue
		}
		g := ui.PickerGroup{Name: terms.FamilyName(ctx, f.Name)}
		for _, a := range f.APIs {
			g.Items = append(g.Items, ui.PickerItem{
				Value: strconv.FormatInt(a.ID, 10), Label: a.Name, Note: a.Method + " " + a.Path, Checked: s.Chosen[a.ID],
			})
		}
		p.Groups = append(p.Groups, g)
	}
	return p
}

// scopeSentence returns a sentence about a saved scope, and its tone.
func scopeSentence(mode models.ScopeMode, n int, all, none string, some func(int) string) (ui.Tone, string) {
	switch {
	case mode == models.ScopeAll:
		return ui.Neutral, all
	case n == 0:
		return ui.Warn, none
	default:
		return ui.OK, some(n)
	}
}

// appsSentence returns a sentence about Scope (App), and its tone.
func (m KeyDetails) appsSentence(ctx context.Context) (ui.Tone, string) {
	return scopeSentence(m.Key.ScopeApps, len(m.Key.Apps), i18n.T(ctx, "keys.apps.all.means"), i18n.T(ctx, "keys.apps.none.means"),
		func(n int) string { return i18n.N(ctx, "keys.apps.some.means", n) })
}

// apisSentence returns a sentence about Scope (API), and its tone.
func (m KeyDetails) apisSentence(ctx context.Context) (ui.Tone, string) {
	return scopeSentence(m.Key.ScopeAPIs, len(m.Key.APIs), i18n.T(ctx, "keys.apis.all.means"), i18n.T(ctx, "keys.apis.none.means"),
		func(n int) string { return i18n.N(ctx, "keys.apis.some.means", n) })
}

// cards returns the choice between all and some apps.
func (s AppScope) cards(ctx context.Context) ui.RadioParams {
	return allOrSome(i18n.T(ctx, "keys.column.apps"), s.Mode,
		ui.RadioCard{Label: i18n.T(ctx, "keys.apps.all"), Hint: i18n.T(ctx, "keys.apps.all.hint")},
		ui.RadioCard{Label: i18n.T(ctx, "keys.apps.some"), Hint: i18n.T(ctx, "keys.apps.some.hint"), Shows: "app-choice"})
}

// cards returns the choice between all and some calls.
func (s APIScope) cards(ctx context.Context) ui.RadioParams {
	return allOrSome(i18n.T(ctx, "keys.column.apis"), s.Mode,
		ui.RadioCard{Label: i18n.T(ctx, "keys.apis.all"), Hint: i18n.T(ctx, "keys.apis.all.hint")},
		ui.RadioCard{Label: i18n.T(ctx, "keys.apis.some"), Hint: i18n.T(ctx, "keys.apis.some.hint"), Shows: "api-choice"})
}

// allOrSome returns the choice between all and some for a scope.
func allOrSome(legend string, mode models.ScopeMode, all, some ui.RadioCard) ui.RadioParams {
	all.Value, some.Value = string(models.ScopeAll), string(models.ScopeSome)
	return ui.RadioParams{Name: "mode", Legend: legend, Hide: true, Value: string(mode), Cards: []ui.RadioCard{all, some}}
}

// scopeSection returns the params of a scope's section. It marks choices that
// are not saved yet.
func (m KeyDetails) scopeSection(id string, of models.Section, title, about string, unsaved bool) ui.SectionParams {
	p := m.section(id, of, title, about)
	if unsaved {
		p.Attrs["data-dirty"] = true
	}
	return p
}
