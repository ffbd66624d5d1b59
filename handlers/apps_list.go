package handlers

import (
	"context"
	"net/url"

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
	return c.Render(framed(func() templ.Component { return view.AppsPage(h.chrome(c, ""), m) }), view.AppRegion(m))
}

// listModel gathers the page of the list that an address asks for.
func (h appHandlers) listModel(c *web.Context, v url.Values) (view.AppList, error) {
	m := view.AppList{
		Root: h.root(c), Search: searched(v, "q"), CanManage: c.Can(models.PermAppsManage),
	}
	var err error
	if m.Page, err = h.store.ListApps(c.Ctx(), c.Actor, models.AppQuery{Search: m.Search, Page: pageNumber(v)}); err != nil {
		return m, err
	}
	m.Count, err = h.store.AppCount(c.Ctx(), c.Actor)
	return m, err
}

// changed is the list as it stands after a change.
func (h appHandlers) changed(c *web.Context) (templ.Component, error) {
	m, err := h.listModel(c, h.backQuery(c))
	return view.AppsChanged(m), err
}
