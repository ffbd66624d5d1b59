package ui

import "context"

// VersionField is the form field that says what the form was made from.
const VersionField = "version"

// HiddenField is one hidden field of a form.
type HiddenField struct{ Name, Value string }

type versionKey struct{}

// sent is the version of a form that comes back with what was typed.
type sent struct{ action, version string }

// WithVersion lets the form that is sent to action be drawn with the version
// that it came with, in place of that of what is stored now.
func WithVersion(ctx context.Context, action, version string) context.Context {
	return context.WithValue(ctx, versionKey{}, sent{action, version})
}

// versionOf returns the version that a form is drawn with.
func versionOf(ctx context.Context, action, version string) string {
	if s, ok := ctx.Value(versionKey{}).(sent); ok && s.action == action {
		return s.version
	}
	return version
}

// CompareParams describe values side by side: what a form would save, and what
// is stored now.
type CompareParams struct {
	Caption string
	What    string // head of the first column
	Yours   string // head of the second; "" for none
	Now     string // head of the last
	Rows    []CompareRow
}

// CompareRow is one value of a comparison, in words.
type CompareRow struct{ What, Yours, Now string }

// Difference is one value that a change replaced, in words. Before or After is
// "" where there was no value.
type Difference struct{ Label, Before, After string }
