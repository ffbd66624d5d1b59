package signin

import (
	"context"
	"net/http"
	"time"

	"keywicket/handlers/page"

	view "keywicket/views/signin"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"

	"github.com/a-h/templ"
)

// totpStore lists the store methods for the authenticator app. Secrets and
// codes appear only in the answers that show them.
type totpStore interface {
	// RecordFailedReauth records a wrong answer in the actor's session; at
	// names the form that asked.
	RecordFailedReauth(ctx context.Context, who models.Actor, at string) error
	// BeginTOTP creates the secret of an app that is to be set up, and returns
	// it.
	BeginTOTP(ctx context.Context, who models.Actor) (string, error)
	// PendingTOTP returns the secret of an app that is being set up, or "".
	PendingTOTP(ctx context.Context, who models.Actor) (string, error)
	// ConfirmTOTP enables the app and returns the recovery codes.
	ConfirmTOTP(ctx context.Context, who models.Actor, code string) ([]string, error)
	// NewRecoveryCodes replaces the recovery codes and returns the new ones.
	NewRecoveryCodes(ctx context.Context, who models.Actor) ([]string, error)
	// RecoveryCodes returns, for each recovery code of the user, when it was
	// used, or nil.
	RecoveryCodes(ctx context.Context, userID int64) ([]*time.Time, error)
	// EndTOTP disables the app.
	EndTOTP(ctx context.Context, who models.Actor) error
	// CountAttempt counts an attempt, or returns an error of CodeTooMany when
	// the limit is reached.
	CountAttempt(ctx context.Context, counts []models.AttemptCount) error
	// RefundAttempt takes back an attempt that succeeded.
	RefundAttempt(ctx context.Context, counts []models.AttemptCount) error
}

// totpHandlers serves the set-up of an authenticator app and its recovery
// codes.
type totpHandlers struct{ store totpStore }

// totpRoutes returns the routes of the authenticator app. They change how a
// user signs in, so they always require re-authentication.
func totpRoutes(d Deps) []web.Route {
	h := totpHandlers{d.Store}
	own := web.SignedIn().RequireReauth()
	return []web.Route{
		web.Post("/profile/totp/begin", "profile.totp.begin", own, h.begin),
		web.Post("/profile/totp/confirm", "profile.totp.confirm", own, h.confirm),
		web.Post("/profile/totp/codes", "profile.totp.codes", own, h.codes),
		web.Post("/profile/totp/end", "profile.totp.end", own, h.end),
	}
}

// totpModel returns the view model of the user's authenticator app.
func totpModel(c *web.Context, store interface {
	RecoveryCodes(ctx context.Context, userID int64) ([]*time.Time, error)
}, user models.User) (view.TOTP, error) {
	m := view.TOTP{Since: user.TOTPSince}
	if m.Since == nil {
		return m, nil
	}
	used, err := store.RecoveryCodes(c.Ctx(), user.ID)
	m.Codes = used
	return m, err
}

// begin starts the set-up of an authenticator app and shows its secret.
func (h totpHandlers) begin(c *web.Context) error {
	plain, err := h.store.BeginTOTP(c.Ctx(), c.Actor)
	if err != nil {
		return err
	}
	return h.setup(c, plain, nil)
}

// setup answers with the secret and, after err, with the error beside the code.
func (h totpHandlers) setup(c *web.Context, plain string, err error) error {
	m, failed := view.NewTOTPSetup(secret.TOTPURL(c.T("common.product"), c.User.Email, plain), plain)
	if failed != nil {
		return failed
	}
	answer := func(e web.FieldErrors) (full, fragment templ.Component) {
		asPage := m
		asPage.Page, asPage.Errors, m.Errors = true, e, e
		title := c.T("signin.totp.setup")
		return page.Framed(func() templ.Component {
			return views.Framed(profileChrome(c, title), view.TOTPSetupDialog(asPage))
		}), view.TOTPSetupDialog(m)
	}
	if err != nil {
		return c.Invalid(err, answer)
	}
	return c.Render(answer(nil))
}

// profileChrome returns the frame of a page below the profile.
func profileChrome(c *web.Context, title string) views.Chrome {
	return c.Chrome(title, views.NavProfile, ui.Crumb{Label: c.T("auth.profile.title"), Href: "/profile"}, ui.Crumb{Label: title})
}

// confirm enables the app after a right code, and shows the recovery codes
// once. Wrong codes count for the session.
func (h totpHandlers) confirm(c *web.Context) error {
	plain, err := h.store.PendingTOTP(c.Ctx(), c.Actor)
	if err != nil {
		return err
	}
	if plain == "" {
		return c.Goto("/profile")
	}
	if err := h.store.CountAttempt(c.Ctx(), models.SessionAttempts(c.Actor)); err != nil {
		return h.setup(c, plain, err)
	}
	codes, err := h.store.ConfirmTOTP(c.Ctx(), c.Actor, c.Value("code"))
	if models.CodeOf(err) == models.CodeInvalid {
		if failed := h.store.RecordFailedReauth(c.Ctx(), c.Actor, "totp"); failed != nil {
			return failed
		}
	}
	if err != nil {
		return h.setup(c, plain, err)
	}
	if err := h.store.RefundAttempt(c.Ctx(), models.SessionAttempts(c.Actor)); err != nil {
		return err
	}
	now := c.Now()
	c.User.TOTPSince = &now
	return h.showCodes(c, codes, c.T("signin.totp.done"))
}

// codes replaces the recovery codes and shows the new ones.
func (h totpHandlers) codes(c *web.Context) error {
	codes, err := h.store.NewRecoveryCodes(c.Ctx(), c.Actor)
	if err != nil {
		return err
	}
	return h.showCodes(c, codes, c.T("signin.codes.new"))
}

// showCodes answers with recovery codes. No other answer contains them.
func (h totpHandlers) showCodes(c *web.Context, codes []string, title string) error {
	m, err := totpModel(c, h.store, c.User)
	if err != nil {
		return err
	}
	shown := view.RecoveryCodes{Title: title, Codes: codes, Email: c.User.Email}
	if c.WantsFragment() {
		return c.Page(http.StatusOK, view.RecoveryCodesAnswer(m, shown))
	}
	shown.Page = true
	return c.Page(http.StatusOK, page.Framed(func() templ.Component {
		return views.Framed(profileChrome(c, title), view.RecoveryCodesDialog(shown))
	}))
}

// end disables the authenticator app.
func (h totpHandlers) end(c *web.Context) error {
	if err := h.store.EndTOTP(c.Ctx(), c.Actor); err != nil {
		return err
	}
	return c.Done("/profile", c.T("signin.totp.ended"), view.ProfileTOTP(view.TOTP{}))
}
