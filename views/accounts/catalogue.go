package accounts

import (
	"context"
	"strings"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// CatalogueChange is the question before a sub-account switches its catalogue,
// if the switch removes entries from its keys' lists.
type CatalogueChange struct {
	Root    string // address of the settings
	Keys    string // address of the list of keys
	Account models.Account
	Own     bool
	Losses  []models.ListLoss
	Page    bool
}

// params returns the params of the question.
func (m CatalogueChange) params(ctx context.Context) ui.ConfirmParams {
	title, choice := i18n.T(ctx, "settings.catalogue.to_master", "Master", m.Account.Master.Name), "master"
	if m.Own {
		title, choice = i18n.T(ctx, "settings.catalogue.to_own"), "own"
	}
	action := m.Root + "/catalogue"
	n := models.Entries(m.Losses)
	return ui.ConfirmParams{
		ID: "change-catalogue", Title: title, Text: i18n.N(ctx, "settings.catalogue.loss", n),
		Action: action, Version: string(models.AccountSection(m.Account).Version()), Label: i18n.N(ctx, "settings.catalogue.lose", n),
		Fields: map[string]string{"own_catalogue": choice, "agreed": string(models.LossesSection(m.Losses).Version())},
		Show:   !m.Page, Page: m.Page, Back: m.Root, Attrs: ui.PostDialog(action),
	}
}

// catalogueCards returns the choice between an own and the master's catalogue.
func (m Settings) catalogueCards(ctx context.Context) ui.RadioParams {
	p := catalogueCards(ctx, m.Account.Master.Name, m.Account.OwnCatalogue)
	p.Hide = true // the section says it
	return p
}

// lostShown is how many removed entries are named for each key.
const lostShown = 6

// lost returns a sentence that names what a key's lists lose.
func lost(ctx context.Context, l models.ListLoss) string {
	names := append(append([]string{}, l.Apps...), l.APIs...)
	if more := len(names) - lostShown; more > 0 {
		return strings.Join(names[:lostShown], i18n.T(ctx, "settings.catalogue.comma")) + " " + i18n.N(ctx, "settings.catalogue.more", more)
	}
	return strings.Join(names, i18n.T(ctx, "settings.catalogue.comma"))
}
