package signin

import (
	"context"
	"net/http"

	"keywicket/handlers/page"

	view "keywicket/views/signin"

	"keywicket/models"
	"keywicket/web"
	"keywicket/web/mail"

	"github.com/a-h/templ"
)

// forgotStore lists the store methods for resetting a forgotten password.
type forgotStore interface {
	// TakeReset counts a request for a reset mail, or returns an error of
	// CodeTooMany when the limit is reached.
	TakeReset(ctx context.Context, email, ip string) error
	// NewPasswordReset returns the user with the e-mail and a token for their
	// reset link, or an error of CodeNotFound.
	NewPasswordReset(ctx context.Context, who models.Actor, email string) (models.User, string, error)
	// PasswordReset returns the user whose password the link resets, or an
	// error of CodeNotFound.
	PasswordReset(ctx context.Context, token string) (models.User, error)
	// Passkeys returns a user's passkeys.
	Passkeys(ctx context.Context, userID int64) ([]models.Passkey, error)
	// UsePasswordReset sets the new password, uses up the link, and returns
	// what the reset ended.
	UsePasswordReset(ctx context.Context, who models.Actor, token, passwordHash string) (models.ResetOutcome, error)
}

// forgotHandlers serves the pages for a forgotten password.
type forgotHandlers struct {
	store     forgotStore
	passwords page.Passwords
	mail      mail.Sender // nil if none is configured
	later     func(func(context.Context) error)
	base      string
}

// forgotRoutes returns the routes for a forgotten password.
func forgotRoutes(d Deps) []web.Route {
	h := forgotHandlers{d.Store, d.Passwords, d.Mail, d.Later, d.BaseURL}
	return []web.Route{
		web.Get("/forgot", "forgot.form", web.Public(), h.form),
		web.Post("/forgot", "forgot", web.Public(), h.ask),
		web.Get("/reset/:token", "reset.form", web.Public(), h.resetForm),
		web.Post("/reset/:token", "reset", web.Public(), h.reset),
	}
}

// form answers with the page that asks for the e-mail address.
func (h forgotHandlers) form(c *web.Context) error {
	return c.Page(http.StatusOK, h.page(c, view.ForgotForm{}))
}

// page returns the page that asks for the e-mail address.
func (h forgotHandlers) page(c *web.Context, f view.ForgotForm) templ.Component {
	f.Mail = h.mail != nil
	return view.ForgotPage(c.Bare(c.T("people.forgot.title")), f)
}

// ask answers that a link will be sent if the user exists. The user is looked
// up later, so that neither the words nor the time of the answer reveal who is
// registered.
func (h forgotHandlers) ask(c *web.Context) error {
	form := view.ForgotForm{Email: c.Value("email")}
	if h.mail == nil {
		return c.Page(http.StatusOK, h.page(c, form))
	}
	email, err := models.SignInEmail(form.Email)
	if err == nil {
		err = h.store.TakeReset(c.Ctx(), email, c.Actor.IP)
	}
	if err != nil {
		return c.Invalid(err, func(e web.FieldErrors) (full, fragment templ.Component) {
			form.Errors = e
			return h.page(c, form), nil
		})
	}
	who, typed, lang := models.Actor{IP: c.Actor.IP}, form.Email, c.InLanguage
	h.later(func(ctx context.Context) error { return h.send(ctx, who, typed, lang) })
	form.Asked = true
	return c.Page(http.StatusOK, h.page(c, form))
}

// send creates the link and mails it, in the user's language or else in the
// language of the page.
func (h forgotHandlers) send(ctx context.Context, who models.Actor, email string, speak func(context.Context, string) web.Words) error {
	user, token, err := h.store.NewPasswordReset(ctx, who, email)
	if models.CodeOf(err) == models.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	words := speak(ctx, user.Language)
	kv := []any{"Name", user.Name, "Link", h.base + "/reset/" + token, "Email", user.Email}
	return h.mail.Send(ctx, mail.Message{To: user.Email, Subject: words("people.mail.reset.subject"), Text: words("people.mail.reset", kv...) + "\n"})
}

// openReset returns the user of the link, and the form that shows what a reset
// will end.
func (h forgotHandlers) openReset(c *web.Context) (models.User, view.ResetForm, error) {
	user, err := h.store.PasswordReset(c.Ctx(), c.Param("token"))
	if err != nil {
		return user, view.ResetForm{}, err
	}
	passkeys, err := h.store.Passkeys(c.Ctx(), user.ID)
	return user, view.ResetForm{
		Token: c.Param("token"), Email: user.Email, Passkeys: len(passkeys), TOTP: user.TOTPSince != nil,
	}, err
}

// resetForm answers with the page that asks for the new password.
func (h forgotHandlers) resetForm(c *web.Context) error {
	_, form, err := h.openReset(c)
	if err != nil {
		return h.gone(c, err)
	}
	return c.Page(http.StatusOK, h.resetPage(c, form))
}

// resetPage returns the page that asks for the new password.
func (h forgotHandlers) resetPage(c *web.Context, f view.ResetForm) templ.Component {
	return view.ResetPage(c.Bare(c.T("people.reset.title")), f)
}

// gone answers a link that is used, expired or unknown. It returns errors other
// than CodeNotFound.
func (h forgotHandlers) gone(c *web.Context, err error) error {
	if models.CodeOf(err) != models.CodeNotFound {
		return err
	}
	return c.Page(http.StatusNotFound, view.ResetGone(c.Bare(c.T("people.reset.gone"))))
}

// reset sets the new password.
func (h forgotHandlers) reset(c *web.Context) error {
	user, form, err := h.openReset(c)
	if err != nil {
		return h.gone(c, err)
	}
	out, err := h.change(c, user)
	if models.CodeOf(err) == models.CodeNotFound {
		return h.gone(c, err)
	}
	if err != nil {
		return c.Invalid(err, func(e web.FieldErrors) (full, fragment templ.Component) {
			form.Errors = e
			return h.resetPage(c, form), nil
		})
	}
	h.confirm(c, out)
	return c.Goto("/login?reset=1")
}

// change checks and hashes the new password, and returns what the reset ended.
func (h forgotHandlers) change(c *web.Context, user models.User) (models.ResetOutcome, error) {
	if err := page.NewPassword(c, user.Name, user.Email); err != nil {
		return models.ResetOutcome{}, err
	}
	hash, err := h.passwords.Hash(c.Ctx(), c.Value("password"))
	if err != nil {
		return models.ResetOutcome{}, err
	}
	return h.store.UsePasswordReset(c.Ctx(), models.Actor{IP: c.Actor.IP}, c.Param("token"), hash)
}

// confirm mails the user what the reset ended, because somebody else may have
// used the link.
func (h forgotHandlers) confirm(c *web.Context, out models.ResetOutcome) {
	if h.mail == nil {
		return
	}
	user, speak := out.User, c.InLanguage
	kv := []any{"Name", user.Name, "Email", user.Email, "Sessions", out.Sessions, "Passkeys", len(out.Passkeys)}
	h.later(func(ctx context.Context) error {
		words := speak(ctx, user.Language)
		return h.mail.Send(ctx, mail.Message{To: user.Email, Subject: words("people.mail.changed.subject"), Text: words("people.mail.changed", kv...) + "\n"})
	})
}
