// Package catalogue serves what keys may be limited to: apps, the API Catalogue
// and plugins.
package catalogue

import (
	"slices"

	"keywicket/web"
)

// Store is what the area needs of the store.
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
