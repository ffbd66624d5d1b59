package signin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	view "keywicket/views/signin"

	"keywicket/models"
	"keywicket/web"
	"keywicket/web/sso"
)

// SSO signs users in at an OpenID provider.
type SSO interface {
	// Name returns the provider's name for users.
	Name() string
	// Start returns the provider's address to redirect the user to. again asks
	// the provider to authenticate the user anew.
	Start(ctx context.Context, f sso.Flow, again bool) (string, error)
	// Finish returns the person that the provider's callback vouches for.
	Finish(ctx context.Context, f sso.Flow, query url.Values) (sso.Person, error)
}

// ssoStore lists the store methods for single sign-on.
type ssoStore interface {
	// UserByIdentity returns the user linked to a subject, or an error of
	// CodeNotFound.
	UserByIdentity(ctx context.Context, issuer, subject string) (models.User, error)
	// LinkIdentity links a user to a subject. It returns an error of
	// CodeConflict if either is linked already.
	LinkIdentity(ctx context.Context, who models.Actor, userID int64, issuer, subject string) error
}

// ssoHandlers serves single sign-on.
type ssoHandlers struct {
	signInHandlers
	links ssoStore
}

// ssoRoutes returns the routes of single sign-on.
func ssoRoutes(d Deps) []web.Route {
	h := ssoHandlers{newSignIn(d), d.Store}
	return []web.Route{
		web.Get("/login/sso", "sso.start", web.Public().Limited(), h.start),
		web.Get("/login/sso/callback", "sso.callback", web.Public().Limited(), h.callback),
	}
}

const ssoCookie = "sso" // holds the pending flow

// ssoFlow is the state that the browser keeps until the provider redirects it
// back.
type ssoFlow struct {
	sso.Flow
	Next string `json:"next"`
	User int64  `json:"user,omitempty"` // the user who re-authenticates; 0 for a sign-in
}

// start redirects to the provider: to sign in, or to re-authenticate when the
// query has "again".
func (h ssoHandlers) start(c *web.Context) error {
	if h.sso == nil {
		return models.Refuse(models.CodeNotFound, "", "errors.not_found")
	}
	f := ssoFlow{Flow: sso.NewFlow(), Next: web.LocalPath(c.QueryParam("next"))}
	if c.QueryParam("again") != "" {
		f.User = c.User.ID
	}
	to, err := h.sso.Start(c.Ctx(), f.Flow, f.User != 0)
	if err != nil {
		return h.refuse(c, f, err)
	}
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	c.Keep(ssoCookie, base64.RawURLEncoding.EncodeToString(data), models.SignInTTL)
	return c.Redirect(http.StatusSeeOther, to)
}

// pendingFlow returns the flow that this browser began and removes it from the
// browser. It reports whether there was one.
func pendingFlow(c *web.Context) (ssoFlow, bool) {
	var f ssoFlow
	data, err := base64.RawURLEncoding.DecodeString(c.Kept(ssoCookie))
	if err != nil || json.Unmarshal(data, &f) != nil || f.State == "" {
		return f, false
	}
	c.Forget(ssoCookie)
	f.Next = web.LocalPath(f.Next)
	return f, true
}

// callback completes a flow. The provider redirects the browser to it.
func (h ssoHandlers) callback(c *web.Context) error {
	f, ok := pendingFlow(c)
	if h.sso == nil || !ok {
		return h.refuse(c, ssoFlow{Next: "/"}, sso.ErrInvalid)
	}
	person, err := h.sso.Finish(c.Ctx(), f.Flow, c.QueryParams())
	if err != nil {
		return h.refuse(c, f, err)
	}
	if f.User != 0 {
		return h.reauthenticate(c, f, person)
	}
	user, err := h.person(c, person)
	if err == nil {
		err = c.SignInAt(user, h.sso.Name(), person.AuthTime)
	}
	if err != nil {
		return h.refuse(c, f, err)
	}
	return c.Goto(f.Next)
}

