package models

import (
	"errors"
	"time"
)

// AccountStatus is the state of an account. The gate denies every key of a suspended account.
type AccountStatus string

// The states of an account.
const (
	AccountActive    AccountStatus = "active"
	AccountSuspended AccountStatus = "suspended"
)

// KeyVisibility is the account's policy for the values of new keys. A key keeps the policy under which it was created.
type KeyVisibility string

// The policies. A revealable value is sealed at rest and can be shown again. A show-once value is not stored.
const (
	Revealable KeyVisibility = "revealable"
	ShowOnce   KeyVisibility = "show_once"
)

// ErrorDialect is the form of the gate's error body for an account's callers.
type ErrorDialect string

// The dialects: RFC 9457 problem details with the status of the gate's table, and the documented platform's
// {"code","msg"} with HTTP 400.
const (
	DialectProblem ErrorDialect = "problem"
	DialectJodoo   ErrorDialect = "jodoo"
)

// Account is a tenant: one workspace with its own people, apps, catalogue
// and keys.
type Account struct {
	ID              int64  `gorm:"primaryKey"`
	ParentID        *int64 // the master of a sub-account; nil for a master account
	Slug            string // part of addresses (/a/{slug}/…); never changes
	Name            string
	Status          AccountStatus
	StatusAt        *time.Time // when it was last suspended or reopened, nil for never
	KeyVisibility   KeyVisibility
	PassUnknownAPIs bool         // keys with All APIs may call paths that are not in the catalogue
	KeyInQuery      bool         // callers may send the key as the query parameter api_key
	ErrorDialect    ErrorDialect // of denials at the proxies' endpoints
	RatePerSecond   int          // for all keys together; 0: no limit
	OwnCatalogue    bool         // false: the sub-account uses its master's apps and catalogue
	MaxExpiryDays   int          // the furthest Expiry Date, in days; a key then must have one; 0: no maximum
	MembersCreate   bool         // people with the role Member may create keys
	RequireReauth   bool         // new and shown values, credentials, members and settings require a sign-in within ReauthTTL
	Language        string       // default language of pages: "en", "zh-CN", or "" for the browser's
	CreatedAt       time.Time

	Master MasterRef `gorm:"-"` // set by the store when a person enters the account; zero for a master account
}

// MasterRef holds what the pages of a sub-account show of its master.
type MasterRef struct {
	ID     int64
	Slug   string
	Name   string
	Status AccountStatus
}

// AccountSummary is an account with its size.
type AccountSummary struct {
	Account
	Keys int
	Apps int
	APIs int
}

// Sub reports whether the account is a sub-account.
func (a Account) Sub() bool { return a.ParentID != nil }

// SharesCatalogue reports whether the account uses the apps and catalogue of its master. It cannot change them.
func (a Account) SharesCatalogue() bool { return a.Sub() && !a.OwnCatalogue }

// CatalogueID returns the id of the account whose apps and catalogue this one uses.
func (a Account) CatalogueID() int64 {
	if a.SharesCatalogue() {
		return *a.ParentID
	}
	return a.ID
}

// Suspended reports whether the account or its master is suspended. The gate then denies the account's keys.
func (a Account) Suspended() bool {
	return a.Status != AccountActive || a.MasterSuspended()
}

// MasterSuspended reports whether the account's master is suspended.
func (a Account) MasterSuspended() bool { return a.Master.ID != 0 && a.Master.Status != AccountActive }

// PermitsGrants returns an error if the account is suspended. Call it before a change that grants rights: new keys,
// people or sub-accounts, a higher role, or enabling something. Changes that take rights away are always permitted, and
// only the operator can reopen a master account.
func (a Account) PermitsGrants() error {
	switch {
	case a.MasterSuspended():
		return Refuse(CodeSuspended, "", "errors.suspended.master", "Master", a.Master.Name)
	case a.Suspended():
		return Refuse(CodeSuspended, "", "errors.suspended")
	}
	return nil
}

// Permits returns an error for actions that this kind of account does not have, whatever the actor's role. A
// sub-account has no sub-accounts (CodeNotFound), and cannot change a catalogue that it shares with its master.
func (a Account) Permits(p Permission) error {
	switch p {
	case PermSubaccountsView, PermSubaccountsManage, PermImport:
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

// CheckAccount returns the account with its name cleaned. Its error joins the errors of all fields: name,
// key_visibility, error_dialect, rate, max_expiry_days and language.
func CheckAccount(a Account) (Account, error) {
	var bad []error
	check := func(right bool, field, key string, args ...any) {
		if !right {
			bad = append(bad, Refuse(CodeInvalid, field, key, args...))
		}
	}
	name, badName := CleanName("name", a.Name, true)
	a.Name = name
	check(a.KeyVisibility == Revealable || a.KeyVisibility == ShowOnce, "key_visibility", "errors.choice")
	check(a.ErrorDialect == DialectProblem || a.ErrorDialect == DialectJodoo, "error_dialect", "errors.choice")
	check(a.RatePerSecond >= 0 && a.RatePerSecond <= MaxRatePerSecond, "rate", "errors.rate.per_second", "Max", MaxRatePerSecond)
	check(a.MaxExpiryDays >= 0 && a.MaxExpiryDays <= MaxExpiryPolicyDays, "max_expiry_days", "errors.expiry.days", "Max", MaxExpiryPolicyDays)
	return a, errors.Join(badName, errors.Join(bad...), CheckLanguage(a.Language))
}
