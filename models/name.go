package models

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of names and descriptions, in characters.
const (
	MaxNameLen        = 100
	MaxDescriptionLen = 500
)

// CleanName returns a name trimmed and in NFC. It returns an error at field for a name that is longer than MaxNameLen
// characters, has control or direction characters or, if required, has no visible character.
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

// CleanDescription returns a description trimmed, in NFC, and with \n between lines. It can be empty. Its error has the
// field "description".
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

// CopyName returns the name of a copy: "X (copy)", then "X (copy 2)" and so on until taken returns false. A copy of a
// copy gets the next number rather than a longer name. The result has at most MaxNameLen characters.
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

// copiedBase returns the name without " (copy)" or " (copy N)" at its end.
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

// FoldName returns the form in which names are compared: trimmed and in lower case.
func FoldName(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
