// Package catalogue serves apps, the API Catalogue and plugins: what keys can
// be limited to.
package catalogue

import (
	"slices"

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
