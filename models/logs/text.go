package logs

import (
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"keywicket/models/secret"
)

const (
	masked   = "…"
	maxInput = 16 << 10 // of a text to make safe; the rest would be cut anyway
	// minToken is the least length of a run of characters that can be a token.
	// Sids are shorter, tokens of this server are longer.
	minToken  = 30
	uuidLen   = 36
	maxMethod = 16
)

// Text returns s in a form that is safe to log: keys, tokens and query strings are masked, control and invisible
// characters are spelled out, and the result is cut at 512 bytes. Newlines and tabs stay, because every handler of slog
// quotes them.
func Text(s string) string {
	s = clip(s, maxInput)
	return clip(escape(maskTokens(maskQueries(secret.Redact(s))), maxValue), maxValue)
}

// Method returns a request's method, or the mask if it is not a short word in capitals: callers can send anything.
func Method(m string) string {
	if m == "" || len(m) > maxMethod || strings.Trim(m, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
		return masked
	}
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return m
	}
	if len(m) > shortWord {
		return masked
	}
	return m
}

// maskQueries masks the query of every address in s.
func maskQueries(s string) string {
	if !strings.Contains(s, "?") {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '?')
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		query := s[i+1:]
		if end := strings.IndexAny(query, " \t\r\n\"'<>`"); end >= 0 {
			query = query[:end]
		}
		b.WriteString(s[:i+1])
		if s = s[i+1+len(query):]; strings.Contains(query, "=") {
			query = masked
		}
		b.WriteString(query)
	}
}

// maskTokens masks every run of characters of s that is as long and as mixed as a token.
func maskTokens(s string) string {
	if len(s) < minToken {
		return s
	}
	var b strings.Builder
	for start := 0; start < len(s); {
		end := start
		for end < len(s) && isTokenByte(s[end]) {
			end++
		}
		if run := s[start:end]; tokenLike(run) {
			b.WriteString(masked)
		} else {
			b.WriteString(run)
		}
		if start = end; start < len(s) {
			b.WriteByte(s[start])
			start++
		}
	}
	return b.String()
}

// isTokenByte reports whether c can be part of a token in either base64 alphabet, plain or percent-encoded. A control
// character does not end a token.
func isTokenByte(c byte) bool {
	return class(c) != classOther || strings.IndexByte("-_+%", c) >= 0 || c < ' ' && c != '\n' && c != '\t'
}

func tokenLike(run string) bool {
	if len(run) < minToken || looksLikeUUID(run) {
		return false
	}
	var seen [classOther + 1]bool
	for i := range len(run) {
		seen[class(run[i])] = true
	}
	return seen[classDigit] || seen[classLower] && seen[classUpper]
}

// looksLikeUUID reports whether run is a UUID with or without dashes, which proxies use as request ids. No token of
// this server has that form.
func looksLikeUUID(run string) bool {
	return len(run) <= uuidLen && strings.Trim(run, "0123456789abcdef-") == ""
}

const (
	classLower = iota
	classUpper
	classDigit
	classOther
)

func class(c byte) int {
	switch {
	case c >= 'a' && c <= 'z':
		return classLower
	case c >= 'A' && c <= 'Z':
		return classUpper
	case c >= '0' && c <= '9':
		return classDigit
	default:
		return classOther
	}
}

// escape spells out invisible characters and those with a meaning to a terminal: <U+202E> for a character, <0xFF> for a
// byte that is not UTF-8. It stops after limit bytes.
func escape(s string, limit int) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] >= ' ' && s[i] < utf8.RuneSelf-1
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s) && b.Len() <= limit; {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "<0x%02X>", s[i])
		case r == '\n' || r == '\t' || unicode.IsPrint(r):
			b.WriteString(s[i : i+size])
		default:
			fmt.Fprintf(&b, "<%U>", r)
		}
		i += size
	}
	return b.String()
}

// clip returns at most limit bytes of s, in whole characters, with a mask at the end if something was cut.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := limit - len(masked)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + masked
}
