package catalogue

import (
	"context"
	"net/url"

	"keywicket/handlers/page"

	view "keywicket/views/catalogue"

	"keywicket/models"
	"keywicket/web"

	"github.com/a-h/templ"
)

// appLister lists the store methods that the list of apps needs.
type appLister interface {
	// ListApps returns one page of the account's apps, or all of them.
	ListApps(ctx context.Context, who models.Actor, q models.AppQuery) (models.AppPage, error)
	// AppCount returns how many apps the account has.
	AppCount(ctx context.Context, who models.Actor) (int, error)
}

// list answers with the list of apps.
func (h appHandlers) list(c *web.Context) error {
	m, err := h.listModel(c, c.QueryParams())
	if err != nil {
		return err
	}
	if c.WantsFragment() {
		c.Response().Header().Set("HX-Push-Url", m.Href(m.Page.Page))
	}
	return c.Render(page.Framed(func() templ.Component { return view.AppsPage(h.Chrome(c, ""), m) }), view.AppRegion(m))
}

// listModel loads the page of the list that the query asks for.
func (h appHandlers) listModel(c *web.Context, v url.Values) (view.AppList, error) {
	m := view.AppList{
		Root: h.Root(c), Search: page.SearchTerm(v, "q"), CanManage: c.Can(models.PermAppsManage),
	}
	var err error
	if m.Page, err = h.store.ListApps(c.Ctx(), c.Actor, models.AppQuery{Search: m.Search, Page: page.Number(v)}); err != nil {
		return m, err
	}
	m.Count, err = h.store.AppCount(c.Ctx(), c.Actor)
	return m, err
}

// changed returns the list after a change.
func (h appHandlers) changed(c *web.Context) (templ.Component, error) {
	m, err := h.listModel(c, h.BackQuery(c))
	return view.AppsChanged(m), err
}
