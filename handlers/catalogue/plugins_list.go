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

// pluginLister lists the store methods that the list of plugins needs.
type pluginLister interface {
	// ListPlugins returns one page of the plugins that the actor may see, or all
	// of them.
	ListPlugins(ctx context.Context, who models.Actor, q models.PluginQuery) (models.PluginPage, error)
	// PluginCount returns how many plugins the actor may see.
	PluginCount(ctx context.Context, who models.Actor) (int, error)
}

// list answers with the list of plugins.
func (h pluginHandlers) list(c *web.Context) error {
	m, err := h.listModel(c, c.QueryParams())
	if err != nil {
		return err
	}
	if c.WantsFragment() {
		c.Response().Header().Set("HX-Push-Url", m.Href(m.Page.Page))
	}
	return c.Render(page.Framed(func() templ.Component { return view.PluginsPage(h.Chrome(c, ""), m) }), view.PluginRegion(m))
}

// listModel loads the page of the list that the query asks for.
func (h pluginHandlers) listModel(c *web.Context, v url.Values) (view.PluginList, error) {
	m := view.PluginList{
		Root: h.Root(c), Keys: page.KeysRoot(c), Now: c.Now(), Search: page.SearchTerm(v, "q"), CanManage: c.Role.Can(models.PermPluginsManage),
	}
	var err error
	if m.Page, err = h.store.ListPlugins(c.Ctx(), c.Actor, models.PluginQuery{Search: m.Search, Page: page.Number(v)}); err != nil {
		return m, err
	}
	m.Count, err = h.store.PluginCount(c.Ctx(), c.Actor)
	return m, err
}

// changed returns the list after a change.
func (h pluginHandlers) changed(c *web.Context) (templ.Component, error) {
	m, err := h.listModel(c, h.BackQuery(c))
	return view.PluginsChanged(m), err
}
