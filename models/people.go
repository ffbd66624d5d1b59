package models

import "time"

// ResetTTL is how long the link of a forgotten password can be used.
const ResetTTL = 30 * time.Minute

// ResetOutcome is what resetting a person's password took away: every way in
// that whoever knew the former password could have added.
type ResetOutcome struct {
	User     User
	Passkeys []string // names of those that were removed
	Sessions int      // that were ended
}

// MemberRow is a person in the list of members.
type MemberRow struct {
	Member
	Name       string
	Email      string
	Keys       int        // that they own in the account
	SubKeys    int        // that they own in its sub-accounts
	LastSeenAt *time.Time // when they last used the account; nil: not yet
	Locked     bool       // the person can sign in nowhere
}

// Active reports whether the person can enter the account.
func (m MemberRow) Active() bool { return m.DisabledAt == nil && !m.Locked }

// KeyDisposition is what becomes of the keys of somebody who leaves, or is
// disabled.
type KeyDisposition string

// The fates: the keys stay as they are, are disabled, or get another owner.
const (
	KeysLeave    KeyDisposition = "leave"
	KeysDisable  KeyDisposition = "disable"
	KeysHandOver KeyDisposition = "hand_over"
)

// Departure is what is decided about somebody's keys in each account that
// they can no longer enter. To counts for KeysHandOver alone: somebody who can
// enter each of those accounts.
type Departure struct {
	Keys KeyDisposition
	To   int64
}

// CheckDeparture refuses a fate that is none, and a hand-over to nobody or
// to the person who leaves.
func CheckDeparture(d Departure, leaving int64) error {
	switch d.Keys {
	case KeysLeave, KeysDisable:
		return nil
	case KeysHandOver:
		if d.To == 0 || d.To == leaving {
			return Refuse(CodeInvalid, "to", "people.error.hand_over")
		}
		return nil
	}
	return Refuse(CodeInvalid, "keys", "errors.choice")
}

// LostKeys are the keys of a person in an account that they can no longer
// enter.
type LostKeys struct {
	Account string // its name
	Below   bool   // it is a sub-account of the one that they leave
	Sids    []string
}

// Leaving is what a person loses with their place in an account, or with a
// part of it.
type Leaving struct {
	Member MemberRow
	Stays  Role        // what they still are in the account by its master; "" for nothing
	Keys   []LostKeys  // of the account and of its sub-accounts
	Heirs  []MemberRow // who can take over all of these keys
}

// Count is how many keys the person loses.
func (l Leaving) Count() int {
	n := 0
	for _, k := range l.Keys {
		n += len(k.Sids)
	}
	return n
}

// Below reports whether some of the keys are in a sub-account.
func (l Leaving) Below() bool {
	for _, k := range l.Keys {
		if k.Below {
			return true
		}
	}
	return false
}

// CheckRole refuses a role that is none.
func CheckRole(r Role) error {
	switch r {
	case RoleOwner, RoleAdmin, RoleMember:
		return nil
	}
	return Refuse(CodeInvalid, "role", "errors.choice")
}

// PermToManage returns what somebody must be allowed to manage people of the
// role, or to give it.
func PermToManage(r Role) Permission {
	if r == RoleOwner {
		return PermOwnersManage
	}
	return PermMembersManage
}

// NewInvitation asks for an invitation. Email is "" for a link that is
// handed over.
type NewInvitation struct {
	Email string
	Role  Role
}

// OpenInvitation is an invitation that can be used, with the account that it
// leads to.
type OpenInvitation struct {
	Invitation
	AccountName     string
	AccountSlug     string
	AccountLanguage string
	Suspended       bool // the account is, or its master: nobody can join
}

// NewPerson is somebody who joins by an invitation and had no log-in.
type NewPerson struct {
	Name         string
	Email        string
	PasswordHash string // argon2id in PHC form
	Language     string // "en", "zh-CN", or "" for the browser's
}
