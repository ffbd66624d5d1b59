// Package signin draws the pages of set-up, sign-in, re-authentication and
// forgotten passwords, and the user's own profile.
package signin

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"

	"github.com/a-h/templ"
	"rsc.io/qr"
)

// Reauth asks a signed-in user to authenticate again. It never contains what
// was typed.
type Reauth struct {
	Next    string // the page to return to
	TOTP    bool   // a code of the authenticator app is accepted too
	Passkey bool   // the user has a passkey
	SSO     string // name of the provider at which the user can re-authenticate; "" for none
	Page    bool   // on a page of its own
	Errors  map[string]string
}

// dialog returns the params of the dialog.
func (m Reauth) dialog(ctx context.Context) ui.DialogParams {
	return ui.DialogParams{
		ID: "reauth-dialog", Title: i18n.T(ctx, "signin.reauth.title"), Description: i18n.T(ctx, "signin.reauth.about"),
		Show: true, Page: m.Page, Action: "/reauth", CloseHref: m.Next,
		Attrs:  templ.Attributes{"hx-post": "/reauth", "hx-target": "#reauth", "hx-swap": "innerHTML"},
		Submit: ui.ButtonParams{Label: i18n.T(ctx, "signin.reauth.submit")},
	}
}

// label returns the label of the field, for a code or a password.
func (m Reauth) label(ctx context.Context) string {
	if m.TOTP {
		return i18n.T(ctx, "signin.reauth.either")
	}
	return i18n.T(ctx, "auth.password")
}

// TOTP is the state of a user's authenticator app.
type TOTP struct {
	Since *time.Time   // nil without an app
	Codes []*time.Time // recovery codes: when each was used, nil for those that were not
}

// left returns the number of unused recovery codes.
func (m TOTP) left() int {
	n := 0
	for _, used := range m.Codes {
		if used == nil {
			n++
		}
	}
	return n
}

// codesTone returns a warning tone if few codes are left.
func (m TOTP) codesTone() ui.Tone {
	switch n := m.left(); {
	case n == 0:
		return ui.Bad
	case n <= 3:
		return ui.Warn
	default:
		return ui.Neutral
	}
}

// totpPost makes htmx submit a form of the section with the authenticator app.
func totpPost(path string) templ.Attributes {
	return templ.Attributes{"hx-post": path, "hx-target": "#dialog", "hx-swap": "innerHTML"}
}

// TOTPSetup is the secret of an authenticator app. It is shown during the
// set-up and never again.
type TOTPSetup struct {
	Secret string
	Page   bool
	Errors map[string]string

	path string // of the QR code's dark modules
	size int    // of the picture, with the quiet zone
}

// quiet is the width of the empty border that a QR code needs, in modules.
const quiet = 4

// NewTOTPSetup returns the set-up with the QR code of address, an otpauth URI.
func NewTOTPSetup(address, secret string) (TOTPSetup, error) {
	m := TOTPSetup{Secret: secret}
	code, err := qr.Encode(address, qr.M)
	if err != nil {
		return m, fmt.Errorf("draw a QR code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	m.path, m.size = path.String(), code.Size+2*quiet
	return m, nil
}

// viewBox returns the viewBox of the QR code.
func (m TOTPSetup) viewBox() string { return fmt.Sprintf("0 0 %d %d", m.size, m.size) }

// grouped returns the secret in groups of four characters, as apps show it.
func (m TOTPSetup) grouped() string {
	var out strings.Builder
	for i, r := range m.Secret {
		if i > 0 && i%4 == 0 {
			out.WriteByte(' ')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// dialog returns the params of the dialog.
func (m TOTPSetup) dialog(ctx context.Context) ui.DialogParams {
	return ui.DialogParams{
		ID: "totp-setup", Title: i18n.T(ctx, "signin.totp.setup"), Description: i18n.T(ctx, "signin.totp.setup.about"),
		Show: true, Page: m.Page, Action: "/profile/totp/confirm", CloseHref: "/profile", Attrs: totpPost("/profile/totp/confirm"),
		Submit: ui.ButtonParams{Label: i18n.T(ctx, "signin.totp.confirm")},
	}
}

// RecoveryCodes are new recovery codes. They are shown once.
type RecoveryCodes struct {
	Title string
	Codes []string
	Email string
	Page  bool
}

// dialog returns the params of the dialog.
func (m RecoveryCodes) dialog(ctx context.Context) ui.DialogParams {
	return ui.DialogParams{
		ID: "recovery-codes", Title: m.Title, Description: i18n.T(ctx, "signin.codes.about"),
		Show: true, Page: m.Page, Once: true, CloseHref: "/profile",
	}
}

// text returns the codes, one per line.
func (m RecoveryCodes) text() string { return strings.Join(m.Codes, "\n") }

// file returns a data URL with the codes as a text file, so that the server
// stores nothing for the download.
func (m RecoveryCodes) file(ctx context.Context) templ.SafeURL {
	text := i18n.T(ctx, "common.product") + " · " + m.Email + "\n\n" + m.text() + "\n"
	return templ.SafeURL("data:text/plain;charset=utf-8," + url.PathEscape(text))
}

// ssoHref returns the address that starts single sign-on.
func (f Form) ssoHref() string { return "/login/sso?" + url.Values{"next": {f.Next}}.Encode() }

// ssoHref returns the address that starts re-authentication at the provider.
func (m Reauth) ssoHref() string {
	return "/login/sso?" + url.Values{"next": {m.Next}, "again": {"1"}}.Encode()
}

// Passkeys is the section with the user's passkeys.
type Passkeys struct {
	List     []models.Passkey
	Possible bool   // the console's address allows them
	Name     string // of the next one
	Errors   map[string]string
}

// passkeyPath returns the address that removes a passkey.
func passkeyPath(p models.Passkey) string {
	return "/profile/passkeys/" + strconv.FormatInt(p.ID, 10) + "/remove"
}

// passkeyDialog returns the id of the dialog that asks before a passkey is
// removed.
func passkeyDialog(p models.Passkey) string { return "passkey-" + strconv.FormatInt(p.ID, 10) }

// passkeyButton returns a button that starts a ceremony. Script requests the
// challenge from begin.
func passkeyButton(ctx context.Context, begin, label string, check bool) ui.ButtonParams {
	attrs := templ.Attributes{"data-passkey": begin, "data-refused": i18n.T(ctx, "signin.passkeys.refused"), "data-have": i18n.T(ctx, "signin.passkeys.have")}
	if check {
		attrs["data-check"] = "1"
	}
	return ui.ButtonParams{Label: label, Icon: "fingerprint", Type: "button", Attrs: attrs}
}
