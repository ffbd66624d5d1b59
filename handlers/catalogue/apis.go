package catalogue

import (
	"keywicket/handlers/page"
	"keywicket/models"
	"keywicket/views"
	"keywicket/web"
)

// catalogueStore lists the store methods that the API Catalogue page needs. The
// files of the area define its parts.
type catalogueStore interface {
	catalogueReader
	familyEditor
	apiEditor
}

// catalogueHandlers serves the API Catalogue and its dialogs.
type catalogueHandlers struct {
	page.Area
	store catalogueStore
}

// catalogueRoutes returns the routes of the API Catalogue.
func catalogueRoutes(store catalogueStore) []web.Route {
	h := catalogueHandlers{page.Area{Nav: views.NavCatalogue, Title: "catalogue.title", Page: "catalogue"}, store}
	view, edit := web.Needs(models.PermCatalogueView), web.Needs(models.PermCatalogueEdit)
	return []web.Route{
		web.Get("/a/:account/catalogue", "catalogue.list", view, h.list),
		web.Get("/a/:account/catalogue/preset", "catalogue.preset.ask", edit, h.askPreset),
		web.Post("/a/:account/catalogue/preset", "catalogue.preset", edit, h.preset),
		web.Get("/a/:account/catalogue/families/new", "catalogue.family.new", edit, h.familyForm),
		web.Post("/a/:account/catalogue/families", "catalogue.family.create", edit, h.addFamily),
		web.Get("/a/:account/catalogue/families/:id/rename", "catalogue.family.rename.form", edit, page.RefreshOnNotFound(h.changed, h.renameFamilyForm)),
		web.Edit("/a/:account/catalogue/families/:id/rename", "catalogue.family.rename", edit, page.RefreshOnNotFound(h.changed, h.renameFamily)),
		web.Get("/a/:account/catalogue/families/:id/remove", "catalogue.family.remove.ask", edit, page.RefreshOnNotFound(h.changed, h.askRemoveFamily)),
		web.Edit("/a/:account/catalogue/families/:id/remove", "catalogue.family.remove", edit, page.RefreshOnNotFound(h.changed, h.removeFamily)),
		web.Get("/a/:account/catalogue/apis/new", "catalogue.api.new", edit, h.apiForm),
		web.Post("/a/:account/catalogue/apis", "catalogue.api.create", edit, h.addAPI),
		web.Get("/a/:account/catalogue/apis/:id/edit", "catalogue.api.edit", edit, page.RefreshOnNotFound(h.changed, h.editAPIForm)),
		web.Edit("/a/:account/catalogue/apis/:id/edit", "catalogue.api.update", edit, page.RefreshOnNotFound(h.changed, h.updateAPI)),
		web.Get("/a/:account/catalogue/apis/:id/remove", "catalogue.api.remove.ask", edit, page.RefreshOnNotFound(h.changed, h.askRemoveAPI)),
		web.Edit("/a/:account/catalogue/apis/:id/remove", "catalogue.api.remove", edit, page.RefreshOnNotFound(h.changed, h.removeAPI)),
	}
}
