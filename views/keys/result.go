package keys

import (
	"context"
	"net/url"
	"strings"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// Result is a key with new credentials.
type Result struct {
	Key   models.Key
	Value string // the token or the API Secret; "" where it cannot be shown
	Try   string // a command that asks the gate about the key; "" for none
}

// result returns the key with its new credentials.
func (m NewKey) result() Result { return Result{Key: m.Key, Value: m.Value, Try: m.Try} }

// once reports whether the value is shown only this time.
func (r Result) once() bool { return r.Value != "" && !revealable(r.Key) }

// note returns the tone and the words for whether the value can be shown again.
func (r Result) note(ctx context.Context) (ui.Tone, string) {
	switch {
	case r.Key.Chosen():
		return ui.Info, i18n.T(ctx, "keyform.chosen")
	case r.Value == "" && revealable(r.Key):
		return ui.Info, i18n.T(ctx, "keys.repeated.kept")
	case r.Value == "":
		return ui.Warn, i18n.T(ctx, "keys.repeated.once")
	case r.once():
		return ui.Warn, i18n.T(ctx, "keys.created.once")
	default:
		return ui.Info, i18n.T(ctx, "keys.created.kept")
	}
}

// valueLabel returns the label of the value: API Secret for a pair.
func (r Result) valueLabel(ctx context.Context) string {
	if r.Key.Pair() {
		return i18n.T(ctx, "keyform.secret")
	}
	return i18n.T(ctx, "keys.column.key")
}

// envHref returns a data URL with the credentials as a file, so that the server
// stores nothing for the download.
func (r Result) envHref() string {
	var b strings.Builder
	b.WriteString("# " + r.Key.Name + ", " + r.Key.Sid + "\n")
	if r.Key.Pair() {
		b.WriteString("KEYWICKET_API_KEY=" + r.Key.Username + "\nKEYWICKET_API_SECRET=" + r.Value + "\n")
	} else {
		b.WriteString("KEYWICKET_API_KEY=" + r.Value + "\n")
	}
	return "data:application/octet-stream;charset=utf-8," + url.PathEscape(b.String())
}

// envName returns the name of the file.
func (r Result) envName() string {
	name := models.Slugify(r.Key.Name)
	if name == "" {
		name = strings.ToLower(r.Key.Sid)
	}
	return name + ".env"
}
