package models

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of app ids, e-mail addresses and pasted lists.
const (
	MaxAppIDLen  = 100 // characters
	MaxEmailLen  = 254 // bytes
	MaxSlugLen   = 40
	MaxPastedApp = 10_000 // lines
)

// CleanName returns a name trimmed and in NFC. It refuses, at field, names
// over MaxNameLen characters, with control or direction characters, and,
// when required, names with nothing to see.
func CleanName(field, s string, required bool) (string, error) {
	s, err := cleanLine(field, s, MaxNameLen)
	if err != nil {
		return "", err
	}
	switch {
	case visible(s):
		return s, nil
	case required:
		return "", Refuse(CodeInvalid, field, "errors.text.required")
	case s != "":
		return "", Refuse(CodeInvalid, field, "errors.text.control")
	}
	return "", nil
}

// CleanDescription returns a description trimmed, in NFC and with \n between
// lines; it may be empty. The field of a refusal is "description".
func CleanDescription(s string) (string, error) {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		clean, err := cleanLine("description", strings.ReplaceAll(line, "\t", " "), MaxDescriptionLen)
		if err != nil {
			return "", err
		}
		lines[i] = clean
	}
	s = strings.TrimSpace(strings.Join(lines, "\n"))
	if utf8.RuneCountInString(s) > MaxDescriptionLen {
		return "", Refuse(CodeInvalid, "description", "errors.text.too_long", "Max", MaxDescriptionLen)
	}
	return s, nil
}

// CleanAppID returns an app id trimmed and otherwise as typed, for callers
// send it byte by byte. It refuses, at field "app_id", what is empty, over
// MaxAppIDLen characters, or has a space or an invisible character.
func CleanAppID(s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", Refuse(CodeInvalid, "app_id", "errors.app_id.required")
	case !utf8.ValidString(s):
		return "", Refuse(CodeInvalid, "app_id", "errors.text.encoding")
	case utf8.RuneCountInString(s) > MaxAppIDLen:
		return "", Refuse(CodeInvalid, "app_id", "errors.text.too_long", "Max", MaxAppIDLen)
	}
	if !plainWord(s) || !visible(s) {
		return "", Refuse(CodeInvalid, "app_id", "errors.app_id.characters")
	}
	return s, nil
}

// CopyName returns the name of a copy: "X (copy)", then "X (copy 2)" and so
// on while taken says that a name is in use. A copy of a copy counts on
// instead of growing. The result has at most MaxNameLen characters.
func CopyName(name string, taken func(string) bool) string {
	base := copiedBase(name)
	for n := 1; ; n++ {
		suffix := " (copy)"
		if n > 1 {
			suffix = " (copy " + strconv.Itoa(n) + ")"
		}
		next := cutRunes(base, MaxNameLen-len(suffix)) + suffix
		if taken == nil || !taken(next) {
			return next
		}
	}
}

// copiedBase takes a former " (copy)" or " (copy N)" off the name.
func copiedBase(name string) string {
	i := strings.LastIndex(name, " (copy")
	if i <= 0 || !strings.HasSuffix(name, ")") {
		return name
	}
	number := strings.TrimPrefix(name[i+len(" (copy"):len(name)-1], " ")
	if number == "" {
		return name[:i]
	}
	if _, err := strconv.Atoi(number); err != nil {
		return name
	}
	return name[:i]
}

// cutRunes returns the first n characters of s, without a space at the end.
func cutRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return strings.TrimRight(s[:i], " ")
		}
		n--
	}
	return s
}

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
