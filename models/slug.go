package models

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// MaxSlugLen is the maximum length of a slug, in characters.
const MaxSlugLen = 40

// Slugify returns a slug for the name: a to z, 0 to 9 and single hyphens, at most MaxSlugLen characters. It returns ""
// for a name without these characters, such as a Chinese one.
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

// CleanSlug returns the slug of a new account as typed, in lower case. It returns an error at field "slug" for an
// invalid slug. "" means that the slug is made from the name.
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
