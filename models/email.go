package models

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// MaxEmailLen is the maximum length of an e-mail address, in bytes.
const MaxEmailLen = 254

// NormalizeEmail returns the address as it is stored and looked up: trimmed, in lower case and NFKC, with its domain in
// Unicode whether or not it was typed in Punycode. It returns an error at field "email" for an invalid address, and for
// invisible characters, which would make different addresses look the same.
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

// FormerEmail returns the address as it was stored before ignorable characters were refused. People with such an
// address can still sign in with it. Use NormalizeEmail for new addresses.
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

// EmailForms returns the stored addresses that s can stand for, in the order to look them up. The address exactly as
// typed comes first, so that a person with a former address is not taken for somebody else. It returns none for an
// invalid address.
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

// SignInEmail returns the address of a sign-in: the result of NormalizeEmail or, if that fails, of FormerEmail.
func SignInEmail(s string) (string, error) {
	email, err := NormalizeEmail(s)
	if err != nil {
		if former, err := FormerEmail(s); err == nil {
			return former, nil
		}
	}
	return email, err
}

// SameMailbox reports whether mail servers certainly deliver both addresses to one mailbox: they differ at most in the
// case of ASCII letters and in the notation of the domain. It is stricter than NormalizeEmail, for addresses that
// another system vouches for: an address in full-width letters is another mailbox.
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

// emailLine returns s trimmed. It returns an error if s is empty or has spaces, control or format characters.
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

// normalDomain returns a domain in Unicode by IDNA (UTS 46), and an address literal unchanged. It returns false for an
// invalid domain.
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

// ignorable reports whether a character has no glyph of its own: it has the Unicode property
// Default_Ignorable_Code_Point, or is the blank Braille pattern.
func ignorable(r rune) bool {
	return r == '\u2800' || unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
