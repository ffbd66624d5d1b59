package members

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"keywicket/handlers/page"

	view "keywicket/views/members"

	"keywicket/models"
	"keywicket/web"

	"github.com/a-h/templ"
)

// inviteStore lists the store methods for joining by an invitation.
type inviteStore interface {
	// Invitation returns the invitation whose link contains the token, or an
	// error of CodeNotFound.
	Invitation(ctx context.Context, token string) (models.OpenInvitation, error)
	// MembersByInvitation returns the members of the account that the
	// invitation is for.
	MembersByInvitation(ctx context.Context, token string) ([]models.MemberRow, error)
	// AcceptInvitation makes the actor a member and uses up the invitation.
	AcceptInvitation(ctx context.Context, who models.Actor, token string) (models.OpenInvitation, error)
	// AcceptAsNew creates a user, makes them a member and uses up the
	// invitation.
	AcceptAsNew(ctx context.Context, who models.Actor, token string, n models.NewPerson) (models.User, models.OpenInvitation, error)
	// AccountsOf returns the user's accounts.
	AccountsOf(ctx context.Context, userID int64) ([]models.Membership, error)
	// CountAttempt counts an attempt, or returns an error of CodeTooMany when
	// the limit is reached.
	CountAttempt(ctx context.Context, counts []models.AttemptCount) error
	// RefundAttempt takes back an attempt that succeeded.
	RefundAttempt(ctx context.Context, counts []models.AttemptCount) error
}

// inviteHandlers serves the page behind an invitation's link.
type inviteHandlers struct {
	store     inviteStore
	passwords page.Passwords
}

// inviteRoutes returns the routes of invitations that are opened by their link.
func inviteRoutes(d Deps) []web.Route {
	h := inviteHandlers{d.Store, d.Passwords}
	return []web.Route{
		web.Get("/invite/:token", "invite.form", web.Public(), h.form),
		web.Post("/invite/:token", "invite.new", web.Public(), h.joinAsNew),
		web.Post("/invite/:token/join", "invite.join", web.SignedIn(), h.join),
	}
}

// open returns the invitation that the path names, and switches to its
// account's language.
func (h inviteHandlers) open(c *web.Context) (models.OpenInvitation, error) {
	i, err := h.store.Invitation(c.Ctx(), c.Param("token"))
	if err == nil {
		c.SpeakAs(models.Account{Language: i.AccountLanguage})
	}
	return i, err
}

// gone answers a link that is used, withdrawn, expired or unknown.
func (h inviteHandlers) gone(c *web.Context, err error) error {
	if models.CodeOf(err) != models.CodeNotFound {
		return err
	}
	return c.Page(http.StatusNotFound, view.InvitationGone(c.Bare(c.T("people.join.gone"))))
}

// form answers with the page of the invitation.
func (h inviteHandlers) form(c *web.Context) error {
	i, err := h.open(c)
	if err != nil {
		return h.gone(c, err)
	}
	form := view.JoinForm{Language: c.Lang()}
	if c.User.ID != 0 {
		form.LookAlike, err = h.seemsLike(c, i, c.User.Name, c.User.Email)
	} else {
		// The visitor has chosen nothing yet, so this comparison reveals
		// nothing. If the invitation has no address, the one that they type is
		// compared later.
		form.LookAlike, err = h.looksLike(c, "", i.Email)
	}
	if err != nil {
		return err
	}
	return h.page(c, http.StatusOK, i, form)
}

