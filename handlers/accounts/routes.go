// Package accounts serves the account's settings, its sub-accounts and their
// import.
package accounts

import (
	"slices"

	"keywicket/views"
	"keywicket/web"
)

// Store is what the area needs of the store.
type Store interface {
	settingsStore
	subaccountStore
}

// Routes returns the routes of account settings and sub-accounts.
// gate is where callers reach the gate, for the examples that the settings show.
func Routes(store Store, gate views.GateAddress) []web.Route {
	return slices.Concat(settingsRoutes(store, gate), subaccountRoutes(store))
}
