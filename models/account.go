package models

import (
	"errors"
	"time"
)

// AccountStatus is the state of an account. The gate denies every key of a
// suspended one.
type AccountStatus string

// The two states of an account.
const (
	AccountActive    AccountStatus = "active"
	AccountSuspended AccountStatus = "suspended"
)

// KeyVisibility is the account's policy for the values of new keys. A key keeps
// the policy that it was created under.
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

// MasterRef is what the pages of a sub-account show of its master.
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

// Suspended reports whether the gate denies the account's keys: it is suspended
// itself, or its master is.
func (a Account) Suspended() bool {
	return a.Status != AccountActive || a.MasterSuspended()
}

// MasterSuspended reports whether the account's master is suspended.
func (a Account) MasterSuspended() bool { return a.Master.ID != 0 && a.Master.Status != AccountActive }

// PermitsGrants refuses, in a suspended account, whatever grants new rights:
// new keys, people and sub-accounts, a higher role, or enabling what is
// disabled. What takes rights away is never refused, and only the operator
// reopens a master account.
func (a Account) PermitsGrants() error {
	switch {
	case a.MasterSuspended():
		return Refuse(CodeSuspended, "", "errors.suspended.master", "Master", a.Master.Name)
	case a.Suspended():
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

// CheckAccount returns the account with its name cleaned. Its error joins the
// refusals of all fields: name, key_visibility, error_dialect, rate,
// max_expiry_days and language.
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
