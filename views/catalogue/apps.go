package catalogue

import (
	"context"
	"strconv"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// AppList is the Apps page: one page of the account's apps.
type AppList struct {
	Root      string // address of the list: /a/acme/apps
	Search    string
	Page      models.AppPage
	Count     int // of all apps, whatever the search
	CanManage bool
}

// Href returns the address of a page of the list, with the search.
func (m AppList) Href(page int) string {
	return ui.Address(m.Root, map[string]string{"q": m.Search}, page)
}

// columns returns the columns of the list.
func (m AppList) columns(ctx context.Context) []ui.Column {
	columns := []ui.Column{
		{Label: i18n.T(ctx, "apps.column.name")},
		{Label: i18n.T(ctx, "apps.column.app_id")},
		{Label: i18n.T(ctx, "apps.column.keys")},
		{Label: i18n.T(ctx, "apps.column.created")},
	}
	if m.CanManage {
		columns = append(columns, ui.Column{Label: i18n.T(ctx, "apps.column.action"), Hide: true, Class: "actions"})
	}
	return columns
}

// appPath returns the address of an app.
func appPath(root string, id int64) string { return root + "/" + strconv.FormatInt(id, 10) }

// AppForm is the dialog that adds an app, or renames App.
type AppForm struct {
	Root   string
	Back   string // address of the list as the reader left it
	App    models.App
	AppID  string // as typed
	Name   string // as typed
	Errors map[string]string
	Page   bool // a page of its own, for readers without script
}

// AppPaste is the dialog that adds many apps at once.
type AppPaste struct {
	Root   string
	Back   string
	Lines  string // as typed
	Skip   bool   // leave out the apps that are there already
	Bad    []ui.BadLine
	More   int // bad lines that are not shown
	Errors map[string]string
	Page   bool
}

// Removal is the part of the question before a removal that all things share.
type Removal struct {
	Version models.Version // of the name and the keys that the question shows
	Root    string
	Back    string
	Keys    []KeyLink // whose list names the thing
	Page    bool
}

// AppRemoval is the question before an app is removed.
type AppRemoval struct {
	Removal
	App models.App
}

// params returns the params of the dialog. The form is sent as
// multipart/form-data, because ten thousand lines could be too long once
// percent-encoded.
func (m AppPaste) params(ctx context.Context) ui.DialogParams {
	p := ui.FormDialog("paste-apps", i18n.T(ctx, "apps.paste"), i18n.T(ctx, "apps.paste.about"), m.Root+"/paste", i18n.T(ctx, "apps.paste.submit"), m.Back, m.Page)
	p.Wide = true
	p.Attrs["enctype"] = "multipart/form-data"
	return p
}

// params returns the params of the question.
func (m AppRemoval) params(ctx context.Context) ui.ConfirmParams {
	action := appPath(m.Root, m.App.ID) + "/remove"
	return ui.ConfirmParams{
		ID: "remove-app", Title: i18n.T(ctx, "apps.remove.title", "Name", m.App.Name), Text: i18n.T(ctx, "apps.remove.text", "AppID", m.App.AppID),
		Action: action, Version: string(m.Version), Label: i18n.T(ctx, "apps.remove"), Fields: map[string]string{"back": m.Back},
		Show: !m.Page, Page: m.Page, Back: m.Back, Attrs: ui.PostDialog(action),
	}
}
