package models

import "strings"

// Limits of a chosen user name, in characters.
const (
	MinUsernameLen = 3
	MaxUsernameLen = 64
)

// CheckUsername returns a chosen user name, trimmed. It returns an error at field "username" unless the name has
// MinUsernameLen to MaxUsernameLen characters of A to Z, a to z, 0 to 9, dot, underscore and hyphen, and for a name
// that begins like a generated one.
func CheckUsername(s string) (string, error) {
	s = strings.TrimSpace(s)
	refuse := func(key string, args ...any) (string, error) {
		return "", Refuse(CodeInvalid, "username", key, args...)
	}
	switch {
	case s == "":
		return refuse("errors.username.required")
	case !isWord(s):
		return refuse("errors.username.characters")
	case len(s) < MinUsernameLen || len(s) > MaxUsernameLen:
		return refuse("errors.username.length", "Min", MinUsernameLen, "Max", MaxUsernameLen)
	case hasReservedPrefix(strings.ToLower(s)):
		return refuse("errors.username.reserved")
	}
	return s, nil
}

// FoldUsername returns the form in which user names are compared: with A to Z in lower case. A user name has no other
// letters.
func FoldUsername(s string) string { return lowerASCII(s) }

// isWord reports whether s consists of A to Z, a to z, 0 to 9, dot, underscore and hyphen.
func isWord(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
