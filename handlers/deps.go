package handlers

import (
	"context"

	"keywicket/models/engine"
	"keywicket/views"
	"keywicket/web"
	"keywicket/web/mail"
	"keywicket/web/passkey"
)

// Deps is what the handlers work with; the command wires it.
type Deps struct {
	Store     Store
	Passwords Passwords
	Engine    Engine
	SSO       SSO                               // nil: people sign in here alone
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
	setupStore
	logInStore
	ssoStore
	reauthStore
	totpStore
	passkeyStore
	profileStore
	keyStore
	appStore
	catalogueStore
	pluginStore
	testerStore
	auditStore
	settingsStore
	subStore
	memberStore
	inviteStore
	forgotStore
}

// Passwords hashes and verifies passwords, slowly and so many at once.
type Passwords interface {
	// Hash returns a password's hash.
	Hash(ctx context.Context, password string) (string, error)
	// Verify reports whether the password belongs to the hash. With the hash ""
	// it takes the same time and says false.
	Verify(ctx context.Context, hash, password string) (bool, error)
}

// Engine decides as the gate does, for the tester.
type Engine interface {
	// Decide judges a request by the value of a key.
	Decide(r engine.Request) engine.Decision
	// DecideHash judges a request by the hash of a key.
	DecideHash(hash [32]byte, r engine.Request) engine.Decision
}
