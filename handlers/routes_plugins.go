package handlers

import (
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
	area
	store pluginStore
}

func pluginRoutes(d Deps) []web.Route {
	h := pluginHandlers{area{nav: views.NavPlugins, title: "plugins.title", page: "plugins"}, d.Store}
	view, manage := web.Needs(models.PermPluginsView), web.Needs(models.PermPluginsManage)
	return []web.Route{
		web.Get("/a/:account/plugins", "plugins.list", view, h.list),
		web.Get("/a/:account/plugins/new", "plugins.new", manage, h.form),
		web.Post("/a/:account/plugins", "plugins.create", manage, h.add),
		web.Get("/a/:account/plugins/:id/edit", "plugins.edit.form", manage, live(h.changed, h.editForm)),
		web.Edit("/a/:account/plugins/:id/edit", "plugins.edit", manage, live(h.changed, h.edit)),
		web.Get("/a/:account/plugins/:id/remove", "plugins.remove.ask", manage, live(h.changed, h.askRemove)),
		web.Edit("/a/:account/plugins/:id/remove", "plugins.remove", manage, live(h.changed, h.remove)),
	}
}
