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

// Deps holds what the handlers work with. The command fills it in.
type Deps struct {
	Store     Store
	Passwords page.Passwords
	Engine    tester.Engine
	SSO       signin.SSO                        // nil without single sign-on
	Passkeys  *passkey.Ceremonies               // nil if the console's address allows no passkeys
	Gate      views.GateAddress                 // where callers reach the gate, for examples on pages
	Mail      mail.Sender                       // nil without mail
	BaseURL   string                            // of the console, for links; "" for the address that each browser uses
	Later     func(func(context.Context) error) // runs work that the answer does not wait for; required with Mail
	Ready     func(context.Context) error       // returns why the console cannot work; nil if it always can
}

// Store lists all store methods that the console needs: the sum of the areas'
// interfaces.
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
