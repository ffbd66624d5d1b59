package handlers

import (
	"context"
	"errors"
	"net/http"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"

	"github.com/a-h/templ"
)

// proofStore is what asking again needs of the store.
type proofStore interface {
	userRecorder
	// TakeSecondFactor takes a code of the person's authenticator app, or a
	// recovery code, once. CodeInvalid says that it is none.
	TakeSecondFactor(ctx context.Context, who models.Actor, userID int64, code string) error
	// Linked says whether the person is known at an OpenID provider.
	Linked(ctx context.Context, userID int64) (bool, error)
	// TakeGuess counts a try, and refuses one too many with CodeTooMany.
	TakeGuess(ctx context.Context, counts []models.AttemptCount) error
	// ForgiveGuess takes back the try of somebody who got it right.
	ForgiveGuess(ctx context.Context, counts []models.AttemptCount) error
}

// proofHandlers ask somebody who is signed in to prove again who they are,
// before something that a found laptop should not be enough for.
type proofHandlers struct {
	store     proofStore
	passwords Passwords
	sso       SSO
	passkeys  passkeyUse
}

func proofRoutes(d Deps) []web.Route {
	h := proofHandlers{d.Store, d.Passwords, d.SSO, passkeyUse{d.Store, d.Passkeys}}
	return []web.Route{
		web.Get(web.ProofPath, "proof.form", web.SignedIn(), h.form),
		web.Post(web.ProofPath, "proof", web.SignedIn(), h.prove),
	}
}

// proofHeader tells script whether an answer asks for a proof ("needed"), or
// that it was given, so that what waited for it can be pressed once more.
const proofHeader = "Keywicket-Proof"

func (h proofHandlers) form(c *web.Context) error {
	m, err := h.model(c, c.QueryParam("next"))
	if err != nil {
		return err
	}
	return c.Render(h.ask(c, m))
}

// model says by what the person can prove who they are.
func (h proofHandlers) model(c *web.Context, next string) (views.Proof, error) {
	m := views.Proof{Next: web.LocalPath(next), TOTP: c.User.TOTPSince != nil}
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
func (h proofHandlers) ask(c *web.Context, m views.Proof) (page, fragment templ.Component) {
	if c.WantsFragment() {
		head := c.Response().Header()
		head.Set(proofHeader, "needed")
		head.Set("HX-Retarget", "#proof")
		head.Set("HX-Reswap", "innerHTML")
	}
	title := c.T("signin.proof.title")
	asPage := m
	asPage.Page = true
	return framed(func() templ.Component {
		return views.Framed(c.Chrome(title, "", ui.Crumb{Label: title}), views.ProofDialog(asPage))
	}), views.ProofDialog(m)
}

func (h proofHandlers) prove(c *web.Context) error {
	m, err := h.model(c, c.Value("next"))
	if err != nil {
		return err
	}
	err = h.check(c)
	if err == nil {
		err = c.Proved()
	}
	if err != nil {
		return c.Invalid(err, func(e web.FieldErrors) (page, fragment templ.Component) {
			m.Errors = e
			return h.ask(c, m)
		})
	}
	if c.WantsFragment() {
		c.Response().Header().Set(proofHeader, "given")
		return c.NoContent(http.StatusNoContent)
	}
	return c.Goto(m.Next)
}

// check compares what was typed. The tries are those of the session, and a
// wrong answer is audited.
func (h proofHandlers) check(c *web.Context) error {
	typed := c.Value("proof")
	if c.Value("answer") == "" && typed == "" {
		return models.Errorf(models.CodeInvalid, "proof", "errors.password.required")
	}
	if err := h.store.TakeGuess(c.Ctx(), models.SessionAttempts(c.Actor)); err != nil {
		return err
	}
	right, err := h.right(c, typed)
	switch {
	case models.CodeOf(err) == models.CodeUnavailable: // it was not tried
		return errors.Join(err, h.store.ForgiveGuess(c.Ctx(), models.SessionAttempts(c.Actor)))
	case err != nil:
		return err
	}
	if !right {
		if err := recordWrong(c, h.store, ""); err != nil {
			return err
		}
		return h.wrong(c)
	}
	return h.store.ForgiveGuess(c.Ctx(), models.SessionAttempts(c.Actor))
}

// right says whether the answer is of the person's passkey, a code of their
// authenticator app, where they have one, or their password.
func (h proofHandlers) right(c *web.Context, typed string) (bool, error) {
	if c.Value("answer") != "" {
		user, err := h.passkeys.take(c, models.SignInProof)
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
func (h proofHandlers) wrong(c *web.Context) error {
	switch {
	case c.Value("answer") != "":
		return models.Errorf(models.CodeInvalid, "", "errors.passkey.wrong")
	case c.User.TOTPSince != nil:
		return models.Errorf(models.CodeInvalid, "proof", "errors.proof.wrong")
	default:
		return models.Errorf(models.CodeInvalid, "proof", "errors.password.wrong")
	}
}
