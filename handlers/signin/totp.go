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

// totpStore is what the authenticator app needs of the store. Secrets and
// codes are in the one answer that shows them.
type totpStore interface {
	// RecordFailedReauth records a wrong answer in the actor's session, and what
	// asked for it.
	RecordFailedReauth(ctx context.Context, who models.Actor, at string) error
	// BeginTOTP makes the secret of an app that is to be set up.
	BeginTOTP(ctx context.Context, who models.Actor) (string, error)
	// PendingTOTP returns the secret of an app that is being set up, or "".
	PendingTOTP(ctx context.Context, who models.Actor) (string, error)
	// ConfirmTOTP switches the app on and gives the recovery codes.
	ConfirmTOTP(ctx context.Context, who models.Actor, code string) ([]string, error)
	// NewRecoveryCodes returns a new set of recovery codes.
	NewRecoveryCodes(ctx context.Context, who models.Actor) ([]string, error)
	// RecoveryCodes returns when each was used, nil for those that were not.
	RecoveryCodes(ctx context.Context, userID int64) ([]*time.Time, error)
	// EndTOTP switches the app off.
	EndTOTP(ctx context.Context, who models.Actor) error
	// CountAttempt counts a try, and refuses one too many with CodeTooMany.
	CountAttempt(ctx context.Context, counts []models.AttemptCount) error
	// RefundAttempt takes back the try of somebody who got it right.
	RefundAttempt(ctx context.Context, counts []models.AttemptCount) error
}

type totpHandlers struct{ store totpStore }

// totpRoutes change how a person signs in, so they always ask for a proof.
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

// totpModel says how a person's app stands.
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

// begin shows what an authenticator app has to know.
func (h totpHandlers) begin(c *web.Context) error {
	plain, err := h.store.BeginTOTP(c.Ctx(), c.Actor)
	if err != nil {
		return err
	}
	return h.setup(c, plain, nil)
}

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

// profileChrome is the frame of a page below the profile.
func profileChrome(c *web.Context, title string) views.Chrome {
	return c.Chrome(title, views.NavProfile, ui.Crumb{Label: c.T("auth.profile.title"), Href: "/profile"}, ui.Crumb{Label: title})
}

// confirm switches the app on when it shows the right code, and shows the
// recovery codes this once. Wrong codes are counted in the session.
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

func (h totpHandlers) codes(c *web.Context) error {
	codes, err := h.store.NewRecoveryCodes(c.Ctx(), c.Actor)
	if err != nil {
		return err
	}
	return h.showCodes(c, codes, c.T("signin.codes.new"))
}

// showCodes answers with recovery codes. This is the one answer that has them.
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

func (h totpHandlers) end(c *web.Context) error {
	if err := h.store.EndTOTP(c.Ctx(), c.Actor); err != nil {
		return err
	}
	return c.Done("/profile", c.T("signin.totp.ended"), view.ProfileTOTP(view.TOTP{}))
}
