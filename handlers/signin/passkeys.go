package signin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"keywicket/handlers/page"

	view "keywicket/views/signin"

	"keywicket/models"
	"keywicket/web"
	"keywicket/web/passkey"

	"github.com/a-h/templ"
)

// passkeyStore lists the store methods for passkeys.
type passkeyStore interface {
	// SealChallenge returns a token that contains the step and is valid for
	// ttl.
	SealChallenge(step models.SignInStep, ttl time.Duration) (string, error)
	// OpenChallenge returns the step in a token, or an error of CodeNotFound if
	// the token is expired or forged.
	OpenChallenge(purpose models.SignInPurpose, token string) (models.SignInStep, error)
	// SpendChallenge uses up a token, or returns an error of CodeNotFound if it
	// was used before.
	SpendChallenge(ctx context.Context, token string) error
	// Passkeys returns a user's passkeys.
	Passkeys(ctx context.Context, userID int64) ([]models.Passkey, error)
	// PasskeyUser returns the user of a passkey, or an error of CodeNotFound.
	PasskeyUser(ctx context.Context, credentialID []byte) (models.User, error)
	// AddPasskey adds a passkey to the actor.
	AddPasskey(ctx context.Context, who models.Actor, p models.Passkey) error
	// UsePasskey stores the state of a passkey after its use.
	UsePasskey(ctx context.Context, p models.Passkey) error
	// RemovePasskey removes a passkey of the actor.
	RemovePasskey(ctx context.Context, who models.Actor, id int64) error
}

// passkeyHandlers serves sign-in by passkey and the user's own passkeys. Script
// submits the browser's response in the form fields "step" and "answer".
type passkeyHandlers struct {
	signInHandlers
	passkeys passkeyUse
}

// passkeyUse runs both halves of a passkey ceremony: the challenge and the
// response.
type passkeyUse struct {
	store passkeyStore
	web   *passkey.Ceremonies // nil if the console's address allows no passkeys
}

// passkeyRoutes returns the routes of passkeys.
func passkeyRoutes(d Deps) []web.Route {
	h := passkeyHandlers{newSignIn(d), passkeyUse{d.Store, d.Passkeys}}
	own := web.SignedIn().RequireReauth()
	return []web.Route{
		web.Post("/login/passkey/begin", "login.passkey.begin", web.Public(), h.beginSignIn),
		web.Post("/login/passkey", "login.passkey", web.Public(), h.signIn),
		web.Post("/reauth/passkey/begin", "reauth.passkey.begin", web.SignedIn(), h.beginReauth),
		web.Post("/profile/passkeys/begin", "profile.passkeys.begin", own, h.beginNew),
		web.Post("/profile/passkeys", "profile.passkeys.add", own, h.add),
		web.Post("/profile/passkeys/:id/remove", "profile.passkeys.remove", own, h.remove),
	}
}

// ceremonyStart is the JSON for script: the options for the browser, and the token to
// send back with its response.
type ceremonyStart struct {
	Step    string `json:"step"`
	Options any    `json:"options"`
}

// ask starts a ceremony. It seals the state into the token and stores nothing,
// so strangers may call it.
func (u passkeyUse) ask(c *web.Context, purpose models.SignInPurpose, begin func() (options any, state []byte, err error)) error {
	if u.web == nil {
		return models.Refuse(models.CodeNotFound, "", "errors.not_found")
	}
	options, state, err := begin()
	if err != nil {
		return err
	}
	token, err := u.store.SealChallenge(models.SignInStep{Purpose: purpose, UserID: c.User.ID, Data: state}, models.SignInTTL)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, ceremonyStart{Step: token, Options: options})
}

// errCeremonyOver returns the error of a ceremony that has expired or ended.
func errCeremonyOver() error {
	return models.Refuse(models.CodeInvalid, "", "errors.passkey.late")
}

// state returns the state that the ceremony began with.
func (u passkeyUse) state(c *web.Context, purpose models.SignInPurpose) ([]byte, error) {
	step, err := u.store.OpenChallenge(purpose, c.Value("step"))
	if models.CodeOf(err) == models.CodeNotFound || (err == nil && step.UserID != c.User.ID) || u.web == nil {
		return nil, errCeremonyOver()
	}
	return step.Data, err
}

// spend uses up the challenge after a valid response, so that it counts only
// once.
func (u passkeyUse) spend(c *web.Context) error {
	err := u.store.SpendChallenge(c.Ctx(), c.Value("step"))
	if models.CodeOf(err) == models.CodeNotFound {
		err = errCeremonyOver()
	}
	return err
}

// find returns a function that finds the user of a passkey, with all their
// passkeys.
func (u passkeyUse) find(ctx context.Context) passkey.Finder {
	return func(credentialID []byte) (models.User, []models.Passkey, error) {
		user, err := u.store.PasskeyUser(ctx, credentialID)
		if err != nil {
			return user, nil, err
		}
		all, err := u.store.Passkeys(ctx, user.ID)
		return user, all, err
	}
}

