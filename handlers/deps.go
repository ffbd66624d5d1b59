package handlers

import (
	"context"

	"keywicket/handlers/accounts"
	"keywicket/handlers/audit"
	"keywicket/handlers/catalogue"
	"keywicket/handlers/keys"
	"keywicket/handlers/members"
	"keywicket/handlers/page"
	"keywicket/handlers/signin"
	"keywicket/handlers/tester"

	"keywicket/views"
	"keywicket/web"
	"keywicket/web/mail"
	"keywicket/web/passkey"
)

// Deps is what the handlers work with; the command wires it.
type Deps struct {
	Store     Store
	Passwords page.Passwords
	Engine    tester.Engine
	SSO       signin.SSO                        // nil: people sign in here alone
	Passkeys  *passkey.Ceremonies               // nil: the console's address allows none
	Gate      views.GateAddress                 // where callers reach the gate, for examples on pages
	Mail      mail.Sender                       // nil: no mail is sent
	BaseURL   string                            // where browsers find the console, for links that are handed on; "": as each browser finds it
	Later     func(func(context.Context) error) // has something done that the answer does not wait for; needed with Mail
	Ready     func(context.Context) error       // says why the console cannot work; nil: it always can
}

// Store is all that the console asks of the database: the sum of what the
// areas state.
type Store interface {
	web.Store
	keys.Store
	catalogue.Store
	tester.Store
	audit.Store
	accounts.Store
	members.Store
	signin.Store
}
