package secret

import (
	"strings"

	"keywicket/models"
)

// FindValue returns the first well-formed value in a text that somebody pasted:
// a value by itself, a header, a command, or one without its prefix.
func FindValue(text string) (value string, ok bool) {
	for rest := text; ; {
		i := strings.Index(rest, models.TokenPrefix)
		if i < 0 {
			break
		}
		if rest = rest[i:]; len(rest) >= ValueLen && WellFormed(rest[:ValueLen]) {
			return rest[:ValueLen], true
		}
		rest = rest[len(models.TokenPrefix):]
	}
	if body := findBody(text, models.TokenPrefix); body != "" {
		return models.TokenPrefix + body, true
	}
	return "", false
}

// Holds reports whether a text may give a secret away: it has a value, a pair's
// generated secret, or so much of one that it must not stand in an address or
// a log. A secret that a person chose looks like any other text.
func Holds(text string) bool {
	return Redact(text) != text || findBody(text, models.TokenPrefix) != "" || findBody(text, models.SecretPrefix) != ""
}

// findBody returns what stands alone in the text and is well formed once its
// prefix is put before it.
func findBody(text, prefix string) string {
	for run := range strings.FieldsFuncSeq(text, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }) {
		if wellFormed(prefix+run, prefix) {
			return run
		}
	}
	return ""
}
