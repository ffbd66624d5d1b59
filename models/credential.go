package models

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// The prefixes of what Keywicket generates: a single token, and the user name
// and the API Secret of a pair. Nothing that a person chooses begins with one,
// so that the gate can tell them apart.
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

// A single token, for REST alone; a generated pair; and a pair that the
// person chose, whose secret is never revealable.
const (
	CredentialToken  CredentialKind = "token"
	CredentialPair   CredentialKind = "pair"
	CredentialChosen CredentialKind = "chosen"
)

// NewCredential asks for a key's credentials. Username and Secret count for
// CredentialChosen alone.
type NewCredential struct {
	Kind     CredentialKind
	Username string
	Secret   string
	Replaces string // a Key's Stamp: refused where the credentials are others by now; "" whatever they are
}

// Credential is what a caller needs to use a key, as it is shown once. A
// token has no Username. Value is "" where it cannot be shown: chosen by the
// person, or shown once before.
type Credential struct {
	Username string
	Value    string // the token, or the API Secret
}

// PreviousCredential is what a key had before its credentials were changed. It
// works until EndsAt; its columns are as in Key.
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
	CreatedAt   time.Time // when it became the old one
	Uses        int64     // allowed requests since then
	LastUsedAt  *time.Time
	LastUsedIP  string
	LastUsedAPI string
}

// CheckCredential returns the credentials that are asked for with the user name
// as it is kept. Its error joins the refusals of all fields: channel for an
// unknown one, credential for a kind that the channel does not take, and those
// of CheckUsername and CheckChosenSecret.
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

// GracePeriods lists how long old credentials may keep working: not at all, an
// hour, a day, a week.
func GracePeriods() []time.Duration {
	return []time.Duration{0, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}
}

// CheckChange returns the credentials that a key is to have in place of its
// present ones, as CheckCredential does. A token stays a token and a pair a
// pair, and grace is one of GracePeriods; the fields of these refusals are
// credential and grace.
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
