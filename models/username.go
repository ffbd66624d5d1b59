package models

import "strings"

// Limits of a chosen user name, in characters.
const (
	MinUsernameLen = 3
	MaxUsernameLen = 64
)

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
