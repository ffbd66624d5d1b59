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

// passkeyStore is what passkeys need of the store.
type passkeyStore interface {
	// SealChallenge returns a token that holds a step for ttl.
	SealChallenge(step models.SignInStep, ttl time.Duration) (string, error)
	// OpenChallenge returns the step; CodeNotFound when it is over or forged.
	OpenChallenge(purpose models.SignInPurpose, token string) (models.SignInStep, error)
	// SpendChallenge uses the token up; CodeNotFound when it was used before.
	SpendChallenge(ctx context.Context, token string) error
	// Passkeys returns a person's passkeys.
	Passkeys(ctx context.Context, userID int64) ([]models.Passkey, error)
	// PasskeyUser returns whose passkey it is, or CodeNotFound.
	PasskeyUser(ctx context.Context, credentialID []byte) (models.User, error)
	// AddPasskey keeps a passkey of the actor's.
	AddPasskey(ctx context.Context, who models.Actor, p models.Passkey) error
	// UsePasskey keeps what a passkey became by its use.
	UsePasskey(ctx context.Context, p models.Passkey) error
	// RemovePasskey forgets a passkey of the actor's.
	RemovePasskey(ctx context.Context, who models.Actor, id int64) error
}

// passkeyHandlers let people in by passkey. Script brings the browser's answer
// in the fields "step" and "answer" of a form.
type passkeyHandlers struct {
	signInHandlers
	passkeys passkeyUse
}

// passkeyUse is both halves of what a browser does with a passkey.
type passkeyUse struct {
	store passkeyStore
	web   *passkey.Ceremonies // nil where the console's address allows none
}

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

// ceremonyStart is what script hands to the browser, and the token to bring back.
type ceremonyStart struct {
	Step    string `json:"step"`
	Options any    `json:"options"`
}

// ask seals the state of a ceremony into the token, and answers with what the
// browser has to know. Nothing is stored: strangers may ask.
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

func errCeremonyOver() error {
	return models.Refuse(models.CodeInvalid, "", "errors.passkey.late")
}

// state returns what the ceremony began with.
func (u passkeyUse) state(c *web.Context, purpose models.SignInPurpose) ([]byte, error) {
	step, err := u.store.OpenChallenge(purpose, c.Value("step"))
	if models.CodeOf(err) == models.CodeNotFound || (err == nil && step.UserID != c.User.ID) || u.web == nil {
		return nil, errCeremonyOver()
	}
	return step.Data, err
}

// spend ends the ceremony, whose answer is right: a challenge counts once.
func (u passkeyUse) spend(c *web.Context) error {
	err := u.store.SpendChallenge(c.Ctx(), c.Value("step"))
	if models.CodeOf(err) == models.CodeNotFound {
		err = errCeremonyOver()
	}
	return err
}

// find returns the person of a passkey, with all of theirs.
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

// take reads the browser's answer and gives whose passkey signed it. What does
// not hold is CodeInvalid.
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

func (h passkeyHandlers) beginSignIn(c *web.Context) error {
	if c.User.ID != 0 {
		return c.Goto("/")
	}
	return h.passkeys.ask(c, models.SignInPasskey, func() (any, []byte, error) {
		return h.passkeys.web.Begin(models.User{}, nil)
	})
}

// signIn logs somebody in by passkey. It stands for password and code: the
// device has seen that it is they.
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

func (h passkeyHandlers) beginNew(c *web.Context) error {
	have, err := h.passkeys.store.Passkeys(c.Ctx(), c.User.ID)
	if err != nil {
		return err
	}
	return h.passkeys.ask(c, models.SignInPasskeyNew, func() (any, []byte, error) {
		return h.passkeys.web.BeginNew(c.User, have)
	})
}

// model says which passkeys the person has.
func (u passkeyUse) model(c *web.Context) (view.Passkeys, error) {
	all, err := u.store.Passkeys(c.Ctx(), c.User.ID)
	return view.Passkeys{List: all, Possible: u.web != nil, Name: device(c.Request().UserAgent())}, err
}

// add keeps a passkey that the browser has made.
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
