package models

import "time"

// MaxPasskeys is the maximum number of passkeys of a person.
const MaxPasskeys = 20

// Passkey is a WebAuthn credential of a person.
type Passkey struct {
	ID           int64 `gorm:"primaryKey"`
	UserID       int64
	Name         string
	CredentialID []byte // the browser's id of the credential
	Credential   []byte // JSON of the WebAuthn library: public key, counter, flags
	SignCount    int64  // the counter in Credential; 0 if the passkey has none
	CreatedAt    time.Time
	LastUsedAt   *time.Time
}
