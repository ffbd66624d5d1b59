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

// setupStore lists the store methods for set-up.
type setupStore interface {
	// OwnerExists reports whether the installation has an owner.
	OwnerExists(ctx context.Context) (bool, error)
	// SetupTokenValid reports whether the token of a set-up link can be used
	// now.
	SetupTokenValid(ctx context.Context, token string) (bool, error)
	// CreateOwner creates the first account and its owner, and uses up the
	// token. For a token that cannot be used, it returns an error of
	// CodeNotFound.
	CreateOwner(ctx context.Context, token string, o models.NewOwner) (models.User, models.Account, error)
}

// setupHandlers serves the page behind the set-up link.
type setupHandlers struct {
	store     setupStore
	passwords page.Passwords
}

// setupRoutes returns the routes of set-up.
func setupRoutes(d Deps) []web.Route {
	h := setupHandlers{d.Store, d.Passwords}
	return []web.Route{
		web.Get("/setup/:token", "setup.form", web.Public(), h.form),
		web.Post("/setup/:token", "setup.create", web.Public(), h.create),
	}
}

// form answers with the set-up page.
func (h setupHandlers) form(c *web.Context) error {
	if valid, err := h.store.SetupTokenValid(c.Ctx(), c.Param("token")); err != nil || !valid {
		return h.refuse(c, err)
	}
	form := view.SetupForm{Token: c.Param("token"), Preset: true, Language: c.Lang()}
	return c.Page(http.StatusOK, view.SetupPage(c.Bare(c.T("auth.setup.title")), form))
}

// refuse answers a link that is used, expired or unknown.
func (h setupHandlers) refuse(c *web.Context, err error) error {
	code := models.CodeOf(err)
	if err != nil && code != models.CodeNotFound && code != models.CodeConflict {
		return err
	}
	done, err := h.store.OwnerExists(c.Ctx())
	if err != nil {
		return err
	}
	return c.Page(http.StatusNotFound, view.SetupGone(c.Bare(c.T("auth.setup.title")), done))
}

// create creates the first account and its owner, and signs the owner in.
func (h setupHandlers) create(c *web.Context) error {
	// Check the link before hashing, so that callers without a link cannot make
	// the server hash.
	token := c.Param("token")
	if valid, err := h.store.SetupTokenValid(c.Ctx(), token); err != nil || !valid {
		return h.refuse(c, err)
	}
	form := view.SetupForm{
		Token: token, Account: c.Value("account"), Name: c.Value("name"), Email: c.Value("email"),
		Language: c.Value("language"), Preset: c.Checked("preset"),
	}
	owner, err := h.check(c, form)
	if err == nil {
		owner.PasswordHash, err = h.passwords.Hash(c.Ctx(), c.Value("password"))
	}
	if err != nil {
		return c.Invalid(err, func(e web.FieldErrors) (full, fragment templ.Component) {
			form.Errors = e
			return view.SetupPage(c.Bare(c.T("auth.setup.title")), form), nil
		})
	}
	user, account, err := h.store.CreateOwner(c.Ctx(), token, owner)
	if err != nil {
		return h.refuse(c, err)
	}
	if err := c.SignInNew(user); err != nil {
		return err
	}
	return c.Done("/a/"+account.Slug+"/keys", c.T("auth.setup.done", "Account", account.Name), nil)
}

// check returns what was typed, cleaned. Its error joins the errors of all
// fields.
func (h setupHandlers) check(c *web.Context, form view.SetupForm) (models.NewOwner, error) {
	owner, err := models.CheckOwner(models.NewOwner{
		AccountName: form.Account, Name: form.Name, Email: form.Email, Language: page.KnownLanguage(form.Language), Preset: form.Preset, IP: c.Actor.IP,
	})
	return owner, errors.Join(err, page.NewPassword(c, form.Account, form.Name, form.Email))
}
