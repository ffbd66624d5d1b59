package models

import "time"

// ResetTTL is how long the link of a forgotten password can be used.
const ResetTTL = 30 * time.Minute

// PasswordReset lets whoever holds its link choose a new password, once.
type PasswordReset struct {
	TokenHash string `gorm:"primaryKey"`
	UserID    int64
	CreatedAt time.Time
	ExpiresAt time.Time
}

// ResetOutcome is what resetting a person's password took away: every way in
// that whoever knew the former password could have added.
type ResetOutcome struct {
	User     User
	Passkeys []string // names of those that were removed
	Sessions int      // that were ended
}
