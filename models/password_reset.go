package models

import "time"

// ResetTTL is how long the link to reset a password is valid.
const ResetTTL = 30 * time.Minute

// PasswordReset allows the holder of its link to choose a new password, once.
type PasswordReset struct {
	TokenHash string `gorm:"primaryKey"`
	UserID    int64
	CreatedAt time.Time
	ExpiresAt time.Time
}

// ResetOutcome lists what resetting a password removed: everything that a person who knew the former password could
// have added to get in.
type ResetOutcome struct {
	User     User
	Passkeys []string // names of the removed passkeys
	Sessions int      // number of ended sessions
}
