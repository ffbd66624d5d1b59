package signin

import (
	"context"
	"errors"
	"net/http"

	"keywicket/handlers/page"

	view "keywicket/views/signin"

	"keywicket/models"
	"keywicket/web"

	"github.com/a-h/templ"
)

// signInStore lists the store methods for signing in and out.
type signInStore interface {
	// OwnerExists reports whether the installation has an owner.
	OwnerExists(ctx context.Context) (bool, error)
	// UserByEmail returns the user with the e-mail, or an error of
	// CodeNotFound.
	UserByEmail(ctx context.Context, email string) (models.User, error)
	// User returns the user's current state.
	User(ctx context.Context, id int64) (models.User, error)
	// RecordFailedSignIn records a failed attempt to sign in as the user. A
	// user without an ID stands for an e-mail that is not registered.
	RecordFailedSignIn(ctx context.Context, ip string, user models.User) error
	// CountAttempt counts an attempt, or returns an error of CodeTooMany when
	// the limit is reached.
	CountAttempt(ctx context.Context, counts []models.AttemptCount) error
	// RefundAttempt takes back an attempt that succeeded.
	RefundAttempt(ctx context.Context, counts []models.AttemptCount) error
	// KnowsDevice reports whether the user has signed in before in the browser
	// with the token.
	KnowsDevice(userID int64, token string) bool
	signInSteps
	// TakeSecondFactor uses up a code of the user's authenticator app or a
	// recovery code. For a wrong code it returns an error of CodeInvalid.
	TakeSecondFactor(ctx context.Context, who models.Actor, userID int64, code string) error
	// UpdateProfile changes the actor's name, language and theme.
	UpdateProfile(ctx context.Context, who models.Actor, change func(*models.User)) error
}

// signInHandlers serves the sign-in pages, signing out, and the choice of
// language and theme.
type signInHandlers struct {
	store     signInStore
	passwords page.Passwords
	sso       SSO  // nil if none is configured
	passkey   bool // whether this address allows passkeys
	mail      bool // whether a forgotten password can be reset by mail
}

// newSignIn returns the handlers with what they need of d.
func newSignIn(d Deps) signInHandlers {
	return signInHandlers{d.Store, d.Passwords, d.SSO, d.Passkeys != nil, d.Mail != nil}
}

// signInForm returns the empty sign-in form.
func (h signInHandlers) signInForm(next string) view.Form {
	form := view.Form{Next: next, Passkey: h.passkey, Mail: h.mail}
	if h.sso != nil {
		form.SSO = h.sso.Name()
	}
	return form
}

// signInRoutes returns the routes of signing in and out.
func signInRoutes(d Deps) []web.Route {
	h := newSignIn(d)
	return []web.Route{
		web.Get("/login", "login.form", web.Public(), h.form),
		web.Post("/login", "login", web.Public(), h.signIn),
		web.Get("/login/code", "login.code.form", web.Public(), h.codeForm),
		web.Post("/login/code", "login.code", web.Public(), h.code),
		web.Post("/logout", "logout", web.Public(), h.signOut),
		web.Post("/preferences", "preferences", web.Public(), h.preferences),
	}
}

// form answers with the sign-in page. Somebody who is signed in is redirected.
func (h signInHandlers) form(c *web.Context) error {
	next := web.LocalPath(c.QueryParam("next"))
	if c.User.ID != 0 {
		return c.Goto(next)
	}
	if exists, err := h.store.OwnerExists(c.Ctx()); err != nil || !exists {
		if err != nil {
			return err
		}
		return c.Page(http.StatusOK, view.SetupGone(c.Bare(c.T("auth.setup.title")), false))
	}
	form := h.signInForm(next)
	switch {
	case c.QueryParam("expired") != "":
		form.Note = c.T("auth.login.expired")
	case c.QueryParam("out") != "":
		form.Note = c.T("auth.login.out")
	case c.QueryParam("reset") != "":
		form.Note = c.T("people.reset.done")
	case c.QueryParam("late") != "":
		form.Note = c.T("signin.code.late")
	}
	return c.Page(http.StatusOK, view.Page(c.Bare(c.T("auth.login.title")), form))
}

