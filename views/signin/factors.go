// Package signin draws the pages of setup, sign-in, re-authentication, forgotten
// passwords and a person's own profile.
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

// Reauth asks somebody who is signed in to prove again who they are. What was
// typed is never in it.
type Reauth struct {
	Next    string // the page to come back to
	TOTP    bool   // a code of their authenticator app is a proof too
	Passkey bool   // they have a passkey
	SSO     string // what people call the provider at which they may prove it; "" for none
	Page    bool   // on a page of its own
	Errors  map[string]string
}

func (m Reauth) dialog(ctx context.Context) ui.DialogParams {
	return ui.DialogParams{
		ID: "reauth-dialog", Title: i18n.T(ctx, "signin.reauth.title"), Description: i18n.T(ctx, "signin.reauth.about"),
		Show: true, Page: m.Page, Action: "/reauth", CloseHref: m.Next,
		Attrs:  templ.Attributes{"hx-post": "/reauth", "hx-target": "#reauth", "hx-swap": "innerHTML"},
		Submit: ui.ButtonParams{Label: i18n.T(ctx, "signin.reauth.submit")},
	}
}

func (m Reauth) label(ctx context.Context) string {
	if m.TOTP {
		return i18n.T(ctx, "signin.reauth.either")
	}
	return i18n.T(ctx, "auth.password")
}

// TOTP says how a person's authenticator app stands.
type TOTP struct {
	Since *time.Time   // nil without an app
	Codes []*time.Time // recovery codes: when each was used, nil for those that were not
}

// left counts the recovery codes that were not used.
func (m TOTP) left() int {
	n := 0
	for _, used := range m.Codes {
		if used == nil {
			n++
		}
	}
	return n
}

// codesTone warns when few codes are left.
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

func totpPost(path string) templ.Attributes {
	return templ.Attributes{"hx-post": path, "hx-target": "#dialog", "hx-swap": "innerHTML"}
}

// TOTPSetup is what an authenticator app has to know: shown while it is being
// set up, and never again.
type TOTPSetup struct {
	Secret string
	Page   bool
	Errors map[string]string

	path string // of the QR code's dark modules
	size int    // of the picture, with the quiet zone
}

// quiet is the width of the empty frame that a QR code needs.
const quiet = 4

// NewTOTPSetup draws the QR code for an address of the form otpauth://….
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

func (m TOTPSetup) viewBox() string { return fmt.Sprintf("0 0 %d %d", m.size, m.size) }

// grouped is the secret in groups of four, as apps show it.
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

func (m TOTPSetup) dialog(ctx context.Context) ui.DialogParams {
	return ui.DialogParams{
		ID: "totp-setup", Title: i18n.T(ctx, "signin.totp.setup"), Description: i18n.T(ctx, "signin.totp.setup.about"),
		Show: true, Page: m.Page, Action: "/profile/totp/confirm", CloseHref: "/profile", Attrs: totpPost("/profile/totp/confirm"),
		Submit: ui.ButtonParams{Label: i18n.T(ctx, "signin.totp.confirm")},
	}
}

// RecoveryCodes are shown once.
type RecoveryCodes struct {
	Title string
	Codes []string
	Email string
	Page  bool
}

func (m RecoveryCodes) dialog(ctx context.Context) ui.DialogParams {
	return ui.DialogParams{
		ID: "recovery-codes", Title: m.Title, Description: i18n.T(ctx, "signin.codes.about"),
		Show: true, Page: m.Page, Once: true, CloseHref: "/profile",
	}
}

func (m RecoveryCodes) text() string { return strings.Join(m.Codes, "\n") }

// file is the codes as a text file, in an address: nothing is kept for it.
func (m RecoveryCodes) file(ctx context.Context) templ.SafeURL {
	text := i18n.T(ctx, "common.product") + " · " + m.Email + "\n\n" + m.text() + "\n"
	return templ.SafeURL("data:text/plain;charset=utf-8," + url.PathEscape(text))
}

func (f Form) ssoHref() string { return "/login/sso?" + url.Values{"next": {f.Next}}.Encode() }

func (m Reauth) ssoHref() string {
	return "/login/sso?" + url.Values{"next": {m.Next}, "again": {"1"}}.Encode()
}

// Passkeys are a person's passkeys.
type Passkeys struct {
	List     []models.Passkey
	Possible bool   // the console's address allows them
	Name     string // of the next one
	Errors   map[string]string
}

func passkeyPath(p models.Passkey) string {
	return "/profile/passkeys/" + strconv.FormatInt(p.ID, 10) + "/remove"
}

func passkeyDialog(p models.Passkey) string { return "passkey-" + strconv.FormatInt(p.ID, 10) }

// passkeyButton starts a ceremony: script asks begin for a challenge.
func passkeyButton(ctx context.Context, begin, label string, check bool) ui.ButtonParams {
	attrs := templ.Attributes{"data-passkey": begin, "data-refused": i18n.T(ctx, "signin.passkeys.refused"), "data-have": i18n.T(ctx, "signin.passkeys.have")}
	if check {
		attrs["data-check"] = "1"
	}
	return ui.ButtonParams{Label: label, Icon: "fingerprint", Type: "button", Attrs: attrs}
}
