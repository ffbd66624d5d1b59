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

// subaccountStore is what the Sub-accounts page needs of the store.
type subaccountStore interface {
	// ListSubs returns one page of the master's sub-accounts.
	ListSubs(ctx context.Context, who models.Actor, q models.SubQuery) (models.SubPage, error)
	// Sub returns the sub-account with the slug, or CodeNotFound.
	Sub(ctx context.Context, who models.Actor, slug string) (models.SubRow, error)
	// CreateSub makes a sub-account; a slug in use is a CodeConflict.
	CreateSub(ctx context.Context, who models.Actor, n models.NewSub) (models.Account, error)
	// RenameSub returns a sub-account another name.
	RenameSub(ctx context.Context, who models.Actor, slug, name string) error
	// SetSubStatus suspends a sub-account, or reopens it.
	SetSubStatus(ctx context.Context, who models.Actor, slug string, status models.AccountStatus) error
	accountImporter
}

type subaccountHandlers struct {
	page.Area
	store subaccountStore
}

func subaccountRoutes(store subaccountStore) []web.Route {
	h := subaccountHandlers{page.Area{Nav: views.NavSubaccounts, Title: "subs.title", Page: "settings/subaccounts"}, store}
	importing := web.Needs(models.PermImport).Grants()
	view, manage := web.Needs(models.PermSubsView), web.Needs(models.PermSubsManage)
	return []web.Route{
		web.Get("/a/:account/settings/subaccounts", "subs.list", view, h.list),
		web.Get("/a/:account/settings/subaccounts/new", "subs.new", manage.Grants(), h.form),
		web.Post("/a/:account/settings/subaccounts", "subs.create", manage.Grants().RequireReauth(), h.create),
		web.Get("/a/:account/settings/subaccounts/import", "subs.import.form", importing, h.importForm),
		web.Post("/a/:account/settings/subaccounts/import", "subs.import", importing.RequireReauth(), h.importFile),
		web.Get("/a/:account/settings/subaccounts/:sub/rename", "subs.rename.form", manage, page.OrGone(h.changed, h.renameForm)),
		web.Edit("/a/:account/settings/subaccounts/:sub/rename", "subs.rename", manage.RequireReauth(), page.OrGone(h.changed, h.rename)),
		web.Get("/a/:account/settings/subaccounts/:sub/suspend", "subs.suspend.ask", manage, page.OrGone(h.changed, h.ask(models.AccountSuspended))),
		web.Edit("/a/:account/settings/subaccounts/:sub/suspend", "subs.suspend", manage.RequireReauth(), page.OrGone(h.changed, h.set(models.AccountSuspended))),
		web.Get("/a/:account/settings/subaccounts/:sub/reopen", "subs.reopen.ask", manage.Grants(), page.OrGone(h.changed, h.ask(models.AccountActive))),
		web.Edit("/a/:account/settings/subaccounts/:sub/reopen", "subs.reopen", manage.Grants().RequireReauth(), page.OrGone(h.changed, h.set(models.AccountActive))),
	}
}

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

// listModel gathers the page of the list that an address asks for.
func (h subaccountHandlers) listModel(c *web.Context, v url.Values) (view.SubaccountList, error) {
	m := view.SubaccountList{Root: h.Root(c), Master: c.Account, Search: page.SearchTerm(v, "q"), CanManage: c.Can(models.PermSubsManage), CanImport: c.Can(models.PermImport)}
	var err error
	m.Page, err = h.store.ListSubs(c.Ctx(), c.Actor, models.SubQuery{Search: m.Search, Page: page.Number(v)})
	return m, err
}

// changed is the list as it stands after a change.
func (h subaccountHandlers) changed(c *web.Context) (templ.Component, error) {
	m, err := h.listModel(c, h.BackQuery(c))
	return view.SubaccountsChanged(m), err
}

// form asks for a new sub-account.
func (h subaccountHandlers) form(c *web.Context) error {
	return h.newDialog(c, view.SubaccountForm{}, nil)
}

func (h subaccountHandlers) newDialog(c *web.Context, f view.SubaccountForm, err error) error {
	f.Root, f.Back, f.Master = h.Root(c), h.Back(c), c.Account.Name
	return h.Dialog(c, c.T("subs.create"), err, func(page bool, e web.FieldErrors) templ.Component {
		f.Page, f.Errors = page, e
		return view.NewSubaccountDialog(f)
	})
}

func (h subaccountHandlers) create(c *web.Context) error {
	f := view.SubaccountForm{Name: c.Value("name"), Slug: c.Value("slug"), Own: c.Value("own_catalogue") == "own"}
	made, err := h.store.CreateSub(c.Ctx(), c.Actor, models.NewSub{Name: f.Name, Slug: f.Slug, OwnCatalogue: f.Own})
	if err != nil {
		return h.newDialog(c, f, err)
	}
	return h.Done(c, c.T("subs.said.created", "Name", made.Name), h.changed)
}

func (h subaccountHandlers) sub(c *web.Context) (models.SubRow, error) {
	return h.store.Sub(c.Ctx(), c.Actor, c.Param("sub"))
}

// renameForm asks for a sub-account's new name.
func (h subaccountHandlers) renameForm(c *web.Context) error {
	sub, err := h.sub(c)
	if err != nil {
		return err
	}
	return h.renameDialog(c, sub, sub.Name, nil)
}

func (h subaccountHandlers) renameDialog(c *web.Context, sub models.SubRow, typed string, err error) error {
	f := view.SubaccountForm{Root: h.Root(c), Back: h.Back(c), Sub: sub, Name: typed}
	return h.Dialog(c, c.T("subs.rename"), err, func(page bool, e web.FieldErrors) templ.Component {
		f.Page, f.Errors = page, e
		return view.RenameSubaccountDialog(f)
	})
}

func (h subaccountHandlers) rename(c *web.Context) error {
	sub, err := h.sub(c)
	if err != nil {
		return err
	}
	typed := c.Value("name")
	if err := h.store.RenameSub(c.Ctx(), c.Actor, sub.Slug, typed); err != nil {
		return h.renameDialog(c, sub, typed, err)
	}
	return h.Done(c, c.T("subs.said.renamed"), h.changed)
}

// ask says what will happen to a sub-account's keys.
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

// set suspends a sub-account, or reopens it.
func (h subaccountHandlers) set(status models.AccountStatus) web.HandlerFunc {
	return func(c *web.Context) error {
		sub, err := h.sub(c)
		if err != nil {
			return err
		}
		if err := h.store.SetSubStatus(c.Ctx(), c.Actor, sub.Slug, status); err != nil {
			return err
		}
		said := c.T("subs.said.reopened", "Name", sub.Name)
		if status == models.AccountSuspended {
			said = c.T("subs.said.suspended", "Name", sub.Name)
		}
		return h.Done(c, said, h.changed)
	}
}
