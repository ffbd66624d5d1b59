package models

import "time"

// Member is a person's place in an account.
type Member struct {
	AccountID  int64 `gorm:"primaryKey"`
	UserID     int64 `gorm:"primaryKey"`
	Role       Role
	DisabledAt *time.Time // nil if they may enter the account
	CreatedAt  time.Time
}

// Membership is an account with a person's role in it.
type Membership struct {
	Account
	Role Role
}

// MemberRow is a person in the list of members.
type MemberRow struct {
	Member
	Name       string
	Email      string
	Keys       int        // that they own in the account
	SubKeys    int        // that they own in its sub-accounts
	LastSeenAt *time.Time // when they last used the account; nil: not yet
	Locked     bool       // the person cannot sign in at all
}

// Active reports whether the person can enter the account.
func (m MemberRow) Active() bool { return m.DisabledAt == nil && !m.Locked }
