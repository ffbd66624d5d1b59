package accounts

import (
	"context"

	"keywicket/views"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// SubaccountList is the Sub-accounts page: one page of a master's sub-accounts.
type SubaccountList struct {
	Root      string // address of the list: /a/acme/settings/subaccounts
	Master    models.Account
	Search    string
	Page      models.SubaccountPage
	CanManage bool
	CanImport bool
}

// Href returns the address of a page of the list, with the search.
func (m SubaccountList) Href(page int) string {
	return ui.Address(m.Root, map[string]string{"q": m.Search}, page)
}

// columns returns the columns of the list.
func (m SubaccountList) columns(ctx context.Context) []ui.Column {
	return []ui.Column{
		{Label: i18n.T(ctx, "subs.column.name")},
		{Label: i18n.T(ctx, "subs.column.keys")},
		{Label: i18n.T(ctx, "subs.column.apps")},
		{Label: i18n.T(ctx, "subs.column.people")},
		{Label: i18n.T(ctx, "subs.column.status")},
		{Label: i18n.T(ctx, "subs.column.created")},
		{Label: i18n.T(ctx, "subs.column.action"), Hide: true, Class: "actions"},
	}
}

// sub returns the address of an action on a sub-account.
func (m SubaccountList) sub(slug, action string) string { return m.Root + "/" + slug + "/" + action }

// subaccountState returns the tone and the words for a sub-account's state at
// the gate.
func subaccountState(ctx context.Context, master models.Account, sub models.SubaccountRow) (ui.Tone, string) {
	switch {
	case sub.Status != models.AccountActive:
		return ui.Bad, i18n.T(ctx, "subs.suspended")
	case master.Status != models.AccountActive:
		return ui.Bad, i18n.T(ctx, "subs.suspended.master")
	default:
		return ui.OK, i18n.T(ctx, "subs.active")
	}
}

// SubaccountForm is the dialog that creates a sub-account, or renames Sub.
type SubaccountForm struct {
	Root   string
	Back   string // address of the list as the reader left it
	Master string // name of the master
	Sub    models.SubaccountRow
	Name   string // as typed
	Slug   string // as typed
	Own    bool
	Errors map[string]string
	Page   bool // a page of its own, for readers without script
}

// catalogueCards returns the choice of the new sub-account's catalogue.
func (f SubaccountForm) catalogueCards(ctx context.Context) ui.RadioParams {
	return catalogueCards(ctx, f.Master, f.Own)
}

// catalogueCards returns the choice between an own and the master's catalogue.
func catalogueCards(ctx context.Context, master string, own bool) ui.RadioParams {
	p := ui.RadioParams{
		Name: "own_catalogue", Legend: i18n.T(ctx, "subs.catalogue"), Value: "master",
		Cards: []ui.RadioCard{
			{Value: "master", Label: i18n.T(ctx, "subs.catalogue.master", "Master", master), Hint: i18n.T(ctx, "subs.catalogue.master.hint")},
			{Value: "own", Label: i18n.T(ctx, "subs.catalogue.own"), Hint: i18n.T(ctx, "subs.catalogue.own.hint")},
		},
	}
	if own {
		p.Value = "own"
	}
	return p
}

// SubaccountStatus is the question before a sub-account is suspended or
// reopened.
type SubaccountStatus struct {
	Root    string
	Back    string
	Sub     models.SubaccountRow
	Master  models.Account
	Suspend bool
	Page    bool
}

// Title returns the question.
func (m SubaccountStatus) Title(ctx context.Context) string {
	if m.Suspend {
		return i18n.T(ctx, "subs.suspend.title", "Name", m.Sub.Name)
	}
	return i18n.T(ctx, "subs.reopen.title", "Name", m.Sub.Name)
}

// params returns the params of the dialog.
func (m SubaccountStatus) params(ctx context.Context) ui.DialogParams {
	id, label, variant := "suspend", i18n.T(ctx, "subs.suspend"), ui.Danger
	if !m.Suspend {
		id, label, variant = "reopen", i18n.T(ctx, "subs.reopen"), ui.Primary
	}
	p := ui.FormDialog(id+"-sub", m.Title(ctx), "", m.Root+"/"+m.Sub.Slug+"/"+id, label, m.Back, m.Page)
	p.Submit.Variant = variant
	return views.MadeFrom(models.SubaccountStatusSection(m.Sub.Account, m.Sub.Keys), p)
}

// sentence returns a sentence about what will happen.
func (m SubaccountStatus) sentence(ctx context.Context) string {
	switch {
	case m.Suspend:
		return i18n.N(ctx, "subs.suspend.text", m.Sub.Keys)
	case m.Master.Status != models.AccountActive:
		return i18n.T(ctx, "subs.reopen.master", "Master", m.Master.Name)
	default:
		return i18n.N(ctx, "subs.reopen.text", m.Sub.Keys)
	}
}
