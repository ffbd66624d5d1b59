// Package members serves the members of an account and their invitations.
package members

import (
	"slices"

	"keywicket/handlers/page"

	"keywicket/web"
	"keywicket/web/mail"
)

// Deps holds what the area works with.
type Deps struct {
	Store     Store
	Passwords page.Passwords
	Mail      mail.Sender // nil without mail
	BaseURL   string      // of the console, for the links of invitations
}

// Store lists the store methods that the area needs.
type Store interface {
	memberStore
	inviteStore
}

// Routes returns the routes of members and invitations.
func Routes(d Deps) []web.Route {
	return slices.Concat(memberRoutes(d), inviteRoutes(d))
}
