// Package catalogue draws apps, the API Catalogue and plugins: what keys can be
// limited to.
package catalogue

import (
	"context"
	"strconv"
	"strings"

	"keywicket/views"
	"keywicket/views/terms"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// Catalogue is the API Catalogue page: the families and their calls that match
// the search.
type Catalogue struct {
	Root     string // address of the page: /a/acme/catalogue
	Search   string
	Families []models.FamilyRow
	Count    int // of all calls, whatever the search
	Any      bool
	CanEdit  bool
}

// NewCatalogue returns the page with the calls whose name, method or path
// contains search. A family whose name contains it keeps all calls.
func NewCatalogue(ctx context.Context, root string, families []models.FamilyRow, search string, canEdit bool) Catalogue {
	m := Catalogue{Root: root, Search: search, CanEdit: canEdit, Any: len(families) > 0}
	find := strings.ToLower(search)
	for _, f := range families {
		m.Count += len(f.APIs)
		if find == "" || strings.Contains(strings.ToLower(f.Name+" "+terms.FamilyName(ctx, f.Name)), find) {
			m.Families = append(m.Families, f)
			continue
		}
		var found []models.APIRow
		for _, a := range f.APIs {
			if strings.Contains(strings.ToLower(a.Name+" "+a.Method+" "+a.Path), find) {
				found = append(found, a)
			}
		}
		if f.APIs = found; len(found) > 0 {
			m.Families = append(m.Families, f)
		}
	}
	return m
}

// Href returns the address of the page, with the search.
func (m Catalogue) Href() string { return ui.Address(m.Root, map[string]string{"q": m.Search}, 1) }

// family returns the address of a family.
func (m Catalogue) family(id int64) string { return m.Root + "/families/" + strconv.FormatInt(id, 10) }

// api returns the address of a call.
func (m Catalogue) api(id int64) string { return m.Root + "/apis/" + strconv.FormatInt(id, 10) }

// newAPI returns the address of the form for a new call of the family.
func (m Catalogue) newAPI(family int64) string {
	if family == 0 {
		return m.Root + "/apis/new"
	}
	return m.Root + "/apis/new?family=" + strconv.FormatInt(family, 10)
}

// familyID returns the id attribute of a family's card.
func familyID(id int64) string { return "family-" + strconv.FormatInt(id, 10) }

// jumps returns links to the families on the page.
func (m Catalogue) jumps(ctx context.Context) []ui.Segment {
	segments := make([]ui.Segment, len(m.Families))
	for i, f := range m.Families {
		segments[i] = ui.Segment{Label: terms.FamilyName(ctx, f.Name), Href: "#" + familyID(f.ID), Count: len(f.APIs), Show: true}
	}
	return segments
}

// columns returns the columns of a family's calls.
func (m Catalogue) columns(ctx context.Context) []ui.Column {
	columns := []ui.Column{
		{Label: i18n.T(ctx, "catalogue.column.name")},
		{Label: i18n.T(ctx, "catalogue.column.call")},
		{Label: i18n.T(ctx, "catalogue.column.app")},
		{Label: i18n.T(ctx, "catalogue.column.rate")},
		{Label: i18n.T(ctx, "catalogue.column.keys")},
	}
	if m.CanEdit {
		columns = append(columns, ui.Column{Label: i18n.T(ctx, "catalogue.column.action"), Hide: true, Class: "actions"})
	}
	return columns
}

// sourceWord returns the words for the place of the app ID in a request.
func sourceWord(ctx context.Context, s models.AppSource) string {
	switch s {
	case models.AppInPath:
		return i18n.T(ctx, "catalogue.source.path")
	case models.AppInHeader:
		return i18n.T(ctx, "catalogue.source.header")
	case models.AppInQuery:
		return i18n.T(ctx, "catalogue.source.query")
	case models.AppInBody:
		return i18n.T(ctx, "catalogue.source.body")
	default:
		return ""
	}
}

// FamilyForm is the dialog that adds a family, or renames Family.
type FamilyForm struct {
	Root   string
	Back   string
	Family models.Family // zero to add one
	Name   string        // as typed
	Errors map[string]string
	Page   bool
}

// TitleID returns the translation ID of the dialog's title.
func (f FamilyForm) TitleID() string {
	if f.Family.ID == 0 {
		return "catalogue.family.add"
	}
	return "catalogue.family.rename"
}

// params returns the params of the dialog.
func (f FamilyForm) params(ctx context.Context) ui.DialogParams {
	action, label := f.Root+"/families", i18n.T(ctx, "catalogue.family.add")
	if f.Family.ID != 0 {
		action, label = f.Root+"/families/"+strconv.FormatInt(f.Family.ID, 10)+"/rename", i18n.T(ctx, "common.save")
	}
	p := ui.FormDialog("family-form", i18n.T(ctx, f.TitleID()), i18n.T(ctx, "catalogue.family.about"), action, label, f.Back, f.Page)
	if f.Family.ID != 0 {
		p = views.MadeFrom(models.NameSection(f.Family.Name), p)
	}
	return p
}

// FamilyRemoval is the question before a family is removed.
type FamilyRemoval struct {
	Root   string
	Back   string
	Family models.FamilyRow
	Page   bool
}

// params returns the params of the question.
func (m FamilyRemoval) params(ctx context.Context) ui.ConfirmParams {
	action := m.Root + "/families/" + strconv.FormatInt(m.Family.ID, 10) + "/remove"
	return ui.ConfirmParams{
		ID: "remove-family", Title: i18n.T(ctx, "catalogue.family.remove.title", "Name", terms.FamilyName(ctx, m.Family.Name)), Text: i18n.T(ctx, "catalogue.family.remove.text"),
		Action: action, Version: string(models.NameSection(m.Family.Name).Version()), Label: i18n.T(ctx, "catalogue.family.remove"), Fields: map[string]string{"back": m.Back},
		Show: !m.Page, Page: m.Page, Back: m.Back, Attrs: ui.PostDialog(action),
	}
}

// refusal returns the params of the dialog that explains why the family cannot
// be removed.
func (m FamilyRemoval) refusal(ctx context.Context) ui.DialogParams {
	return ui.DialogParams{
		ID: "remove-family", Title: i18n.T(ctx, "catalogue.family.remove.not", "Name", terms.FamilyName(ctx, m.Family.Name)),
		Show: !m.Page, Page: m.Page, CloseHref: m.Back,
	}
}
