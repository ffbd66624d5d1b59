// Package signin serves set-up, sign-in, second factors, single sign-on,
// re-authentication, forgotten passwords and the user's own profile.
package signin

import (
	"context"
	"slices"

	"keywicket/handlers/page"

	"keywicket/web"
	"keywicket/web/mail"
	"keywicket/web/passkey"
)

// Deps holds what the area works with.
type Deps struct {
	Store     Store
	Passwords page.Passwords
	SSO       SSO                               // nil without single sign-on
	Passkeys  *passkey.Ceremonies               // nil if the console's address allows no passkeys
	Mail      mail.Sender                       // nil without mail
	BaseURL   string                            // of the console, for links in mails
	Later     func(func(context.Context) error) // runs work that the answer does not wait for
}

// Store lists the store methods that the area needs.
type Store interface {
	setupStore
	signInStore
	ssoStore
	reauthStore
	totpStore
	passkeyStore
	profileStore
	forgotStore
}

// Routes returns the routes of set-up, sign-in, second factors,
// re-authentication, forgotten passwords and the profile.
func Routes(d Deps) []web.Route {
	return slices.Concat(
		setupRoutes(d),
		signInRoutes(d),
		ssoRoutes(d),
		reauthRoutes(d),
		totpRoutes(d),
		passkeyRoutes(d),
		profileRoutes(d),
		forgotRoutes(d),
	)
}