// seemsLike is looksLike for a name and an address of the visitor's choice.
// Such a comparison could be used to enumerate members, so it counts as an
// attempt. Once the limit is reached, it reports true for everybody, which
// reveals nothing and only costs a second look.
func (h inviteHandlers) seemsLike(c *web.Context, i models.OpenInvitation, name, email string) (bool, error) {
	err := h.store.CountAttempt(c.Ctx(), models.LookalikeAttempts(i.ID))
	if models.CodeOf(err) == models.CodeTooMany {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return h.looksLike(c, name, email)
}

// looksLike reports whether the name or the address can be mistaken for that of
// a member of the invitation's account.
func (h inviteHandlers) looksLike(c *web.Context, name, email string) (bool, error) {
	people, err := h.store.MembersByInvitation(c.Ctx(), c.Param("token"))
	return newLookalikes(people).has(name, email), err
}

// page answers with the page of the invitation and what was typed.
func (h inviteHandlers) page(c *web.Context, status int, i models.OpenInvitation, f view.JoinForm) error {
	page, err := h.draw(c, i, f)
	if err != nil {
		return err
	}
	return c.Page(status, page)
}

// draw returns the page for a visitor, for somebody who is signed in, or for
// somebody who is a member already.
func (h inviteHandlers) draw(c *web.Context, i models.OpenInvitation, f view.JoinForm) (templ.Component, error) {
	f.Token, f.Invitation, f.User = c.Param("token"), i, c.User
	if c.User.ID != 0 {
		accounts, err := h.store.AccountsOf(c.Ctx(), c.User.ID)
		if err != nil {
			return nil, err
		}
		for _, a := range accounts {
			f.Member = f.Member || a.ID == i.AccountID
		}
	}
	f.SignIn = "/login?" + url.Values{"next": {"/invite/" + f.Token}}.Encode()
	return view.JoinPage(c.Bare(c.T("people.join.title", "Account", i.AccountName)), f), nil
}

// join makes the signed-in user a member.
func (h inviteHandlers) join(c *web.Context) error {
	i, err := h.store.AcceptInvitation(c.Ctx(), c.Actor, c.Param("token"))
	if models.CodeOf(err) == models.CodeConflict {
		words, _ := c.Words(err)
		if i, err = h.open(c); err == nil {
			return h.page(c, http.StatusConflict, i, view.JoinForm{Errors: map[string]string{"": words}})
		}
	}
	if err != nil {
		return h.gone(c, err)
	}
	return c.Done("/a/"+i.AccountSlug+"/keys", c.T("people.said.joined", "Account", i.AccountName), nil)
}

// joinAsNew creates a user and makes them a member. Attempts are counted for
// the invitation: its holder can learn whether an e-mail is registered, and
// must not use up the attempts of the user who has it.
func (h inviteHandlers) joinAsNew(c *web.Context) error {
	// Check the link before hashing, so that callers without a link cannot make
	// the server hash.
	i, err := h.open(c)
	if err != nil {
		return h.gone(c, err)
	}
	form := view.JoinForm{Name: c.Value("name"), Email: c.Value("email"), Language: c.Value("language"), Sure: c.Checked("sure")}
	if i.Email != "" {
		form.Email = i.Email
	}
	user, err := h.accept(c, i, form)
	if models.CodeOf(err) == models.CodeNotFound {
		return h.gone(c, err)
	}
	if err != nil {
		return c.Invalid(err, func(e web.FieldErrors) (full, fragment templ.Component) {
			form.Errors = e
			return framedOr(h.draw(c, i, form)), nil
		})
	}
	if err := c.SignInNew(user); err != nil {
		return err
	}
	return c.Done("/a/"+i.AccountSlug+"/keys", c.T("people.said.joined", "Account", i.AccountName), nil)
}

// framedOr returns the page, or a component whose rendering fails with err.
func framedOr(page templ.Component, err error) templ.Component {
	if err != nil {
		return templ.ComponentFunc(func(context.Context, io.Writer) error { return err })
	}
	return page
}

// confirmed returns an error if the name or the address can be mistaken for a
// member's, until the visitor confirms that they have looked.
func (h inviteHandlers) confirmed(c *web.Context, i models.OpenInvitation, name, email string) error {
	if c.Checked("sure") {
		return nil
	}
	like, err := h.seemsLike(c, i, name, email)
	if err == nil && like {
		err = models.Refuse(models.CodeInvalid, "sure", "people.error.lookalike")
	}
	return err
}

// accept checks what was typed and creates the user.
func (h inviteHandlers) accept(c *web.Context, i models.OpenInvitation, form view.JoinForm) (models.User, error) {
	person, err := models.CheckPerson(models.NewPerson{Name: form.Name, Email: form.Email, Language: page.KnownLanguage(form.Language)})
	if err := errors.Join(err, page.NewPassword(c, i.AccountName, form.Name, form.Email)); err != nil {
		return models.User{}, err
	}
	if err := h.store.CountAttempt(c.Ctx(), models.InvitationAttempts(i.ID)); err != nil {
		return models.User{}, err
	}
	if err := h.confirmed(c, i, person.Name, person.Email); err != nil {
		return models.User{}, err
	}
	if person.PasswordHash, err = h.passwords.Hash(c.Ctx(), c.Value("password")); err != nil {
		return models.User{}, err
	}
	user, _, err := h.store.AcceptAsNew(c.Ctx(), c.Actor, c.Param("token"), person)
	if err != nil {
		return models.User{}, err
	}
	return user, h.store.RefundAttempt(c.Ctx(), models.InvitationAttempts(i.ID))
}
