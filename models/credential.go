package models

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of credentials that a person chooses, in characters.
const (
	MinUsernameLen     = 3
	MaxUsernameLen     = 64
	MinChosenSecretLen = 12
	MaxChosenSecretLen = 256

	leastDifferent = 5 // characters of a chosen secret
)

// Channels lists the channels, in the order in which they are offered.
func Channels() []Channel {
	return []Channel{ChannelREST, ChannelHTTP, ChannelWebService, ChannelFTP, ChannelEmail}
}

// TakesToken reports whether keys of the channel may be a single token; all
// others are credential pairs.
func (c Channel) TakesToken() bool { return c == ChannelREST }

// CheckCredential returns the credentials that are asked for with the user name
// as it is kept, or the refusal: an unknown channel, a form that the channel
// does not have, or what CheckUsername and CheckChosenSecret refuse. The
// fields are channel, credential, username and secret.
func CheckCredential(channel Channel, c NewCredential) (NewCredential, error) {
	if !slices.Contains(Channels(), channel) {
		return c, Refuse(CodeInvalid, "channel", "errors.choice")
	}
	switch c.Kind {
	case CredentialToken:
		if !channel.TakesToken() {
			return c, Refuse(CodeInvalid, "credential", "errors.credential.token")
		}
		return NewCredential{Kind: c.Kind}, nil
	case CredentialPair:
		return NewCredential{Kind: c.Kind}, nil
	case CredentialChosen:
		username, err := CheckUsername(c.Username)
		if err != nil {
			return c, err
		}
		c.Username = username
		return c, CheckChosenSecret(c.Secret, username)
	}
	return c, Refuse(CodeInvalid, "credential", "errors.choice")
}

// GracePeriods lists how long old credentials may keep working: not at all, an
// hour, a day, a week.
func GracePeriods() []time.Duration {
	return []time.Duration{0, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}
}

// CheckChange returns the credentials that a key is to have in place of its
// present ones, as CheckCredential does. A token stays a token and a pair a
// pair, and the grace is one of GracePeriods.
func CheckChange(k Key, c NewCredential, grace time.Duration) (NewCredential, error) {
	if !slices.Contains(GracePeriods(), grace) {
		return c, Refuse(CodeInvalid, "grace", "errors.choice")
	}
	if k.Pair() == (c.Kind == CredentialToken) {
		return c, Refuse(CodeInvalid, "credential", "errors.choice")
	}
	replaces := c.Replaces
	c, err := CheckCredential(k.Channel, c)
	c.Replaces = replaces
	return c, err
}

// CheckUsername returns a user name that a person chose, without the space
// around it. It refuses, at field "username", what has not MinUsernameLen to
// MaxUsernameLen characters of A to Z, a to z, 0 to 9, dot, underscore and
// hyphen, and what begins as Keywicket's own do.
func CheckUsername(s string) (string, error) {
	s = strings.TrimSpace(s)
	refuse := func(key string, args ...any) (string, error) {
		return "", Refuse(CodeInvalid, "username", key, args...)
	}
	switch {
	case s == "":
		return refuse("errors.username.required")
	case !usernameWord(s):
		return refuse("errors.username.characters")
	case len(s) < MinUsernameLen || len(s) > MaxUsernameLen:
		return refuse("errors.username.length", "Min", MinUsernameLen, "Max", MaxUsernameLen)
	case hasReservedStart(strings.ToLower(s)):
		return refuse("errors.username.reserved")
	}
	return s, nil
}

// FoldUsername returns the form in which two user names that differ in the case
// of A to Z alone are the same. Other letters are in none, and stay.
func FoldUsername(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func usernameWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
		if !plain {
			return false
		}
	}
	return true
}

// hasReservedStart is true for what begins like a token, a generated user
// name or a generated secret: the gate tells them apart by it.
func hasReservedStart(s string) bool {
	return strings.HasPrefix(s, "kw_") || strings.HasPrefix(s, "kwu_") || strings.HasPrefix(s, "kws_")
}

// CheckChosenSecret refuses, at field "secret", an API Secret that is shorter
// than MinChosenSecretLen or longer than MaxChosenSecretLen characters, that
// begins like a generated value, that a header or a form could not carry
// unchanged, or that everybody would guess.
func CheckChosenSecret(s, username string) error {
	refuse := func(key string, args ...any) error { return Refuse(CodeInvalid, "secret", key, args...) }
	switch {
	case s == "":
		return refuse("errors.secret.required")
	case !utf8.ValidString(s):
		return refuse("errors.text.encoding")
	case strings.TrimSpace(s) != s:
		return refuse("errors.secret.space")
	case hasReservedStart(s):
		return refuse("errors.secret.reserved")
	}
	// As typed and as hashed: a character may become several, or several one.
	typed := utf8.RuneCountInString(s)
	s = norm.NFC.String(s)
	hashed := utf8.RuneCountInString(s)
	switch {
	case min(typed, hashed) < MinChosenSecretLen:
		return refuse("errors.secret.short", "Min", MinChosenSecretLen)
	case max(typed, hashed) > MaxChosenSecretLen:
		return refuse("errors.secret.long", "Max", MaxChosenSecretLen)
	}
	different := map[rune]bool{}
	for _, r := range s {
		if forbiddenRune(r) {
			return refuse("errors.text.control")
		}
		different[r] = true
	}
	if len(different) < leastDifferent || strings.EqualFold(s, username) {
		return refuse("errors.secret.easy", "Least", leastDifferent)
	}
	return nil
}

// CheckNewKey returns what the form asks for with its texts cleaned, its date in
// UTC, its lists sorted and empty scopes as all; or the first refusal. Names
// that are taken and ids of the lists are the store's to check.
func CheckNewKey(n NewKey, now time.Time) (NewKey, error) {
	var err error
	if n.Name, err = CleanName("name", n.Name, false); err != nil {
		return n, err
	}
	if n.Description, err = CleanDescription(n.Description); err != nil {
		return n, err
	}
	if n.Credential, err = CheckCredential(n.Channel, n.Credential); err != nil {
		return n, err
	}
	if n.ExpiresAt != nil {
		utc := n.ExpiresAt.UTC().Truncate(time.Microsecond)
		n.ExpiresAt = &utc
	}
	if err := CheckExpiry(n.ExpiresAt, now); err != nil {
		return n, err
	}
	if n.ScopeApps, n.AppIDs, err = cleanScope("apps", n.ScopeApps, n.AppIDs); err != nil {
		return n, err
	}
	n.ScopeAPIs, n.APIIDs, err = cleanScope("apis", n.ScopeAPIs, n.APIIDs)
	return n, err
}

// cleanScope returns a scope with its list sorted, each id once; All has none.
func cleanScope(field string, mode ScopeMode, ids []int64) (ScopeMode, []int64, error) {
	switch mode {
	case "", ScopeAll:
		return ScopeAll, nil, nil
	case ScopeSome:
		ids = slices.Clone(ids)
		slices.Sort(ids)
		return ScopeSome, slices.Compact(ids), nil
	}
	return mode, ids, Refuse(CodeInvalid, field, "errors.choice")
}
