package catalogue

import (
	"keywicket/handlers/page"
	"keywicket/models"
	"keywicket/views"
	"keywicket/web"
)

// pluginStore is what the Plugins page needs of the store; the files of the
// area state its parts.
type pluginStore interface {
	pluginLister
	pluginEditor
}

type pluginHandlers struct {
	page.Area
	store pluginStore
}

func pluginRoutes(store pluginStore) []web.Route {
	h := pluginHandlers{page.Area{Nav: views.NavPlugins, Title: "plugins.title", Page: "plugins"}, store}
	view, manage := web.Needs(models.PermPluginsView), web.Needs(models.PermPluginsManage)
	return []web.Route{
		web.Get("/a/:account/plugins", "plugins.list", view, h.list),
		web.Get("/a/:account/plugins/new", "plugins.new", manage, h.form),
		web.Post("/a/:account/plugins", "plugins.create", manage, h.add),
		web.Get("/a/:account/plugins/:id/edit", "plugins.edit.form", manage, page.OrGone(h.changed, h.editForm)),
		web.Edit("/a/:account/plugins/:id/edit", "plugins.edit", manage, page.OrGone(h.changed, h.edit)),
		web.Get("/a/:account/plugins/:id/remove", "plugins.remove.ask", manage, page.OrGone(h.changed, h.askRemove)),
		web.Edit("/a/:account/plugins/:id/remove", "plugins.remove", manage, page.OrGone(h.changed, h.remove)),
	}
}