// signIn signs a user in by e-mail and password, or asks for the second factor.
func (h signInHandlers) signIn(c *web.Context) error {
	form := h.signInForm(web.LocalPath(c.Value("next")))
	form.Email = c.Value("email")
	user, err := h.verify(c, form.Email, c.Value("password"))
	if err == nil && user.TOTPSince != nil {
		return h.askCode(c, user, form.Next)
	}
	if err == nil {
		err = c.SignIn(user, "")
	}
	if err != nil {
		return c.Invalid(err, func(e web.FieldErrors) (full, fragment templ.Component) {
			form.Errors = e
			return view.Page(c.Bare(c.T("auth.login.title")), form), nil
		})
	}
	return c.Goto(form.Next)
}

// verify returns the user with the e-mail and the password. An unknown user
// costs the same steps, the same time and the same words as a wrong password.
// The attempt is counted before anything is compared.
func (h signInHandlers) verify(c *web.Context, typed, password string) (models.User, error) {
	email, err := models.SignInEmail(typed)
	if err != nil {
		return models.User{}, err
	}
	if password == "" {
		return models.User{}, models.Refuse(models.CodeInvalid, "password", "errors.password.required")
	}
	user, err := h.store.UserByEmail(c.Ctx(), typed)
	if err != nil && models.CodeOf(err) != models.CodeNotFound {
		return models.User{}, err
	}
	attempts := h.attempts(c, user, models.SignInAttempts(email, c.Actor.IP))
	if err := h.store.CountAttempt(c.Ctx(), attempts); err != nil {
		return models.User{}, err
	}
	right, err := h.passwords.Verify(c.Ctx(), user.PasswordHash, password)
	if err != nil { // it was not tried
		return models.User{}, errors.Join(err, h.store.RefundAttempt(c.Ctx(), attempts))
	}
	if !right || user.DisabledAt != nil {
		if user.ID == 0 {
			user.Email = email
		}
		if err := h.store.RecordFailedSignIn(c.Ctx(), c.Actor.IP, user); err != nil {
			return models.User{}, err
		}
		return models.User{}, models.Refuse(models.CodeInvalid, "", "errors.login.wrong")
	}
	return user, h.store.RefundAttempt(c.Ctx(), attempts)
}

// attempts returns the counters for an attempt to sign in as the user. A
// browser in which the user has signed in before has its own counter, which
// strangers cannot use up. In any other browser, others count.
func (h signInHandlers) attempts(c *web.Context, user models.User, others []models.AttemptCount) []models.AttemptCount {
	if device := c.Device(); h.store.KnowsDevice(user.ID, device) {
		return models.DeviceAttempts(user.ID, device)
	}
	return others
}

// signOut ends the session.
func (h signInHandlers) signOut(c *web.Context) error {
	if c.User.ID == 0 {
		return c.Goto("/login")
	}
	if err := c.SignOut(); err != nil {
		return err
	}
	return c.Goto("/login?out=1")
}

// preferences stores a choice of language or theme: in the user's profile, or
// in a visitor's browser. Fields that the form does not contain stay as they
// are.
func (h signInHandlers) preferences(c *web.Context) error {
	sent := c.Request().PostForm
	language, theme := page.KnownLanguage(c.Value("language")), web.ValidTheme(c.Value("theme"))
	if sent.Has("language") {
		c.RememberLanguage(language)
	}
	if sent.Has("theme") {
		c.RememberTheme(theme)
	}
	if c.User.ID != 0 {
		err := h.store.UpdateProfile(c.Ctx(), c.Actor, func(u *models.User) {
			if sent.Has("language") {
				u.Language = language
			}
			if sent.Has("theme") {
				u.Theme = theme
			}
		})
		if err != nil {
			return err
		}
	}
	return c.Goto(web.LocalPath(c.Value("next")))
}
