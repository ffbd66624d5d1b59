package catalogue

import (
	"keywicket/handlers/page"
	"keywicket/models"
	"keywicket/views"
	"keywicket/web"
)

// pluginStore lists the store methods that the Plugins page needs. The files of
// the area define its parts.
type pluginStore interface {
	pluginLister
	pluginEditor
}

// pluginHandlers serves the Plugins page and its dialogs.
type pluginHandlers struct {
	page.Area
	store pluginStore
}

// pluginRoutes returns the routes of plugins.
func pluginRoutes(store pluginStore) []web.Route {
	h := pluginHandlers{page.Area{Nav: views.NavPlugins, Title: "plugins.title", Page: "plugins"}, store}
	view, manage := web.Needs(models.PermPluginsView), web.Needs(models.PermPluginsManage)
	return []web.Route{
		web.Get("/a/:account/plugins", "plugins.list", view, h.list),
		web.Get("/a/:account/plugins/new", "plugins.new", manage, h.form),
		web.Post("/a/:account/plugins", "plugins.create", manage, h.add),
		web.Get("/a/:account/plugins/:id/edit", "plugins.edit.form", manage, page.RefreshOnNotFound(h.changed, h.editForm)),
		web.Edit("/a/:account/plugins/:id/edit", "plugins.edit", manage, page.RefreshOnNotFound(h.changed, h.edit)),
		web.Get("/a/:account/plugins/:id/remove", "plugins.remove.ask", manage, page.RefreshOnNotFound(h.changed, h.askRemove)),
		web.Edit("/a/:account/plugins/:id/remove", "plugins.remove", manage, page.RefreshOnNotFound(h.changed, h.remove)),
	}
}
