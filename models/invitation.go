package models

import (
	"errors"
	"time"
)

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

// CheckPerson returns the person with their fields cleaned. Its error joins the
// refusals at name, email and language.
func CheckPerson(n NewPerson) (NewPerson, error) {
	var badName, badEmail error
	n.Name, badName = CleanName("name", n.Name, true)
	n.Email, badEmail = NormalizeEmail(n.Email)
	return n, errors.Join(badName, badEmail, CheckLanguage(n.Language))
}

// CheckInvitation returns the invitation with its e-mail normalised; "" stays.
// Its error joins the refusals at role and email.
func CheckInvitation(n NewInvitation) (NewInvitation, error) {
	badRole := CheckRole(n.Role)
	if n.Email == "" {
		return n, badRole
	}
	var badEmail error
	n.Email, badEmail = NormalizeEmail(n.Email)
	return n, errors.Join(badRole, badEmail)
}
