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

// appLister is what the list needs of the store.
type appLister interface {
	// ListApps returns one page of the account's apps, or all of them.
	ListApps(ctx context.Context, who models.Actor, q models.AppQuery) (models.AppPage, error)
	// AppCount returns the number of the account's apps.
	AppCount(ctx context.Context, who models.Actor) (int, error)
}

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

// listModel gathers the page of the list that an address asks for.
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

// changed is the list as it stands after a change.
func (h appHandlers) changed(c *web.Context) (templ.Component, error) {
	m, err := h.listModel(c, h.BackQuery(c))
	return view.AppsChanged(m), err
}
