package signin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"keywicket/handlers/page"

	view "keywicket/views/signin"

	"keywicket/models"
	"keywicket/views"
	"keywicket/views/ui"
	"keywicket/web"

	"github.com/a-h/templ"
)

// profileStore lists the store methods for the profile.
type profileStore interface {
	// UpdateProfile changes the actor's name, language and theme.
	UpdateProfile(ctx context.Context, who models.Actor, change func(*models.User)) error
	// ChangePassword replaces the password hash verified with hash, ends the
	// user's sessions and begins the session next.
	ChangePassword(ctx context.Context, who models.Actor, verified, hash string, next models.Session) error
	// ListSessions returns the user's sessions, the one seen last first.
	ListSessions(ctx context.Context, userID int64) ([]models.Session, error)
	// DeleteSession ends a session.
	DeleteSession(ctx context.Context, id string) error
	// CountAttempt counts an attempt, or returns an error of CodeTooMany when
	// the limit is reached.
	CountAttempt(ctx context.Context, counts []models.AttemptCount) error
	// RefundAttempt takes back an attempt that succeeded.
	RefundAttempt(ctx context.Context, counts []models.AttemptCount) error
	// RecoveryCodes returns, for each recovery code of the user, when it was
	// used, or nil.
	RecoveryCodes(ctx context.Context, userID int64) ([]*time.Time, error)
	// RecordFailedReauth records a wrong answer in the actor's session; at
	// names the form that asked.
	RecordFailedReauth(ctx context.Context, who models.Actor, at string) error
}

// profileHandlers serves the user's own profile.
type profileHandlers struct {
	store     profileStore
	passwords page.Passwords
	passkeys  passkeyUse
}

// profileRoutes returns the routes of the profile.
func profileRoutes(d Deps) []web.Route {
	h := profileHandlers{d.Store, d.Passwords, passkeyUse{d.Store, d.Passkeys}}
	return []web.Route{
		web.Get("/profile", "profile", web.SignedIn(), h.show),
		web.Edit("/profile", "profile.update", web.SignedIn(), h.update),
		web.Post("/profile/password", "profile.password", web.SignedIn(), h.password),
		web.Post("/profile/sessions/end", "profile.sessions.end", web.SignedIn(), h.endSessions),
		web.Post("/profile/sessions/:session/end", "profile.session.end", web.SignedIn(), h.endSession),
	}
}

// show answers with the profile.
func (h profileHandlers) show(c *web.Context) error {
	m, err := h.model(c)
	if err != nil {
		return err
	}
	return c.Page(http.StatusOK, h.page(c, m))
}

// model loads what the profile shows.
func (h profileHandlers) model(c *web.Context) (view.Profile, error) {
	list, err := h.store.ListSessions(c.Ctx(), c.User.ID)
	if err != nil {
		return view.Profile{}, err
	}
	m := view.Profile{Name: c.User.Name, Stored: c.User.Name, Email: c.User.Email, Language: c.User.Language, Theme: c.Theme}
	if m.TOTP, err = totpModel(c, h.store, c.User); err != nil {
		return view.Profile{}, err
	}
	if m.Passkeys, err = h.passkeys.model(c); err != nil {
		return view.Profile{}, err
	}
	for _, s := range list {
		if c.Now().Sub(s.SeenAt) >= web.SessionIdle {
			continue // the next request of it ends it
		}
		line := view.SessionLine{ID: s.ID, Device: device(s.UserAgent), IP: s.IP, Since: s.CreatedAt, Seen: s.SeenAt}
		if s.ID != c.Session.ID {
			m.Sessions = append(m.Sessions, line)
			continue
		}
		line.Current = true
		m.Sessions = slices.Insert(m.Sessions, 0, line)
	}
	return m, nil
}

// page returns the profile with its frame.
func (h profileHandlers) page(c *web.Context, m view.Profile) templ.Component {
	title := c.T("auth.profile.title")
	return view.ProfilePage(c.Chrome(title, views.NavProfile, ui.Crumb{Label: title}), m)
}

// update changes the user's name.
func (h profileHandlers) update(c *web.Context) error {
	m, err := h.model(c)
	if err != nil {
		return err
	}
	m.Name = c.Value("name")
	name, err := models.CleanName("name", m.Name, true)
	if err != nil {
		return c.Invalid(err, func(e web.FieldErrors) (full, fragment templ.Component) {
			m.Errors = e
			return h.page(c, m), view.ProfileBasics(m)
		})
	}
	if err := h.store.UpdateProfile(c.Ctx(), c.Actor, func(u *models.User) { u.Name = name }); err != nil {
		return err
	}
	m.Name, m.Stored = name, name
	return c.Done("/profile", c.T("auth.profile.saved"), view.ProfileBasics(m))
}

// password changes the user's password. It requires the current one, ends every
// other session, and issues this session a new token.
func (h profileHandlers) password(c *web.Context) error {
	m, err := h.model(c)
	if err != nil {
		return err
	}
	if err := h.changePassword(c); err != nil {
		return c.Invalid(err, func(e web.FieldErrors) (full, fragment templ.Component) {
			m.Errors = e
			return h.page(c, m), view.ProfilePassword(m)
		})
	}
	return c.Done("/profile", c.T("auth.password.done"), nil)
}

// changePassword checks what was typed and changes the password.
func (h profileHandlers) changePassword(c *web.Context) error {
	ctx := c.Ctx()
	current := c.Value("current")
	if current == "" {
		return models.Refuse(models.CodeInvalid, "current", "errors.password.required")
	}
	if err := page.NewPassword(c, c.User.Name, c.User.Email); err != nil {
		return err
	}
	if err := h.store.CountAttempt(ctx, models.SessionAttempts(c.Actor)); err != nil {
		return err
	}
	right, err := h.passwords.Verify(ctx, c.User.PasswordHash, current)
	if err != nil { // it was not tried
		return errors.Join(err, h.store.RefundAttempt(ctx, models.SessionAttempts(c.Actor)))
	}
	if !right {
		if err := h.store.RecordFailedReauth(c.Ctx(), c.Actor, "password"); err != nil {
			return err
		}
		return models.Refuse(models.CodeInvalid, "current", "errors.password.wrong")
	}
	hash, err := h.passwords.Hash(ctx, c.Value("password"))
	if err != nil {
		return err
	}
	err = c.SignInBy(c.User, func(next models.Session) error {
		return h.store.ChangePassword(ctx, c.Actor, c.User.PasswordHash, hash, next)
	})
	if err != nil {
		return err
	}
	return h.store.RefundAttempt(ctx, models.SessionAttempts(c.Actor))
}

// endSessions signs the user out everywhere, including this browser.
func (h profileHandlers) endSessions(c *web.Context) error {
	if err := c.SignOutEverywhere(); err != nil {
		return err
	}
	return c.Goto("/login?out=1")
}

// endSession ends one of the user's sessions.
func (h profileHandlers) endSession(c *web.Context) error {
	list, err := h.store.ListSessions(c.Ctx(), c.User.ID)
	if err != nil {
		return err
	}
	id := c.Param("session")
	if !slices.ContainsFunc(list, func(s models.Session) bool { return s.ID == id }) {
		return models.Refuse(models.CodeNotFound, "", "errors.session.gone")
	}
	if err := h.store.DeleteSession(c.Ctx(), id); err != nil {
		return err
	}
	m, err := h.model(c)
	if err != nil {
		return err
	}
	return c.Done("/profile", c.T("auth.sessions.ended"), view.ProfileSessions(m))
}
