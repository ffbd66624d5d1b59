package secret

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go"
	"golang.org/x/text/unicode/norm"

	"keywicket/models"
)

// Limits of passwords.
const (
	MinPasswordLen   = 12   // characters
	MaxPasswordBytes = 1024 // longer ones are refused, never cut
)

const (
	leastDifferent = 5 // characters
	leastScore     = 3 // of zxcvbn's 0 to 4: more than 10^8 guesses
	// judgedLen is how many characters of a long password are judged. The time for that grows with the square of the
	// length.
	judgedLen = 100
)

// CheckPassword returns an error at field "password" if a new password is too short, too long, or easy to guess. Hints
// are texts that an attacker would try first, such as the person's name and e-mail and the account's name.
func CheckPassword(password string, hints ...string) error {
	refuse := func(key string, args ...any) error {
		return models.Refuse(models.CodeInvalid, "password", key, args...)
	}
	switch {
	case !utf8.ValidString(password):
		return refuse("errors.text.encoding")
	case password == "":
		return refuse("errors.password.required")
	}
	password = norm.NFC.String(password)
	switch {
	case utf8.RuneCountInString(password) < MinPasswordLen:
		return refuse("errors.password.short", "Min", MinPasswordLen)
	case len(password) > MaxPasswordBytes:
		return refuse("errors.password.long", "Max", MaxPasswordBytes)
	}
	judged := []rune(password)
	if len(judged) > judgedLen {
		judged = judged[:judgedLen]
	}
	if repeats(judged) || zxcvbn.PasswordStrength(string(judged), guesserWords(hints)).Score < leastScore {
		return refuse("errors.password.easy")
	}
	return nil
}

// repeats reports whether a text has very few different characters, or consists of one part that repeats, which zxcvbn
// does not notice.
func repeats(s []rune) bool {
	different := map[rune]bool{}
	for _, r := range s {
		different[r] = true
	}
	if len(different) < leastDifferent {
		return true
	}
	for period := 1; period <= len(s)/2; period++ {
		if slices.Equal(s[period:], s[:len(s)-period]) {
			return true
		}
	}
	return false
}

// guesserWords returns the hints and their parts, in lower case.
func guesserWords(hints []string) []string {
	words := []string{"keywicket", "wicket"}
	for _, h := range hints {
		h = strings.ToLower(norm.NFC.String(h))
		parts := strings.FieldsFunc(h, func(r rune) bool { return strings.ContainsRune(" @.,-_+", r) })
		for _, w := range append(parts, h) {
			if utf8.RuneCountInString(w) >= 3 {
				words = append(words, w)
			}
		}
	}
	return words
}
