package secret

import "strings"

// secretPrefix begins the API Secret of a generated pair.
const secretPrefix = "kws_"

// FindValue gives the first well-formed value in a text that somebody pasted:
// a value by itself, a header, a command, or one without its prefix.
func FindValue(text string) (value string, ok bool) {
	for rest := text; ; {
		i := strings.Index(rest, ValuePrefix)
		if i < 0 {
			break
		}
		if rest = rest[i:]; len(rest) >= ValueLen && WellFormed(rest[:ValueLen]) {
			return rest[:ValueLen], true
		}
		rest = rest[len(ValuePrefix):]
	}
	for run := range strings.FieldsFuncSeq(text, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }) {
		if WellFormed(ValuePrefix + run) {
			return ValuePrefix + run, true
		}
	}
	return "", false
}

// Holds says whether a text may give a secret away: it has a value, an API
// Secret, or so much of one that it must not stand in an address or a log.
func Holds(text string) bool {
	if _, found := FindValue(text); found {
		return true
	}
	return Redact(text) != text || holdsSecret(text)
}

// holdsSecret looks for an API Secret, whole or cut.
func holdsSecret(text string) bool {
	for rest := text; ; {
		i := strings.Index(rest, secretPrefix)
		if i < 0 {
			return false
		}
		rest = rest[i+len(secretPrefix):]
		n := 0
		for n < len(rest) && isBase62(rest[n]) {
			n++
		}
		if n > minSecretLen {
			return true
		}
	}
}