// take checks the browser's response and returns the user whose passkey signed
// it. For an invalid response it returns an error of CodeInvalid.
func (u passkeyUse) take(c *web.Context, purpose models.SignInPurpose) (models.User, error) {
	state, err := u.state(c, purpose)
	if err != nil {
		return models.User{}, err
	}
	user, used, err := u.web.Finish(state, c.Value("answer"), u.find(c.Ctx()))
	if errors.Is(err, passkey.ErrRefused) {
		c.Log("a passkey", err)
		return models.User{}, models.Refuse(models.CodeInvalid, "", "errors.passkey.wrong")
	}
	if err == nil {
		err = u.spend(c)
	}
	if err != nil {
		return models.User{}, err
	}
	return user, u.store.UsePasskey(c.Ctx(), used)
}

// beginSignIn starts a ceremony for signing in.
func (h passkeyHandlers) beginSignIn(c *web.Context) error {
	if c.User.ID != 0 {
		return c.Goto("/")
	}
	return h.passkeys.ask(c, models.SignInPasskey, func() (any, []byte, error) {
		return h.passkeys.web.Begin(models.User{}, nil)
	})
}

// signIn signs a user in by passkey. A passkey replaces password and code,
// because the device has verified the user.
func (h passkeyHandlers) signIn(c *web.Context) error {
	form := h.signInForm(web.LocalPath(c.Value("next")))
	user, err := h.passkeys.take(c, models.SignInPasskey)
	if err == nil && user.DisabledAt != nil {
		err = errors.Join(h.store.RecordFailedSignIn(c.Ctx(), c.Actor.IP, user), models.Refuse(models.CodeInvalid, "", "errors.passkey.wrong"))
	}
	if err == nil {
		err = c.SignIn(user, "passkey")
	}
	if err != nil {
		return c.Invalid(err, func(e web.FieldErrors) (full, fragment templ.Component) {
			form.Errors = e
			return view.Page(c.Bare(c.T("auth.login.title")), form), nil
		})
	}
	return c.Goto(form.Next)
}

// beginReauth starts a ceremony for re-authentication.
func (h passkeyHandlers) beginReauth(c *web.Context) error {
	have, err := h.passkeys.store.Passkeys(c.Ctx(), c.User.ID)
	if err != nil {
		return err
	}
	if len(have) == 0 {
		return models.Refuse(models.CodeNotFound, "", "errors.passkey.not_found")
	}
	return h.passkeys.ask(c, models.SignInReauth, func() (any, []byte, error) {
		return h.passkeys.web.Begin(c.User, have)
	})
}

// beginNew starts the creation of a passkey.
func (h passkeyHandlers) beginNew(c *web.Context) error {
	have, err := h.passkeys.store.Passkeys(c.Ctx(), c.User.ID)
	if err != nil {
		return err
	}
	return h.passkeys.ask(c, models.SignInPasskeyNew, func() (any, []byte, error) {
		return h.passkeys.web.BeginNew(c.User, have)
	})
}

// model returns the view model of the user's passkeys.
func (u passkeyUse) model(c *web.Context) (view.Passkeys, error) {
	all, err := u.store.Passkeys(c.Ctx(), c.User.ID)
	return view.Passkeys{List: all, Possible: u.web != nil, Name: device(c.Request().UserAgent())}, err
}

// add adds the passkey that the browser created.
func (h passkeyHandlers) add(c *web.Context) error {
	err := h.keep(c)
	m, failed := h.passkeys.model(c)
	if failed != nil {
		return failed
	}
	if err == nil {
		return c.Done("/profile", c.T("signin.passkeys.added"), view.ProfilePasskeys(m))
	}
	words, ok := c.FieldErrors(err)
	if !ok {
		return err
	}
	m.Errors, m.Name = words, c.Value("name")
	if c.WantsFragment() {
		return c.Page(http.StatusUnprocessableEntity, view.ProfilePasskeys(m))
	}
	return err
}

// keep checks the browser's response and stores the new passkey.
func (h passkeyHandlers) keep(c *web.Context) error {
	if _, err := models.CleanName("name", c.Value("name"), true); err != nil {
		return err
	}
	state, err := h.passkeys.state(c, models.SignInPasskeyNew)
	if err != nil {
		return err
	}
	made, err := h.passkeys.web.FinishNew(c.User, state, c.Value("answer"))
	if errors.Is(err, passkey.ErrRefused) {
		c.Log("a new passkey", err)
		return models.Refuse(models.CodeInvalid, "", "errors.passkey.wrong")
	}
	if err == nil {
		err = h.passkeys.spend(c)
	}
	if err != nil {
		return err
	}
	made.Name = c.Value("name")
	return h.passkeys.store.AddPasskey(c.Ctx(), c.Actor, made)
}

// remove removes one of the user's passkeys.
func (h passkeyHandlers) remove(c *web.Context) error {
	n, err := page.ID(c, "errors.passkey.not_found")
	if err != nil {
		return err
	}
	if err := h.passkeys.store.RemovePasskey(c.Ctx(), c.Actor, n); err != nil {
		return err
	}
	m, err := h.passkeys.model(c)
	if err != nil {
		return err
	}
	return c.Done("/profile", c.T("signin.passkeys.removed"), view.ProfilePasskeys(m))
}
