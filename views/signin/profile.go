package signin

import (
	"context"
	"time"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"

	"github.com/a-h/templ"
)

// Profile is the user's own page.
type Profile struct {
	Name     string
	Email    string
	Language string // "" for the browser's
	Theme    string // "" for the system's
	TOTP     TOTP
	Passkeys Passkeys
	Sessions []SessionLine
	Errors   map[string]string
	Stored   string // the stored name: what the form was made from
}

// version returns the version of the name that the form was made from.
func (m Profile) version() string { return string(models.NameSection(m.Stored).Version()) }

// SessionLine is one browser in which the user is signed in.
type SessionLine struct {
	ID      string // of the row; not the cookie's token
	Device  string // "Firefox · Windows"; "" when unknown
	IP      string // "" when unknown
	Since   time.Time
	Seen    time.Time
	Current bool // the browser that requests the page
}

// endSessionPath returns the address that ends a session.
func endSessionPath(s SessionLine) string { return "/profile/sessions/" + s.ID + "/end" }

// endSessionAttrs makes htmx end the session in place.
func endSessionAttrs(s SessionLine) templ.Attributes {
	return templ.Attributes{"hx-post": endSessionPath(s), "hx-target": "#sessions", "hx-swap": "outerHTML"}
}

// themeOptions returns the themes as options, the system's first.
func themeOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Label: i18n.T(ctx, "common.theme.system")}}
	for _, theme := range models.Themes() {
		options = append(options, ui.Option{Value: theme, Label: themeName(ctx, theme)})
	}
	return options
}

// themeName returns the words for a theme.
func themeName(ctx context.Context, theme string) string {
	if theme == models.ThemeDark {
		return i18n.T(ctx, "common.theme.dark")
	}
	return i18n.T(ctx, "common.theme.light")
}

// named returns text, or unknown's translation if text is "".
func named(ctx context.Context, text, unknown string) string {
	if text == "" {
		return i18n.T(ctx, unknown)
	}
	return text
}
