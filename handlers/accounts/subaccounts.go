package accounts

import (
	"context"
	"net/url"

	"keywicket/handlers/page"

	view "keywicket/views/accounts"

	"keywicket/models"
	"keywicket/views"
	"keywicket/web"

	"github.com/a-h/templ"
)

// subaccountStore lists the store methods that the Sub-accounts page needs.
type subaccountStore interface {
	// ListSubaccounts returns one page of the master's sub-accounts.
	ListSubaccounts(ctx context.Context, who models.Actor, q models.SubaccountQuery) (models.SubaccountPage, error)
	// Sub returns the sub-account with the slug, or an error of CodeNotFound.
	Sub(ctx context.Context, who models.Actor, slug string) (models.SubaccountRow, error)
	// CreateSubaccount creates a sub-account, or returns an error of CodeConflict if
	// the slug is taken.
	CreateSubaccount(ctx context.Context, who models.Actor, n models.NewSubaccount) (models.Account, error)
	// RenameSubaccount changes a sub-account's name.
	RenameSubaccount(ctx context.Context, who models.Actor, slug, name string) error
	// SetSubaccountStatus suspends or reopens a sub-account.
	SetSubaccountStatus(ctx context.Context, who models.Actor, slug string, status models.AccountStatus) error
	accountImporter
}

// subaccountHandlers serves the Sub-accounts page and its dialogs.
type subaccountHandlers struct {
	page.Area
	store subaccountStore
}

// subaccountRoutes returns the routes of sub-accounts and their import.
func subaccountRoutes(store subaccountStore) []web.Route {
	h := subaccountHandlers{page.Area{Nav: views.NavSubaccounts, Title: "subs.title", Page: "settings/subaccounts"}, store}
	importing := web.Needs(models.PermImport).Grants()
	view, manage := web.Needs(models.PermSubaccountsView), web.Needs(models.PermSubaccountsManage)
	return []web.Route{
		web.Get("/a/:account/settings/subaccounts", "subs.list", view, h.list),
		web.Get("/a/:account/settings/subaccounts/new", "subs.new", manage.Grants(), h.form),
		web.Post("/a/:account/settings/subaccounts", "subs.create", manage.Grants().RequireReauth(), h.create),
		web.Get("/a/:account/settings/subaccounts/import", "subs.import.form", importing, h.importForm),
		web.Post("/a/:account/settings/subaccounts/import", "subs.import", importing.RequireReauth(), h.importFile),
		web.Get("/a/:account/settings/subaccounts/:sub/rename", "subs.rename.form", manage, page.RefreshOnNotFound(h.changed, h.renameForm)),
		web.Edit("/a/:account/settings/subaccounts/:sub/rename", "subs.rename", manage.RequireReauth(), page.RefreshOnNotFound(h.changed, h.rename)),
		web.Get("/a/:account/settings/subaccounts/:sub/suspend", "subs.suspend.ask", manage, page.RefreshOnNotFound(h.changed, h.ask(models.AccountSuspended))),
		web.Edit("/a/:account/settings/subaccounts/:sub/suspend", "subs.suspend", manage.RequireReauth(), page.RefreshOnNotFound(h.changed, h.set(models.AccountSuspended))),
		web.Get("/a/:account/settings/subaccounts/:sub/reopen", "subs.reopen.ask", manage.Grants(), page.RefreshOnNotFound(h.changed, h.ask(models.AccountActive))),
		web.Edit("/a/:account/settings/subaccounts/:sub/reopen", "subs.reopen", manage.Grants().RequireReauth(), page.RefreshOnNotFound(h.changed, h.set(models.AccountActive))),
	}
}

// list answers with the list of sub-accounts.
func (h subaccountHandlers) list(c *web.Context) error {
	m, err := h.listModel(c, c.QueryParams())
	if err != nil {
		return err
	}
	if c.WantsFragment() {
		c.Response().Header().Set("HX-Push-Url", m.Href(m.Page.Page))
	}
	return c.Render(page.Framed(func() templ.Component { return view.SubaccountsPage(h.Chrome(c, ""), m) }), view.SubaccountRegion(m))
}

// listModel loads the page of the list that the query asks for.
func (h subaccountHandlers) listModel(c *web.Context, v url.Values) (view.SubaccountList, error) {
	m := view.SubaccountList{Root: h.Root(c), Master: c.Account, Search: page.SearchTerm(v, "q"), CanManage: c.Can(models.PermSubaccountsManage), CanImport: c.Can(models.PermImport)}
	var err error
	m.Page, err = h.store.ListSubaccounts(c.Ctx(), c.Actor, models.SubaccountQuery{Search: m.Search, Page: page.Number(v)})
	return m, err
}

