package secret

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

const (
	redactedKey    = ValuePrefix + "[redacted]"
	redactedSecret = SecretPrefix + "[redacted]"
	// minSecretLen is how many characters of a key may stand in a text: what
	// the console shows as its prefix.
	minSecretLen = shownLen
)

// Redact replaces everything in s that has the form of a key or of a pair's
// generated secret, whole or cut, right or mistyped, also with its _
// percent-encoded. The first four characters of one by themselves stay: they
// are shown in the console.
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

// findKey gives where the next key starts and where its body does, or -1. It
// never looks beyond that key: a caller sends what is redacted, and text full
// of beginnings of keys must not cost the square of its length.
func findKey(s string) (start, body int) {
	const mark = "kw"
	for from := 0; ; from = start + len(mark) {
		i := strings.Index(s[from:], mark)
		if i < 0 {
			return -1, 0
		}
		start = from + i
		for _, prefix := range [...]string{ValuePrefix, "kw%5F", "kw%5f", SecretPrefix, "kws%5F", "kws%5f"} {
			if strings.HasPrefix(s[start:], prefix) {
				return start, start + len(prefix)
			}
		}
	}
}

// redacted is what stands in place of what began with the prefix.
func redacted(prefix string) string {
	if prefix[len("kw")] == 's' {
		return redactedSecret
	}
	return redactedKey
}

// NewRedactHandler gives a handler that redacts the message and every
// attribute of a record before next sees them.
func NewRedactHandler(next slog.Handler) slog.Handler { return redactHandler{next} }

type redactHandler struct{ next slog.Handler }

// Enabled implements slog.Handler.
func (h redactHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h redactHandler) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, Redact(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(redactAttr(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (h redactHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = redactAttr(a)
	}
	return redactHandler{h.next.WithAttrs(clean)}
}

// WithGroup implements slog.Handler.
func (h redactHandler) WithGroup(name string) slog.Handler {
	return redactHandler{h.next.WithGroup(name)}
}

func redactAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	key := Redact(a.Key)
	switch v.Kind() {
	case slog.KindString:
		return slog.String(key, Redact(v.String()))
	case slog.KindGroup:
		group := make([]any, 0, len(v.Group()))
		for _, member := range v.Group() {
			group = append(group, redactAttr(member))
		}
		return slog.Group(key, group...)
	case slog.KindAny:
		// A struct or an error may hold a key in any of its fields; its text is
		// what a log needs.
		if text, ok := v.Any().([]byte); ok {
			return slog.String(key, Redact(string(text)))
		}
		return slog.String(key, Redact(fmt.Sprintf("%+v", v.Any())))
	}
	return slog.Attr{Key: key, Value: v}
}
