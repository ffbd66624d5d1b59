package signin

import (
	"context"
	"errors"
	"net/http"

	"keywicket/handlers/page"

	view "keywicket/views/signin"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"

	"github.com/a-h/templ"
)

// reauthStore lists the store methods for re-authentication.
type reauthStore interface {
	// RecordFailedReauth records a wrong answer in the actor's session; at
	// names the form that asked.
	RecordFailedReauth(ctx context.Context, who models.Actor, at string) error
	// TakeSecondFactor uses up a code of the user's authenticator app or a
	// recovery code. For a wrong code it returns an error of CodeInvalid.
	TakeSecondFactor(ctx context.Context, who models.Actor, userID int64, code string) error
	// Linked reports whether the user is linked to an OpenID provider.
	Linked(ctx context.Context, userID int64) (bool, error)
	// CountAttempt counts an attempt, or returns an error of CodeTooMany when
	// the limit is reached.
	CountAttempt(ctx context.Context, counts []models.AttemptCount) error
	// RefundAttempt takes back an attempt that succeeded.
	RefundAttempt(ctx context.Context, counts []models.AttemptCount) error
}

// reauthHandlers serves re-authentication: a signed-in user proves their
// identity again before an action that an unattended laptop must not allow.
type reauthHandlers struct {
	store     reauthStore
	passwords page.Passwords
	sso       SSO
	passkeys  passkeyUse
}

// reauthRoutes returns the routes of re-authentication.
func reauthRoutes(d Deps) []web.Route {
	h := reauthHandlers{d.Store, d.Passwords, d.SSO, passkeyUse{d.Store, d.Passkeys}}
	return []web.Route{
		web.Get(web.ReauthPath, "reauth.form", web.SignedIn(), h.form),
		web.Post(web.ReauthPath, "reauth", web.SignedIn(), h.prove),
	}
}

// reauthHeader is the header by which script learns that an answer asks for re-authentication
// ("needed"), or that it succeeded, so that script can repeat the action that
// was waiting.
const reauthHeader = "Keywicket-Reauth"

// form asks for re-authentication.
func (h reauthHandlers) form(c *web.Context) error {
	m, err := h.model(c, c.QueryParam("next"))
	if err != nil {
		return err
	}
	return c.Render(h.ask(c, m))
}

// model returns the ways in which the user can re-authenticate.
func (h reauthHandlers) model(c *web.Context, next string) (view.Reauth, error) {
	m := view.Reauth{Next: web.LocalPath(next), TOTP: c.User.TOTPSince != nil}
	if h.passkeys.web != nil {
		have, err := h.passkeys.store.Passkeys(c.Ctx(), c.User.ID)
		if err != nil {
			return m, err
		}
		m.Passkey = len(have) > 0
	}
	if h.sso == nil {
		return m, nil
	}
	linked, err := h.store.Linked(c.Ctx(), c.User.ID)
	if linked {
		m.SSO = h.sso.Name()
	}
	return m, err
}

// ask draws the question: as a page, or as a dialog over the page that the
// action was started on.
func (h reauthHandlers) ask(c *web.Context, m view.Reauth) (full, fragment templ.Component) {
	if c.WantsFragment() {
		head := c.Response().Header()
		head.Set(reauthHeader, "needed")
		head.Set("HX-Retarget", "#reauth")
		head.Set("HX-Reswap", "innerHTML")
	}
	title := c.T("signin.reauth.title")
	asPage := m
	asPage.Page = true
	return page.Framed(func() templ.Component {
		return views.Framed(c.Chrome(title, "", ui.Crumb{Label: title}), view.ReauthDialog(asPage))
	}), view.ReauthDialog(m)
}

// prove checks the answer and continues at the address that required it.
func (h reauthHandlers) prove(c *web.Context) error {
	m, err := h.model(c, c.Value("next"))
	if err != nil {
		return err
	}
	err = h.check(c)
	if err == nil {
		err = c.Reauthenticated(c.Now())
	}
	if err != nil {
		return c.Invalid(err, func(e web.FieldErrors) (full, fragment templ.Component) {
			m.Errors = e
			return h.ask(c, m)
		})
	}
	if c.WantsFragment() {
		c.Response().Header().Set(reauthHeader, "given")
		return c.NoContent(http.StatusNoContent)
	}
	return c.Goto(m.Next)
}

// check checks the answer. Attempts count for the session, and a wrong answer
// is recorded in the audit log.
func (h reauthHandlers) check(c *web.Context) error {
	typed := c.Value("reauth")
	if c.Value("answer") == "" && typed == "" {
		return models.Refuse(models.CodeInvalid, "reauth", "errors.password.required")
	}
	if err := h.store.CountAttempt(c.Ctx(), models.SessionAttempts(c.Actor)); err != nil {
		return err
	}
	right, err := h.right(c, typed)
	switch {
	case models.CodeOf(err) == models.CodeUnavailable: // it was not tried
		return errors.Join(err, h.store.RefundAttempt(c.Ctx(), models.SessionAttempts(c.Actor)))
	case err != nil:
		return err
	}
	if !right {
		if err := h.store.RecordFailedReauth(c.Ctx(), c.Actor, ""); err != nil {
			return err
		}
		return h.wrong(c)
	}
	return h.store.RefundAttempt(c.Ctx(), models.SessionAttempts(c.Actor))
}

// right reports whether the answer is a valid response of the user's passkey,
// their password or, if they have an authenticator app, a code. What looks like
// a code is checked only as a code.
func (h reauthHandlers) right(c *web.Context, typed string) (bool, error) {
	if c.Value("answer") != "" {
		user, err := h.passkeys.take(c, models.SignInReauth)
		if models.CodeOf(err) == models.CodeInvalid {
			return false, nil
		}
		return err == nil && user.ID == c.User.ID, err
	}
	if c.User.TOTPSince == nil || !secret.LooksLikeTOTP(typed) {
		return h.passwords.Verify(c.Ctx(), c.User.PasswordHash, typed)
	}
	err := h.store.TakeSecondFactor(c.Ctx(), c.Actor, c.User.ID, typed)
	if models.CodeOf(err) == models.CodeInvalid {
		return false, nil
	}
	return err == nil, err
}

// wrong returns the error for a wrong answer, with words for the kind of
// answer.
func (h reauthHandlers) wrong(c *web.Context) error {
	switch {
	case c.Value("answer") != "":
		return models.Refuse(models.CodeInvalid, "", "errors.passkey.wrong")
	case c.User.TOTPSince != nil:
		return models.Refuse(models.CodeInvalid, "reauth", "errors.reauth.wrong")
	default:
		return models.Refuse(models.CodeInvalid, "reauth", "errors.password.wrong")
	}
}
