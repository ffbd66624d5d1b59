package models

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// The prefixes of generated credentials: a single token, and the user name and the API Secret of a pair. Chosen
// credentials never begin with one, so the gate can tell the two apart.
const (
	TokenPrefix    = "kw_"
	UsernamePrefix = "kwu_"
	SecretPrefix   = "kws_"
)

// hasReservedPrefix reports whether s begins with a prefix of generated
// credentials.
func hasReservedPrefix(s string) bool {
	return strings.HasPrefix(s, TokenPrefix) || strings.HasPrefix(s, UsernamePrefix) || strings.HasPrefix(s, SecretPrefix)
}

// CredentialKind is the form of a key's credentials.
type CredentialKind string

// A single token, for REST only; a generated pair; and a chosen pair, whose secret is never revealable.
const (
	CredentialToken  CredentialKind = "token"
	CredentialPair   CredentialKind = "pair"
	CredentialChosen CredentialKind = "chosen"
)

// NewCredential describes the credentials to create for a key. Username and Secret count only for CredentialChosen.
type NewCredential struct {
	Kind     CredentialKind
	Username string
	Secret   string
	Replaces string // a Key's Stamp, refused if the credentials have changed since; "" is not compared
}

// Credential holds the credentials of a key, to be shown once. A token has no Username. Value is "" if it cannot be
// shown: a person chose it, or it was shown before.
type Credential struct {
	Username string
	Value    string // the token, or the API Secret
}

// PreviousCredential holds the credentials that a key had before they were changed. They work until EndsAt. The columns
// are as in Key.
type PreviousCredential struct {
	ID          int64 `gorm:"primaryKey"`
	AccountID   int64
	KeyID       int64
	Channel     Channel
	Username    string
	Hash        []byte
	SecretHash  string
	Prefix      string
	Last4       string
	EndsAt      time.Time
	CreatedAt   time.Time // when the credentials were changed
	Uses        int64     // allowed requests since then
	LastUsedAt  *time.Time
	LastUsedIP  string
	LastUsedAPI string
}

// CheckCredential returns the described credentials with the user name cleaned. Its error joins the errors of all
// fields: channel if it is unknown, credential for a kind that the channel does not permit, and those of CheckUsername
// and CheckChosenSecret.
func CheckCredential(channel Channel, c NewCredential) (NewCredential, error) {
	var badChannel error
	if !channel.Valid() {
		badChannel = Refuse(CodeInvalid, "channel", "errors.choice")
	}
	switch c.Kind {
	case CredentialToken:
		if badChannel == nil && !channel.TakesToken() {
			return c, Refuse(CodeInvalid, "credential", "errors.credential.token")
		}
		return NewCredential{Kind: c.Kind}, badChannel
	case CredentialPair:
		return NewCredential{Kind: c.Kind}, badChannel
	case CredentialChosen:
		username, badUsername := CheckUsername(c.Username)
		badSecret := CheckChosenSecret(c.Secret, strings.TrimSpace(c.Username))
		c.Username = username
		return c, errors.Join(badChannel, badUsername, badSecret)
	}
	return c, errors.Join(badChannel, Refuse(CodeInvalid, "credential", "errors.choice"))
}

// GracePeriods returns how long previous credentials can keep working: not at all, an hour, a day, or a week.
func GracePeriods() []time.Duration {
	return []time.Duration{0, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}
}

// CheckChange checks new credentials for an existing key as CheckCredential does, and returns them cleaned. A token
// stays a token and a pair stays a pair, and grace is one of GracePeriods. These errors have the fields credential and
// grace.
func CheckChange(k Key, c NewCredential, grace time.Duration) (NewCredential, error) {
	var badGrace error
	if !slices.Contains(GracePeriods(), grace) {
		badGrace = Refuse(CodeInvalid, "grace", "errors.choice")
	}
	if k.Pair() == (c.Kind == CredentialToken) {
		return c, errors.Join(badGrace, Refuse(CodeInvalid, "credential", "errors.choice"))
	}
	replaces := c.Replaces
	c, err := CheckCredential(k.Channel, c)
	c.Replaces = replaces
	return c, errors.Join(badGrace, err)
}
