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

// reauthStore is what asking again needs of the store.
type reauthStore interface {
	// RecordFailedReauth records a wrong answer in the actor's session, and what
	// asked for it.
	RecordFailedReauth(ctx context.Context, who models.Actor, at string) error
	// TakeSecondFactor takes a code of the person's authenticator app, or a
	// recovery code, once. CodeInvalid says that it is none.
	TakeSecondFactor(ctx context.Context, who models.Actor, userID int64, code string) error
	// Linked says whether the person is known at an OpenID provider.
	Linked(ctx context.Context, userID int64) (bool, error)
	// CountAttempt counts a try, and refuses one too many with CodeTooMany.
	CountAttempt(ctx context.Context, counts []models.AttemptCount) error
	// RefundAttempt takes back the try of somebody who got it right.
	RefundAttempt(ctx context.Context, counts []models.AttemptCount) error
}

// reauthHandlers ask somebody who is signed in to prove again who they are,
// before something that a found laptop should not be enough for.
type reauthHandlers struct {
	store     reauthStore
	passwords page.Passwords
	sso       SSO
	passkeys  passkeyUse
}

func reauthRoutes(d Deps) []web.Route {
	h := reauthHandlers{d.Store, d.Passwords, d.SSO, passkeyUse{d.Store, d.Passkeys}}
	return []web.Route{
		web.Get(web.ReauthPath, "reauth.form", web.SignedIn(), h.form),
		web.Post(web.ReauthPath, "reauth", web.SignedIn(), h.prove),
	}
}

// reauthHeader tells script whether an answer asks for a proof ("needed"), or
// that it was given, so that what waited for it can be pressed once more.
const reauthHeader = "Keywicket-Reauth"

func (h reauthHandlers) form(c *web.Context) error {
	m, err := h.model(c, c.QueryParam("next"))
	if err != nil {
		return err
	}
	return c.Render(h.ask(c, m))
}

// model says by what the person can prove who they are.
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

// ask draws the question: a page, or a dialog over whatever was pressed.
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

// check compares what was typed. The tries are those of the session, and a
// wrong answer is audited.
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

// right says whether the answer is of the person's passkey, a code of their
// authenticator app, where they have one, or their password.
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

// wrong are the words for an answer that is none, beside what it was.
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
