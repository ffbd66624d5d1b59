package secret

import (
	"strings"

	"keywicket/models"
)

// FindValue returns the first well-formed value in a pasted text: a value by itself, in a header or a command, or
// without its prefix.
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

// Holds reports whether a text may expose a secret: it has a value, the generated secret of a pair, or enough of one to
// keep the text out of addresses and logs. A chosen secret looks like any other text and is not found.
func Holds(text string) bool {
	return Redact(text) != text || findBody(text, models.TokenPrefix) != "" || findBody(text, models.SecretPrefix) != ""
}

// findBody returns the first run of letters and digits of the text that is well formed with prefix before it.
func findBody(text, prefix string) string {
	for run := range strings.FieldsFuncSeq(text, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }) {
		if wellFormed(prefix+run, prefix) {
			return run
		}
	}
	return ""
}
