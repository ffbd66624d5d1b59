package models

import "time"

// UsageDay is how often the gate gave one reason on one day.
type UsageDay struct {
	Day    string // UTC date, 2006-01-02
	Reason string // the gate's word: "allowed", "ip_denied", …
	Count  int64
}

// NavCounts are the figures beside the left panel's entries.
type NavCounts struct {
	Keys int // those that the asking member may see
	Apps int
	APIs int

	Plugins int // those that the asking member may see
}

// NewOwner is what set-up asks for: the first account and its owner.
type NewOwner struct {
	AccountName  string
	Name         string
	Email        string
	PasswordHash string // argon2id in PHC form
	Language     string // "en", "zh-CN", or "" for the browser's
	Preset       bool   // fill the catalogue with the preset
	IP           string // for the audit; "" for the command line
}

// AuditReport is what a check of the audit's hash chain found.
type AuditReport struct {
	Rows     int
	OK       bool
	FirstBad int64  // id of the first row that is wrong or missing; 0: none, or the head
	Problem  string // in English, for the command line; "" when OK
}

// Membership is an account with a person's role in it.
type Membership struct {
	Account
	Role Role
}

// AccountSummary is an account with its size.
type AccountSummary struct {
	Account
	Keys int
	Apps int
	APIs int
}

// SessionRow is a session in a list.
type SessionRow struct {
	Session
	Current bool // set by the caller
}

// SetupTTL is how long a set-up link can be used.
const SetupTTL = 30 * time.Minute
