package models

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// MaxSlugLen is the most characters that a slug has.
const MaxSlugLen = 40

// Slugify returns the name as it can stand in an address: a to z, 0 to 9 and
// single hyphens, at most MaxSlugLen. It is "" for a name that has none of
// these, such as one in Chinese.
func Slugify(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r): // the accent of the letter before
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= MaxSlugLen {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

// CleanSlug returns the slug of a new account as it was typed, in lower case. It
// refuses, at field "slug", what cannot stand in an address; "" is left to the
// name.
func CleanSlug(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" {
		return "", nil
	}
	if len(s) > MaxSlugLen || Slugify(s) != s {
		return "", Refuse(CodeInvalid, "slug", "errors.slug", "Max", MaxSlugLen)
	}
	return s, nil
}
