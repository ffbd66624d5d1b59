package accounts

import (
	"context"
	"time"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// AccountImport is the page that imports accounts from a file. The reader
// chooses the file, checks what it would create, and then creates it.
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

// MaxBadRows is the maximum number of wrong lines that the page shows.
const MaxBadRows = 100

// previewRows is the maximum number of accounts that the preview shows.
const previewRows = 50

// ready reports whether the file can be imported without changes.
func (m AccountImport) ready() bool { return m.Error == "" && len(m.Rows) > 0 }

// shown returns the accounts that the preview shows.
func (m AccountImport) shown() []models.NewAccount { return m.Rows[:min(len(m.Rows), previewRows)] }

// columns returns the columns of the preview.
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

// kindWord returns the words for the kind of an account.
func kindWord(ctx context.Context, k models.AccountKind) string {
	if k == models.KindSubaccount {
		return i18n.T(ctx, "subs.import.kind.sub")
	}
	return i18n.T(ctx, "subs.import.kind.master")
}

// channelsOf returns the names of the keys that a new account starts with.
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

// createdOf returns when an account of the file was created, or the current
// time if the file does not say.
func (m AccountImport) createdOf(n models.NewAccount) time.Time {
	if n.Created.IsZero() {
		return m.Now
	}
	return n.Created
}
