package models

import "time"

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
