package models

import (
	"errors"
	"time"
)

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
	TOTPSince    *time.Time // when sign-ins began to require its codes; nil during its set-up
	TOTPStep     int64      // time step of the last accepted code, so that none works twice
	CreatedAt    time.Time
}

// CheckProfile returns the person with a changed name cleaned. An unchanged name is not checked. Its error joins the
// errors at name, theme and language.
func CheckProfile(u, was User) (User, error) {
	var badName, badTheme error
	if u.Name != was.Name {
		u.Name, badName = CleanName("name", u.Name, true)
	}
	if !ValidTheme(u.Theme) {
		badTheme = Refuse(CodeInvalid, "theme", "errors.choice")
	}
	return u, errors.Join(badName, badTheme, CheckLanguage(u.Language))
}
