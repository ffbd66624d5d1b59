package models

import "time"

// AccountStatus reports whether an account's keys may pass the gate at all.
type AccountStatus string

// The two states of an account.
const (
	AccountActive    AccountStatus = "active"
	AccountSuspended AccountStatus = "suspended"
)

// KeyVisibility is the account's policy for the values of new keys. A key
// keeps the one that it was created under.
type KeyVisibility string

// The two policies: a revealable value is sealed at rest and can be shown
// again; a show-once value is not kept.
const (
	Revealable KeyVisibility = "revealable"
	ShowOnce   KeyVisibility = "show_once"
)

// ErrorDialect is the form of the gate's error body for an account's callers.
type ErrorDialect string

// The two dialects: RFC 9457 problem details with the status of the gate's
// table, and the documented platform's {"code","msg"} with HTTP 400.
const (
	DialectProblem ErrorDialect = "problem"
	DialectJodoo   ErrorDialect = "jodoo"
)

// Account is a tenant: one workspace with its own people, apps, catalogue
// and keys.
type Account struct {
	ID              int64  `gorm:"primaryKey"`
	ParentID        *int64 // the master of a sub-account; nil for a master account
	Slug            string // stands in addresses (/a/{slug}/…); fixed when the account is made
	Name            string
	Status          AccountStatus
	StatusAt        *time.Time // when it was last suspended or reopened; nil: never
	KeyVisibility   KeyVisibility
	PassUnknownAPIs bool         // a key with All APIs passes a path that is not in the catalogue
	KeyInQuery      bool         // the key may come as the query parameter api_key
	ErrorDialect    ErrorDialect // of denials at the proxies' endpoints
	RatePerSecond   int          // for all keys together; 0: no limit
	OwnCatalogue    bool         // false: a sub-account that uses its master's apps and catalogue
	MaxExpiryDays   int          // the longest time from now to an Expiry Date, which a key then must have; 0: any, or none
	MembersCreate   bool         // people with the role Member may create keys
	RequireReauth   bool         // revealing, rotating and changing members ask for a sign-in of the last ten minutes
	Language        string       // of pages for people who chose none: "en", "zh-CN", or "" for the browser's
	CreatedAt       time.Time

	Master MasterRef `gorm:"-"` // filled in by the store for who enters the account; zero for a master account
}

// MasterRef is what a sub-account's pages tell of its master.
type MasterRef struct {
	ID     int64
	Slug   string
	Name   string
	Status AccountStatus
}

// Sub reports whether the account is a sub-account.
func (a Account) Sub() bool { return a.ParentID != nil }

// SharesCatalogue reports whether the account uses its master's apps and
// catalogue, which it can only read.
func (a Account) SharesCatalogue() bool { return a.Sub() && !a.OwnCatalogue }

// CatalogueID is the account whose apps and catalogue this one uses.
func (a Account) CatalogueID() int64 {
	if a.SharesCatalogue() {
		return *a.ParentID
	}
	return a.ID
}

// Stopped reports whether the gate denies the account's keys: it is suspended
// itself, or its master is.
func (a Account) Stopped() bool {
	return a.Status != AccountActive || a.MasterStopped()
}

// MasterStopped reports whether it is the master that is suspended.
func (a Account) MasterStopped() bool { return a.Master.ID != 0 && a.Master.Status != AccountActive }

// PermitsGrants refuses, in a suspended account, whatever gives new rights:
// new keys, people and sub-accounts, a higher role, or enabling what is
// disabled. What takes rights away is never refused, and only the operator
// reopens a master account.
func (a Account) PermitsGrants() error {
	switch {
	case a.MasterStopped():
		return Refuse(CodeSuspended, "", "errors.suspended.master", "Master", a.Master.Name)
	case a.Stopped():
		return Refuse(CodeSuspended, "", "errors.suspended")
	}
	return nil
}

// Permits refuses what cannot be done in an account of this kind, whoever
// asks: a sub-account has no sub-accounts, so that these are not found, and
// changes nothing of its master's apps and catalogue.
func (a Account) Permits(p Permission) error {
	switch p {
	case PermSubsView, PermSubsManage, PermImport:
		if a.Sub() {
			return Refuse(CodeNotFound, "", "errors.not_found")
		}
	case PermAppsManage, PermCatalogueEdit:
		if a.SharesCatalogue() {
			return Refuse(CodeForbidden, "", "errors.catalogue.shared")
		}
	}
	return nil
}

