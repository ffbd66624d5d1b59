package ui

import "context"

// VersionField is the form field with the version that the form was made from.
const VersionField = "version"

// HiddenField is one hidden field of a form.
type HiddenField struct{ Name, Value string }

// versionKey is the context key of sent.
type versionKey struct{}

// sent is the version of a form that is drawn again with what was typed.
type sent struct{ action, version string }

// WithVersion returns a context in which the form for action is drawn with the
// given version instead of the current one.
func WithVersion(ctx context.Context, action, version string) context.Context {
	return context.WithValue(ctx, versionKey{}, sent{action, version})
}

// versionOf returns the version to draw in the form for action: the one of
// WithVersion, else version.
func versionOf(ctx context.Context, action, version string) string {
	if s, ok := ctx.Value(versionKey{}).(sent); ok && s.action == action {
		return s.version
	}
	return version
}

// CompareParams describes values side by side: what a form would save, and what
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
// "" if there was no value.
type Difference struct{ Label, Before, After string }
