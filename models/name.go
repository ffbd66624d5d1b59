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

// FoldName returns a name as names are compared: without regard to case.
func FoldName(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
