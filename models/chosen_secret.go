package models

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of a chosen API Secret, in characters.
const (
	MinChosenSecretLen = 12
	MaxChosenSecretLen = 256

	leastDifferent = 5
)

// CheckChosenSecret returns an error at field "secret" if an API Secret is shorter than MinChosenSecretLen or longer
// than MaxChosenSecretLen characters, begins like a generated value, would not pass unchanged through a header or a
// form, or is easy to guess.
func CheckChosenSecret(s, username string) error {
	refuse := func(key string, args ...any) error { return Refuse(CodeInvalid, "secret", key, args...) }
	switch {
	case s == "":
		return refuse("errors.secret.required")
	case !utf8.ValidString(s):
		return refuse("errors.text.encoding")
	case strings.TrimSpace(s) != s:
		return refuse("errors.secret.space")
	case hasReservedPrefix(s):
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