// User is a person who can sign in.
type User struct {
	ID           int64  `gorm:"primaryKey"`
	Email        string // normalised by NormalizeEmail; unique
	Name         string
	PasswordHash string // argon2id in PHC form
	Language     string // "en", "zh-CN", or "" for the browser's
	Theme        string // "light", "dark", or "" for the system's
	DisabledAt   *time.Time
	TOTPSealed   []byte     // secret of the authenticator app, sealed; nil without one
	TOTPKEKID    string     `gorm:"column:totp_kek_id"` // which master key sealed it
	TOTPSince    *time.Time // from when on a sign-in asks for its codes; nil while it is being set up
	TOTPStep     int64      // the last time step of which a code was taken: none is taken twice
	CreatedAt    time.Time
}

// Member is a person's place in an account.
type Member struct {
	AccountID  int64 `gorm:"primaryKey"`
	UserID     int64 `gorm:"primaryKey"`
	Role       Role
	DisabledAt *time.Time // nil: may enter the account
	CreatedAt  time.Time
}

// Invitation lets whoever holds its link become a member, once and until it
// expires. It is gone when it was used or withdrawn.
type Invitation struct {
	ID          int64 `gorm:"primaryKey"`
	AccountID   int64
	TokenHash   string // the link holds the token
	Email       string // where it was sent; "" for a link that was handed over
	Role        Role
	InvitedBy   int64
	InviterName string
	CreatedAt   time.Time
	ExpiresAt   time.Time
}

// InvitationTTL is how long an invitation can be used.
const InvitationTTL = 7 * 24 * time.Hour

// PasswordReset lets whoever holds its link choose a new password, once.
type PasswordReset struct {
	TokenHash string `gorm:"primaryKey"`
	UserID    int64
	CreatedAt time.Time
	ExpiresAt time.Time
}

// RecoveryCode signs a person in once in place of a code of their
// authenticator app.
type RecoveryCode struct {
	UserID int64  `gorm:"primaryKey;autoIncrement:false"`
	Hash   string `gorm:"primaryKey"`
	UsedAt *time.Time
}

// Passkey is a WebAuthn credential of a person.
type Passkey struct {
	ID           int64 `gorm:"primaryKey"`
	UserID       int64
	Name         string
	CredentialID []byte // as the browser names it
	Credential   []byte // JSON of the WebAuthn library: public key, counter, flags
	SignCount    int64  // the counter in Credential; 0 for a passkey that does not count
	CreatedAt    time.Time
	LastUsedAt   *time.Time
}

// MaxPasskeys is the most passkeys that a person has.
const MaxPasskeys = 20

// Identity ties a person to their subject at an OpenID provider.
type Identity struct {
	Issuer    string `gorm:"primaryKey"`
	Subject   string `gorm:"primaryKey"`
	UserID    int64
	CreatedAt time.Time
}

// Session is one signed-in browser. The cookie holds a random token; ID is
// the hex SHA-256 of it, so that a copy of the database opens no session.
type Session struct {
	ID        string `gorm:"primaryKey"`
	UserID    int64
	IP        string
	UserAgent string
	Values    []byte // what gorilla/sessions keeps beside the user: flash messages
	CreatedAt time.Time
	SeenAt    time.Time
	ReauthAt  *time.Time // when the person last proved who they are; nil counts as CreatedAt
	ExpiresAt time.Time  // absolute end, whatever the use
}

// SignIn is a session that begins, for a person who has just shown who they are.
type SignIn struct {
	Session      Session
	PasswordHash string     // the person's when they showed it; the session begins only if it still is
	Replaces     string     // id of the session that ends with it, "" for none
	Audit        []AuditRow // kept with the session, or not at all
}

// ReauthTTL is how long a proof of who somebody is counts as a recent one.
const ReauthTTL = 10 * time.Minute

// RecentlySignedIn reports whether the person proved lately who they are.
func (s Session) RecentlySignedIn(now time.Time) bool {
	at := s.CreatedAt
	if s.ReauthAt != nil {
		at = *s.ReauthAt
	}
	return Lately(at, now, ReauthTTL)
}

// clockSkew is how far the clocks of two programs may be apart.
const clockSkew = time.Minute

// Lately reports whether at is within the last ttl. A time in the future is
// not: the clock was set back since, and nobody knows how long ago it was.
func Lately(at, now time.Time, ttl time.Duration) bool {
	age := now.Sub(at)
	return age >= -clockSkew && age < ttl
}

// Actor is who acts or asks, and in which account. Every query and every
// change takes one; the web layer makes it after the access check.
type Actor struct {
	AccountID int64
	UserID    int64
	Name      string
	Email     string
	Role      Role
	IP        string // for the audit; "" for the command line
	SessionID string // the session that the request came in by; "" for the command line

	// Saw is the version of what the form was made from that the change comes
	// from: a change of what is no longer so is CodeStale. "" changes whatever
	// is there.
	Saw Version
}
