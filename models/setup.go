package models

import (
	"errors"
	"time"
)

// SetupTTL is how long a set-up link can be used.
const SetupTTL = 30 * time.Minute

// NewOwner is what set-up asks for: the first account and its owner.
type NewOwner struct {
	AccountName  string
	Name         string
	Email        string
	PasswordHash string // argon2id in PHC form
	Language     string // "en", "zh-CN", or "" for the browser's
	Preset       bool   // fill the catalogue with the preset
	IP           string // for the audit; "" for the command line
}

// CheckOwner returns the owner with its fields cleaned. Its error joins the
// refusals at account, name, email and language.
func CheckOwner(o NewOwner) (NewOwner, error) {
	var badAccount, badName, badEmail error
	o.AccountName, badAccount = CleanName("account", o.AccountName, true)
	o.Name, badName = CleanName("name", o.Name, true)
	o.Email, badEmail = NormalizeEmail(o.Email)
	return o, errors.Join(badAccount, badName, badEmail, CheckLanguage(o.Language))
}
