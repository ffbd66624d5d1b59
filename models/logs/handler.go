// Package logs limits what the log can contain and how fast it can grow. Most of a line is text that a caller or a
// remote server chose.
package logs

import (
	"context"
	"fmt"
	"log/slog"

	"keywicket/models/secret"
)

// The maximum length of a value in a line, in bytes. The handler that writes the line can double it by quoting.
const (
	maxValue = 512
	maxStack = 8 << 10
)

// Stack is the stack trace of a fault. It is the only value that can be long.
type Stack []byte

// NewHandler returns a handler that makes the message and every attribute of a record safe before it passes the record
// to next. See Text. It returns next itself if that is such a handler already.
func NewHandler(next slog.Handler) slog.Handler {
	switch next.(type) {
	case handler, limitHandler:
		return next
	}
	return handler{next}
}

type handler struct{ next slog.Handler }

// Enabled implements slog.Handler.
func (h handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, Text(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(safeAttr(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = safeAttr(a)
	}
	return handler{h.next.WithAttrs(clean)}
}

// WithGroup implements slog.Handler.
func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.next.WithGroup(Text(name))}
}

func safeAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	key := Text(a.Key)
	switch v.Kind() {
	case slog.KindString:
		return slog.String(key, Text(v.String()))
	case slog.KindGroup:
		group := make([]any, 0, len(v.Group()))
		for _, member := range v.Group() {
			group = append(group, safeAttr(member))
		}
		return slog.Group(key, group...)
	case slog.KindAny:
		return slog.String(key, safeAny(v.Any()))
	}
	return slog.Attr{Key: key, Value: v}
}

// safeAny returns the text of a value that slog would format itself. A struct or an error can hold a secret in any
// field.
func safeAny(v any) string {
	switch v := v.(type) {
	case Stack:
		return clip(escape(secret.Redact(string(v)), maxStack), maxStack)
	case []byte:
		return Text(string(v))
	default:
		return Text(fmt.Sprintf("%+v", v))
	}
}
