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

// forgotStore is what a forgotten password needs of the store.
type forgotStore interface {
	// TakeReset counts a try to get a mail, and refuses one too many with
	// CodeTooMany.
	TakeReset(ctx context.Context, email, ip string) error
	// NewPasswordReset makes a link's token for the person with the e-mail, or
	// gives CodeNotFound.
	NewPasswordReset(ctx context.Context, who models.Actor, email string) (models.User, string, error)
	// PasswordReset returns whose password the link changes, or CodeNotFound.
	PasswordReset(ctx context.Context, token string) (models.User, error)
	// Passkeys returns a person's passkeys.
	Passkeys(ctx context.Context, userID int64) ([]models.Passkey, error)
	// UsePasswordReset keeps the new password, uses the link up, and returns
	// what the reset took away.
	UsePasswordReset(ctx context.Context, who models.Actor, token, passwordHash string) (models.ResetOutcome, error)
}

type forgotHandlers struct {
	store     forgotStore
	passwords page.Passwords
	mail      mail.Sender // nil where none is configured
	later     func(func(context.Context) error)
	base      string
}

func forgotRoutes(d Deps) []web.Route {
	h := forgotHandlers{d.Store, d.Passwords, d.Mail, d.Later, d.BaseURL}
	return []web.Route{
		web.Get("/forgot", "forgot.form", web.Public(), h.form),
		web.Post("/forgot", "forgot", web.Public(), h.ask),
		web.Get("/reset/:token", "reset.form", web.Public(), h.resetForm),
		web.Post("/reset/:token", "reset", web.Public(), h.reset),
	}
}

func (h forgotHandlers) form(c *web.Context) error {
	return c.Page(http.StatusOK, h.page(c, view.ForgotForm{}))
}

func (h forgotHandlers) page(c *web.Context, f view.ForgotForm) templ.Component {
	f.Mail = h.mail != nil
	return view.ForgotPage(c.Bare(c.T("people.forgot.title")), f)
}

// ask has the link sent, if there is such a person. The answer is given
// before anybody looks: neither its words nor its time tell.
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

// send makes the link and mails it, in the person's language or else in the
// one that the page was in.
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

// openReset finds whose link it is, and what the page says about them before
// anything changes.
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

func (h forgotHandlers) resetForm(c *web.Context) error {
	_, form, err := h.openReset(c)
	if err != nil {
		return h.gone(c, err)
	}
	return c.Page(http.StatusOK, h.resetPage(c, form))
}

func (h forgotHandlers) resetPage(c *web.Context, f view.ResetForm) templ.Component {
	return view.ResetPage(c.Bare(c.T("people.reset.title")), f)
}

func (h forgotHandlers) gone(c *web.Context, err error) error {
	if models.CodeOf(err) != models.CodeNotFound {
		return err
	}
	return c.Page(http.StatusNotFound, view.ResetGone(c.Bare(c.T("people.reset.gone"))))
}

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

// confirm mails the person what their new password took away: the link may have
// been used by somebody else.
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
