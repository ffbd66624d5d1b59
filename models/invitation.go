package models

import "time"

// InvitationTTL is how long an invitation can be used.
const InvitationTTL = 7 * 24 * time.Hour

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
