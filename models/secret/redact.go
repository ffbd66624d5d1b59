package secret

import (
	"strings"

	"keywicket/models"
)

const (
	redactedKey    = models.TokenPrefix + "[redacted]"
	redactedSecret = models.SecretPrefix + "[redacted]"
	// minSecretLen is how many characters of a key can appear in a text: those that the console shows as its prefix.
	minSecretLen = shownLen
)

// Redact masks everything in s that has the form of a key or of a pair's generated secret, whether complete, cut or
// mistyped, also with its _ percent-encoded. The first four characters alone stay, because the console shows them.
func Redact(s string) string {
	if !strings.Contains(s, "kw") {
		return s
	}
	var b strings.Builder
	for {
		start, body := findKey(s)
		if start < 0 {
			break
		}
		end := body
		for end < len(s) && isBase62(s[end]) {
			end++
		}
		if end-body > minSecretLen {
			b.WriteString(s[:start] + redacted(s[start:body]))
			s = s[end:]
			continue
		}
		b.WriteString(s[:body]) // what follows may be the start of another
		s = s[body:]
	}
	b.WriteString(s)
	return b.String()
}

// findKey returns the index of the next key and that of its body, or -1. It never looks beyond that key: callers choose
// the text, and many beginnings of keys in it must not cost the square of its length.
func findKey(s string) (start, body int) {
	const mark = "kw"
	for from := 0; ; from = start + len(mark) {
		i := strings.Index(s[from:], mark)
		if i < 0 {
			return -1, 0
		}
		start = from + i
		if n := prefixLen(s[start:]); n > 0 {
			return start, start + n
		}
	}
}

// prefixLen returns the length of the prefix of a key or a generated secret at the start of s, also with its _
// percent-encoded, or 0.
func prefixLen(s string) int {
	for _, prefix := range [...]string{models.TokenPrefix, models.SecretPrefix} {
		rest, ok := strings.CutPrefix(s, strings.TrimSuffix(prefix, "_"))
		if !ok {
			continue
		}
		for _, underscore := range [...]string{"_", "%5F", "%5f"} {
			if strings.HasPrefix(rest, underscore) {
				return len(s) - len(rest) + len(underscore)
			}
		}
	}
	return 0
}

// redacted returns the mask for a secret with the prefix.
func redacted(prefix string) string {
	if prefix[len("kw")] == 's' {
		return redactedSecret
	}
	return redactedKey
}
