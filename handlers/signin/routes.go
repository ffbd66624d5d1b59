// Package signin serves setup, sign-in, second factors, single sign-on,
// re-authentication, forgotten passwords and a person's own profile.
package signin

import (
	"context"
	"slices"

	"keywicket/handlers/page"

	"keywicket/web"
	"keywicket/web/mail"
	"keywicket/web/passkey"
)

// Deps is what the area works with.
type Deps struct {
	Store     Store
	Passwords page.Passwords
	SSO       SSO                               // nil without single sign-on
	Passkeys  *passkey.Ceremonies               // nil where the console's address allows none
	Mail      mail.Sender                       // nil without mail
	BaseURL   string                            // of the console, for links in mails
	Later     func(func(context.Context) error) // does work that the answer does not wait for
}

// Store is what the area needs of the store.
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

// Routes returns the routes of setup, sign-in, second factors,
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
