package catalogue

import (
	"keywicket/handlers/page"
	"keywicket/models"
	"keywicket/views"
	"keywicket/web"
)

// appStore lists the store methods that the Apps page needs. The files of the
// area define its parts.
type appStore interface {
	appLister
	appEditor
}

// appHandlers serves the Apps page and its dialogs.
type appHandlers struct {
	page.Area
	store appStore
}

// appRoutes returns the routes of apps.
func appRoutes(store appStore) []web.Route {
	h := appHandlers{page.Area{Nav: views.NavApps, Title: "apps.title", Page: "apps"}, store}
	view, manage := web.Needs(models.PermAppsView), web.Needs(models.PermAppsManage)
	return []web.Route{
		web.Get("/a/:account/apps", "apps.list", view, h.list),
		web.Get("/a/:account/apps/new", "apps.new", manage, h.form),
		web.Post("/a/:account/apps", "apps.create", manage, h.add),
		web.Get("/a/:account/apps/paste", "apps.paste.form", manage, h.pasteForm),
		web.Post("/a/:account/apps/paste", "apps.paste", manage, h.paste),
		web.Get("/a/:account/apps/:id/rename", "apps.rename.form", manage, page.RefreshOnNotFound(h.changed, h.renameForm)),
		web.Edit("/a/:account/apps/:id/rename", "apps.rename", manage, page.RefreshOnNotFound(h.changed, h.rename)),
		web.Get("/a/:account/apps/:id/remove", "apps.remove.ask", manage, page.RefreshOnNotFound(h.changed, h.askRemove)),
		web.Edit("/a/:account/apps/:id/remove", "apps.remove", manage, page.RefreshOnNotFound(h.changed, h.remove)),
	}
}
