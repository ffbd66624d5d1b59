package web

import (
	"context"
	"log/slog"
	"net/netip"
	"net/url"
	"time"

	"keywicket/models"
	"keywicket/views/i18n"
)

// Sessions stores sessions. A session's id is the hash of the cookie's token, never
// the token itself.
type Sessions interface {
	// SignIn stores a new session and ends the one that it replaces.
	SignIn(ctx context.Context, in models.SignIn) error
	// Session returns the session, or an error of CodeNotFound.
	Session(ctx context.Context, id string) (models.Session, error)
	// TouchSession stores when the session was last seen, and its values.
	TouchSession(ctx context.Context, id string, seen time.Time, values []byte) error
	// MarkReauth stores when the person last verified who they are.
	MarkReauth(ctx context.Context, id string, at time.Time) error
	// DeleteSession ends the session. It returns nil if there is none.
	DeleteSession(ctx context.Context, id string) error
	// SignOut ends the actor's session and records the sign-out.
	SignOut(ctx context.Context, who models.Actor) error
	// SignOutEverywhere ends all of the actor's sessions and records it.
	SignOutEverywhere(ctx context.Context, who models.Actor) error
}

// People finds users and their accounts.
type People interface {
	// User returns the person, or an error of CodeNotFound.
	User(ctx context.Context, id int64) (models.User, error)
	// AccountFor returns the account with that slug and the person's membership.
	// It returns CodeNotFound when there is no such account or they are not a
	// member.
	AccountFor(ctx context.Context, slug string, userID int64) (models.Account, models.Member, error)
	// AccountsOf lists the person's accounts in order.
	AccountsOf(ctx context.Context, userID int64) ([]models.Membership, error)
	// LastAccount returns the slug of the account that the person was in last, or
	// of their first one; "" when they have none.
	LastAccount(ctx context.Context, userID int64) (string, error)
	// Visit stores that the person is in the account now.
	Visit(ctx context.Context, accountID, userID int64) error
	// NavCounts returns the counts in the left panel.
	NavCounts(ctx context.Context, who models.Actor) (models.NavCounts, error)
}

// Store is the part of the store that this package uses.
type Store interface {
	Sessions
	People
	Devices
}

// Devices recognizes browsers in which a person signed in before.
type Devices interface {
	// NewDevice returns a token for a browser in which the person signs in.
	NewDevice(userID int64) string
	// KnowsDevice reports whether NewDevice made the token for the person.
	KnowsDevice(userID int64, token string) bool
}

// Config configures a Server. Store and I18n are required; the rest has defaults.
type Config struct {
	Log   *slog.Logger // slog.Default() when nil
	Store Store
	I18n  *i18n.Bundle

	// BaseURL is the console's address in browsers. With HTTPS, cookies are Secure
	// and have the prefix __Host-. Nil means plain HTTP at any address.
	BaseURL *url.URL
	// TrustedProxies are the networks of the proxies whose X-Forwarded-For is
	// believed.
	TrustedProxies []netip.Prefix

	Now func() time.Time // time.Now when nil
}

// Limits of a Server.
const (
	MaxBody          = 1 << 20          // bytes of a request's body
	maxHeader        = 64 << 10         // bytes of a request's header
	headerTimeout    = 5 * time.Second  // to send the header
	readTimeout      = 15 * time.Second // to send the whole request
	writeTimeout     = 60 * time.Second // to take the answer
	idleTimeout      = 2 * time.Minute  // between requests of a connection
	handlingTimeout  = 30 * time.Second // for one request's work
	answerTimeout    = 5 * time.Second  // for the page that says what went wrong
	SessionIdle      = 12 * time.Hour   // a session not used so long ends
	SessionAbsolute  = 7 * 24 * time.Hour
	sessionTouchStep = time.Minute // how exactly the last use is kept
	deviceTTL        = 180 * 24 * time.Hour
)
