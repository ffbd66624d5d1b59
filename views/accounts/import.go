package accounts

import (
	"context"
	"time"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// AccountImport is the page that imports accounts from a file: the file is
// chosen, then what it would make is shown, then it is made.
type AccountImport struct {
	Root   string
	Text   string // of the file
	Preset bool
	Rows   []models.NewAccount // of the file
	Result models.ImportResult // that it would make
	Bad    []ui.BadLine
	More   int // bad lines that are not shown
	Error  string
	Done   bool
	Now    time.Time
}

// MaxBadRows is how many wrong lines of a file are shown at once.
const MaxBadRows = 100

// previewRows is how many accounts of a file are shown before they are made.
const previewRows = 50

// ready reports whether the file can be imported as it is.
func (m AccountImport) ready() bool { return m.Error == "" && len(m.Rows) > 0 }

func (m AccountImport) shown() []models.NewAccount { return m.Rows[:min(len(m.Rows), previewRows)] }

func (m AccountImport) columns(ctx context.Context) []ui.Column {
	return []ui.Column{
		{Label: i18n.T(ctx, "subs.import.line")},
		{Label: i18n.T(ctx, "subs.column.name")},
		{Label: i18n.T(ctx, "subs.import.kind")},
		{Label: i18n.T(ctx, "subs.import.master")},
		{Label: i18n.T(ctx, "subs.column.created")},
		{Label: i18n.T(ctx, "subs.import.channels")},
	}
}

// kindWord says what an account of the file is.
func kindWord(ctx context.Context, k models.AccountKind) string {
	if k == models.KindSub {
		return i18n.T(ctx, "subs.import.kind.sub")
	}
	return i18n.T(ctx, "subs.import.kind.master")
}

// channelsOf says with which keys an account of the file begins.
func channelsOf(ctx context.Context, n models.NewAccount) string {
	words := ""
	for _, c := range n.StartChannels() {
		if words != "" {
			words += i18n.T(ctx, "settings.catalogue.comma")
		}
		words += models.StartKeyName(c)
	}
	if words == "" {
		return i18n.T(ctx, "subs.keys.none")
	}
	return words
}

// createdOf is when an account of the file was made.
func (m AccountImport) createdOf(n models.NewAccount) time.Time {
	if n.Created.IsZero() {
		return m.Now
	}
	return n.Created
}
