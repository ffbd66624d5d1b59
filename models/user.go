package models

import "time"

// User is a person who can sign in.
type User struct {
	ID           int64  `gorm:"primaryKey"`
	Email        string // normalised by NormalizeEmail; unique
	Name         string
	PasswordHash string // argon2id in PHC form
	Language     string // "en", "zh-CN", or "" for the browser's
	Theme        string // "light", "dark", or "" for the system's
	DisabledAt   *time.Time
	TOTPSealed   []byte     // secret of the authenticator app, sealed; nil without one
	TOTPKEKID    string     `gorm:"column:totp_kek_id"` // which master key sealed it
	TOTPSince    *time.Time // from when on a sign-in asks for its codes; nil while it is being set up
	TOTPStep     int64      // the last time step of which a code was taken: none is taken twice
	CreatedAt    time.Time
}
