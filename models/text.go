package models

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	zeroWidthNonJoiner = '\u200c' // part of words in Persian and Indic scripts
	zeroWidthJoiner    = '\u200d' // part of emoji
)

// cleanLine returns s trimmed and in NFC. It returns an error at field if s is longer than maxLen characters, is not
// UTF-8, or has control or direction characters.
func cleanLine(field, s string, maxLen int) (string, error) {
	if !utf8.ValidString(s) {
		return "", Refuse(CodeInvalid, field, "errors.text.encoding")
	}
	s = strings.TrimSpace(norm.NFC.String(s))
	for _, r := range s {
		if forbiddenRune(r) {
			return "", Refuse(CodeInvalid, field, "errors.text.control")
		}
	}
	if utf8.RuneCountInString(s) > maxLen {
		return "", Refuse(CodeInvalid, field, "errors.text.too_long", "Max", maxLen)
	}
	return s, nil
}

// forbiddenRune reports whether r is invisible and can make one name look like another: a control character, a line
// separator, a direction override or another format character.
func forbiddenRune(r rune) bool {
	if r == zeroWidthJoiner || r == zeroWidthNonJoiner {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)
}

// visible reports whether s has a visible character.
func visible(s string) bool {
	for _, r := range s {
		switch r {
		case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800': // letters that are blank
			continue
		}
		if unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) {
			return true
		}
	}
	return false
}

// clip returns at most maxLen characters of s, for a message that quotes what a person typed.
func clip(s string, maxLen int) string {
	n := 0
	for i := range s {
		if n == maxLen {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// lowerASCII returns s with A to Z in lower case; all other letters stay.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// plainWord reports whether s is valid UTF-8 without spaces and without invisible characters.
func plainWord(s string) bool {
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || !unicode.IsGraphic(r) {
			return false
		}
	}
	return utf8.ValidString(s)
}
