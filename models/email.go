package models

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// MaxEmailLen is the most bytes that an e-mail address has.
const MaxEmailLen = 254

// NormalizeEmail returns the address as it is stored and looked up: trimmed, in
// lower case, with the characters of NFKC, and with its domain in Unicode,
// whether it was typed so or in Punycode. It refuses, at the field "email", what
// is no address, and characters that leave no mark on a page: with these,
// addresses of different people would look the same.
func NormalizeEmail(s string) (string, error) {
	s, err := emailLine(s)
	if err != nil {
		return "", err
	}
	local, domain, ok := cutEmail(strings.ToLower(norm.NFKC.String(s)))
	if ok {
		domain, ok = normalDomain(domain)
	}
	s = norm.NFKC.String(local) + "@" + domain
	if !ok || strings.ContainsFunc(s, ignorable) || !isEmail(s) {
		return "", errEmailFormat()
	}
	return s, nil
}

// FormerEmail returns the address as it was stored before ignorable characters
// were refused. People who have such an address still sign in with it; new
// addresses are never made by it.
func FormerEmail(s string) (string, error) {
	s, err := emailLine(s)
	if err != nil {
		return "", err
	}
	if s = strings.ToLower(norm.NFC.String(s)); !isEmail(s) {
		return "", errEmailFormat()
	}
	return s, nil
}

// EmailForms returns the addresses that somebody who typed s may have, in the
// order in which to look them up: first exactly as typed, so that nobody with a
// former address is taken for somebody else. It is empty for what is no address.
func EmailForms(s string) []string {
	var forms []string
	former, err := FormerEmail(s)
	if err == nil {
		forms = append(forms, former)
	}
	if now, err := NormalizeEmail(s); err == nil && now != former {
		forms = append(forms, now)
	}
	return forms
}

// SignInEmail returns the address of somebody who signs in: as NormalizeEmail
// does, or, where that refuses it, as FormerEmail does.
func SignInEmail(s string) (string, error) {
	email, err := NormalizeEmail(s)
	if err != nil {
		if former, err := FormerEmail(s); err == nil {
			return former, nil
		}
	}
	return email, err
}

// SameMailbox reports whether a mail server would deliver to both addresses
// alike, as far as anybody else can tell: they differ at most in the case of
// ASCII letters and in how the domain is written. It is stricter than
// NormalizeEmail, for addresses that somebody else vouches for: theirs in
// full-width letters is another mailbox.
func SameMailbox(a, b string) bool {
	localA, domainA, okA := cutEmail(strings.TrimSpace(a))
	localB, domainB, okB := cutEmail(strings.TrimSpace(b))
	if !okA || !okB || lowerASCII(localA) != lowerASCII(localB) {
		return false
	}
	domainA, okA = normalDomain(domainA)
	domainB, okB = normalDomain(domainB)
	return okA && okB && domainA == domainB
}

func errEmailFormat() error { return Refuse(CodeInvalid, "email", "errors.email.format") }

// emailLine returns s trimmed, or the refusal of what is empty or holds spaces,
// or control and format characters.
func emailLine(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", errEmailFormat()
	}
	s = strings.TrimSpace(s)
	if s == "" {
		return "", Refuse(CodeInvalid, "email", "errors.email.required")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return forbiddenRune(r) || unicode.IsSpace(r) }) {
		return "", errEmailFormat()
	}
	return s, nil
}

func cutEmail(s string) (local, domain string, ok bool) {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return "", "", false
	}
	return s[:at], s[at+1:], true
}

// normalDomain returns a domain in Unicode as IDNA has it (UTS 46), or an
// address literal as it is.
func normalDomain(domain string) (string, bool) {
	if strings.HasPrefix(domain, "[") {
		return strings.ToLower(domain), true
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", false
	}
	domain, err = idna.Lookup.ToUnicode(ascii)
	return domain, err == nil
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s && len(s) <= MaxEmailLen
}

// ignorable is true for characters that have no glyph of their own: those with
// the Unicode property Default_Ignorable_Code_Point, and the blank Braille
// pattern.
func ignorable(r rune) bool {
	return r == '\u2800' || unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
