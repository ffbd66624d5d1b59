// Package catalogue serves apps, the API Catalogue and plugins: what keys can
// be limited to.
package catalogue

import (
	"slices"

	"keywicket/handlers/page"

	view "keywicket/views/catalogue"

	"github.com/a-h/templ"

	"keywicket/models"
	"keywicket/web"
)

// Store lists the store methods that the area needs.
type Store interface {
	appStore
	catalogueStore
	pluginStore
}

// Routes returns the routes of apps, the API Catalogue and
// plugins.
func Routes(store Store) []web.Route {
	return slices.Concat(appRoutes(store), catalogueRoutes(store), pluginRoutes(store))
}

// askRemoval asks before a thing is removed, and names the keys whose list has
// it. It returns the err of looking for these keys.
func askRemoval(c *web.Context, a page.Area, title, name string, keys []models.ListedKey, err error, dialog func(view.Removal) templ.Component) error {
	if err != nil {
		return err
	}
	r := view.Removal{
		Root: a.Root(c), Back: a.Back(c), Keys: view.NewKeyLinks(c.Account.Slug, keys),
		Version: models.ListedSection(name, keys).Version(),
	}
	return a.Dialog(c, title, nil, func(page bool, _ web.FieldErrors) templ.Component {
		r.Page = page
		return dialog(r)
	})
}