// person returns the user that the provider vouches for: by the provider's
// subject or, the first time, by an address that the provider has verified.
func (h ssoHandlers) person(c *web.Context, p sso.Person) (models.User, error) {
	user, err := h.links.UserByIdentity(c.Ctx(), p.Issuer, p.Subject)
	if models.CodeOf(err) == models.CodeNotFound {
		user, err = h.link(c, p)
	}
	if err == nil && user.DisabledAt != nil {
		err = models.Refuse(models.CodeInvalid, "", "errors.sso.unknown", "Email", p.Email)
	}
	return user, err
}

// link finds the user by their verified address and links them to the
// provider's subject.
func (h ssoHandlers) link(c *web.Context, p sso.Person) (models.User, error) {
	if p.Email == "" || !p.Verified {
		return models.User{}, models.Refuse(models.CodeInvalid, "", "errors.sso.unverified", "Name", h.sso.Name())
	}
	user, err := h.store.UserByEmail(c.Ctx(), p.Email)
	if models.CodeOf(err) == models.CodeNotFound {
		return user, models.Refuse(models.CodeInvalid, "", "errors.sso.unknown", "Email", p.Email)
	}
	if err != nil || user.DisabledAt != nil {
		return user, err
	}
	if !models.SameMailbox(p.Email, user.Email) {
		// The provider has verified another mailbox, whose address only looks
		// like this user's.
		return user, models.Refuse(models.CodeInvalid, "", "errors.sso.unknown", "Email", p.Email)
	}
	return user, h.links.LinkIdentity(c.Ctx(), c.Actor, user.ID, p.Issuer, p.Subject)
}

// reauthenticate accepts a recent sign-in at the provider as re-authentication
// of the signed-in user. It links nobody.
func (h ssoHandlers) reauthenticate(c *web.Context, f ssoFlow, p sso.Person) error {
	user, err := h.links.UserByIdentity(c.Ctx(), p.Issuer, p.Subject)
	if err != nil && models.CodeOf(err) != models.CodeNotFound {
		return err
	}
	// A provider that was asked for max_age must answer with auth_time (OpenID
	// Connect Core 1.0, section 2); without it, the sign-in may be an old one.
	at := models.ReauthTime(p.AuthTime, c.Now())
	recent := at != nil && models.Lately(*at, c.Now(), models.ReauthTTL)
	if err != nil || c.User.ID == 0 || user.ID != c.User.ID || user.ID != f.User || !recent {
		if err := c.Flash("bad", c.T("signin.sso.unproved", "Name", h.sso.Name())); err != nil {
			return err
		}
		return c.Goto(f.Next)
	}
	if err := c.Reauthenticated(*at); err != nil {
		return err
	}
	return c.Goto(f.Next)
}

// refuse shows the sign-in page with the words for the failure and logs its
// cause. A user who is signed in stays signed in.
func (h ssoHandlers) refuse(c *web.Context, f ssoFlow, err error) error {
	status, key := http.StatusUnprocessableEntity, ""
	switch {
	case h.sso == nil:
		return models.Refuse(models.CodeNotFound, "", "errors.not_found")
	case errors.Is(err, sso.ErrUnavailable):
		status, key = http.StatusServiceUnavailable, "errors.sso.unavailable"
	case errors.Is(err, sso.ErrRefused):
		key = "errors.sso.refused"
	case errors.Is(err, sso.ErrInvalid):
		key = "errors.sso.invalid"
	}
	words, ok := c.Words(err)
	if key != "" {
		c.Log("single sign-on", err)
		words, ok = c.T(key, "Name", h.sso.Name()), true
	}
	if !ok {
		return err
	}
	form := h.signInForm(f.Next)
	form.Errors = web.FieldErrors{"": words}
	return c.Page(status, view.Page(c.Bare(c.T("auth.login.title")), form))
}
