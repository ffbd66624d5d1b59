package models

import "time"

// MaxPasskeys is the most passkeys that a person has.
const MaxPasskeys = 20

// Passkey is a WebAuthn credential of a person.
type Passkey struct {
	ID           int64 `gorm:"primaryKey"`
	UserID       int64
	Name         string
	CredentialID []byte // as the browser names it
	Credential   []byte // JSON of the WebAuthn library: public key, counter, flags
	SignCount    int64  // the counter in Credential; 0 for a passkey that does not count
	CreatedAt    time.Time
	LastUsedAt   *time.Time
}
