package models

import (
	"errors"
	"time"
)

// InvitationTTL is how long an invitation is valid.
const InvitationTTL = 7 * 24 * time.Hour

// Invitation allows the holder of its link to become a member, once, until it expires. It is deleted when it is used or
// withdrawn.
type Invitation struct {
	ID          int64 `gorm:"primaryKey"`
	AccountID   int64
	TokenHash   string // the link holds the token
	Email       string // recipient; "" for a link that was handed over
	Role        Role
	InvitedBy   int64
	InviterName string
	CreatedAt   time.Time
	ExpiresAt   time.Time
}

// NewInvitation describes an invitation to create. Email is "" for a link that is handed over.
type NewInvitation struct {
	Email string
	Role  Role
}

// OpenInvitation is a valid invitation with its account.
type OpenInvitation struct {
	Invitation
	AccountName     string
	AccountSlug     string
	AccountLanguage string
	Suspended       bool // the account or its master is suspended: nobody can join
}

// NewPerson is a person who joins by an invitation and has no user yet.
type NewPerson struct {
	Name         string
	Email        string
	PasswordHash string // argon2id in PHC form
	Language     string // "en", "zh-CN", or "" for the browser's
}

// CheckPerson returns the person with their fields cleaned. Its error joins the errors at name, email and language.
func CheckPerson(n NewPerson) (NewPerson, error) {
	var badName, badEmail error
	n.Name, badName = CleanName("name", n.Name, true)
	n.Email, badEmail = NormalizeEmail(n.Email)
	return n, errors.Join(badName, badEmail, CheckLanguage(n.Language))
}

// CheckInvitation returns the invitation with its e-mail normalised. An empty e-mail stays empty. Its error joins the
// errors at role and email.
func CheckInvitation(n NewInvitation) (NewInvitation, error) {
	badRole := CheckRole(n.Role)
	if n.Email == "" {
		return n, badRole
	}
	var badEmail error
	n.Email, badEmail = NormalizeEmail(n.Email)
	return n, errors.Join(badRole, badEmail)
}
