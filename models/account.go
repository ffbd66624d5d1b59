package models

import "time"

// AccountStatus says whether an account's keys may pass the gate at all.
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
	Slug            string // stands in addresses (/a/{slug}/…); fixed when the account is made
	Name            string
	Status          AccountStatus
	KeyVisibility   KeyVisibility
	PassUnknownAPIs bool         // a key with All APIs passes a path that is not in the catalogue
	KeyInQuery      bool         // the key may come as the query parameter api_key
	ErrorDialect    ErrorDialect // of denials at the proxies' endpoints
	RatePerSecond   int          // for all keys together; 0: no limit
	CreatedAt       time.Time
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
	CreatedAt    time.Time
}

// Member is a person's place in an account.
type Member struct {
	AccountID int64 `gorm:"primaryKey"`
	UserID    int64 `gorm:"primaryKey"`
	Role      Role
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
	ExpiresAt time.Time // absolute end, whatever the use
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
}