// changed returns the list after a change.
func (h subaccountHandlers) changed(c *web.Context) (templ.Component, error) {
	m, err := h.listModel(c, h.BackQuery(c))
	return view.SubaccountsChanged(m), err
}

// form shows the dialog that creates a sub-account.
func (h subaccountHandlers) form(c *web.Context) error {
	return h.newDialog(c, view.SubaccountForm{}, nil)
}

// newDialog draws the form with what was typed and, after err, with the errors
// beside the fields.
func (h subaccountHandlers) newDialog(c *web.Context, f view.SubaccountForm, err error) error {
	f.Root, f.Back, f.Master = h.Root(c), h.Back(c), c.Account.Name
	return h.Dialog(c, c.T("subs.create"), err, func(page bool, e web.FieldErrors) templ.Component {
		f.Page, f.Errors = page, e
		return view.NewSubaccountDialog(f)
	})
}

// create creates a sub-account.
func (h subaccountHandlers) create(c *web.Context) error {
	f := view.SubaccountForm{Name: c.Value("name"), Slug: c.Value("slug"), Own: c.Value("own_catalogue") == "own"}
	made, err := h.store.CreateSubaccount(c.Ctx(), c.Actor, models.NewSubaccount{Name: f.Name, Slug: f.Slug, OwnCatalogue: f.Own})
	if err != nil {
		return h.newDialog(c, f, err)
	}
	return h.Done(c, c.T("subs.said.created", "Name", made.Name), h.changed)
}

// sub returns the sub-account that the path names.
func (h subaccountHandlers) sub(c *web.Context) (models.SubaccountRow, error) {
	return h.store.Sub(c.Ctx(), c.Actor, c.Param("sub"))
}

// renameForm shows the dialog that renames a sub-account.
func (h subaccountHandlers) renameForm(c *web.Context) error {
	sub, err := h.sub(c)
	if err != nil {
		return err
	}
	return h.renameDialog(c, sub, sub.Name, nil)
}

// renameDialog draws the form with what was typed and, after err, with the
// errors beside the fields.
func (h subaccountHandlers) renameDialog(c *web.Context, sub models.SubaccountRow, typed string, err error) error {
	f := view.SubaccountForm{Root: h.Root(c), Back: h.Back(c), Sub: sub, Name: typed}
	return h.Dialog(c, c.T("subs.rename"), err, func(page bool, e web.FieldErrors) templ.Component {
		f.Page, f.Errors = page, e
		return view.RenameSubaccountDialog(f)
	})
}

// rename changes a sub-account's name.
func (h subaccountHandlers) rename(c *web.Context) error {
	sub, err := h.sub(c)
	if err != nil {
		return err
	}
	typed := c.Value("name")
	if err := h.store.RenameSubaccount(c.Ctx(), c.Actor, sub.Slug, typed); err != nil {
		return h.renameDialog(c, sub, typed, err)
	}
	return h.Done(c, c.T("subs.said.renamed"), h.changed)
}

// ask returns a handler that explains what a change to status does to the
// sub-account's keys.
func (h subaccountHandlers) ask(status models.AccountStatus) web.HandlerFunc {
	return func(c *web.Context) error {
		sub, err := h.sub(c)
		if err != nil {
			return err
		}
		m := view.SubaccountStatus{Root: h.Root(c), Back: h.Back(c), Sub: sub, Suspend: status == models.AccountSuspended, Master: c.Account}
		return h.Dialog(c, m.Title(c.Ctx()), nil, func(page bool, _ web.FieldErrors) templ.Component {
			m.Page = page
			return view.SubaccountStatusDialog(m)
		})
	}
}

// set returns a handler that suspends or reopens a sub-account.
func (h subaccountHandlers) set(status models.AccountStatus) web.HandlerFunc {
	return func(c *web.Context) error {
		sub, err := h.sub(c)
		if err != nil {
			return err
		}
		if err := h.store.SetSubaccountStatus(c.Ctx(), c.Actor, sub.Slug, status); err != nil {
			return err
		}
		said := c.T("subs.said.reopened", "Name", sub.Name)
		if status == models.AccountSuspended {
			said = c.T("subs.said.suspended", "Name", sub.Name)
		}
		return h.Done(c, said, h.changed)
	}
}
