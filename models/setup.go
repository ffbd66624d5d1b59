package models

import (
	"errors"
	"time"
)

// SetupTTL is how long a setup link is valid.
const SetupTTL = 30 * time.Minute

// NewOwner describes the first account and its owner, for set-up.
type NewOwner struct {
	AccountName  string
	Name         string
	Email        string
	PasswordHash string // argon2id in PHC form
	Language     string // "en", "zh-CN", or "" for the browser's
	Preset       bool   // start with the preset catalogue
	IP           string // for the audit; "" for the command line
}

// CheckOwner returns the owner with its fields cleaned. Its error joins the errors at account, name, email and
// language.
func CheckOwner(o NewOwner) (NewOwner, error) {
	var badAccount, badName, badEmail error
	o.AccountName, badAccount = CleanName("account", o.AccountName, true)
	o.Name, badName = CleanName("name", o.Name, true)
	o.Email, badEmail = NormalizeEmail(o.Email)
	return o, errors.Join(badAccount, badName, badEmail, CheckLanguage(o.Language))
}
