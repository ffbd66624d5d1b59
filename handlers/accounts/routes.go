// Package accounts serves the account's settings, its sub-accounts and their
// import.
package accounts

import (
	"slices"

	"keywicket/views"
	"keywicket/web"
)

// Store lists the store methods that the area needs.
type Store interface {
	settingsStore
	subaccountStore
}

// Routes returns the routes of account settings and sub-accounts. gate is the
// address that callers use for the gate; the settings show it in examples.
func Routes(store Store, gate views.GateAddress) []web.Route {
	return slices.Concat(settingsRoutes(store, gate), subaccountRoutes(store))
}
