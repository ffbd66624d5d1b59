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

// SSO signs people in at an OpenID provider.
type SSO interface {
	// Name is what people call the provider.
	Name() string
	// Start returns the address at which a person signs in.
	Start(ctx context.Context, f sso.Flow, again bool) (string, error)
	// Finish returns who the provider vouches for.
	Finish(ctx context.Context, f sso.Flow, query url.Values) (sso.Person, error)
}

// ssoStore is what single sign-on needs of the store.
type ssoStore interface {
	// UserByIdentity returns the person linked to a subject, or CodeNotFound.
	UserByIdentity(ctx context.Context, issuer, subject string) (models.User, error)
	// LinkIdentity ties a person to a subject; CodeConflict when either is
	// tied already.
	LinkIdentity(ctx context.Context, who models.Actor, userID int64, issuer, subject string) error
}

type ssoHandlers struct {
	signInHandlers
	links ssoStore
}

func ssoRoutes(d Deps) []web.Route {
	h := ssoHandlers{newSignIn(d), d.Store}
	return []web.Route{
		web.Get("/login/sso", "sso.start", web.Public().Limited(), h.start),
		web.Get("/login/sso/callback", "sso.callback", web.Public().Limited(), h.callback),
	}
}

const ssoCookie = "sso" // holds the pending flow

// ssoFlow is what the browser keeps until the provider redirects it back.
type ssoFlow struct {
	sso.Flow
	Next string `json:"next"`
	User int64  `json:"user,omitempty"` // who re-authenticates; 0 for a sign-in
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

// pendingFlow returns the flow that this browser began, and reports whether it
// began one. It takes the flow from the browser.
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

// callback ends a flow: the provider redirects the browser to it.
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

// person finds who the provider vouches for: by its own name for them, else,
// the first time, by an address that it has verified.
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
		// The provider has verified another mailbox, whose address only reads as
		// this person's.
		return user, models.Refuse(models.CodeInvalid, "", "errors.sso.unknown", "Email", p.Email)
	}
	return user, h.links.LinkIdentity(c.Ctx(), c.Actor, user.ID, p.Issuer, p.Subject)
}

// reauthenticate accepts a recent sign-in at the provider as re-authentication of
// the person who is signed in here. It links nobody.
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

// refuse shows the log-in page with the words for what went wrong. The cause
// is for the log; somebody who is signed in stays so.
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
