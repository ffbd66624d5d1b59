package members

import (
	"net/http"
	"net/url"

	"keywicket/handlers/page"

	view "keywicket/views/members"
	"keywicket/views/terms"

	"keywicket/models"
	"keywicket/views"
	"keywicket/web"
	"keywicket/web/mail"

	"github.com/a-h/templ"
)

// inviteForm shows the dialog that asks for a role and, optionally, an e-mail
// address.
func (h memberHandlers) inviteForm(c *web.Context) error {
	return h.inviteDialog(c, view.InviteForm{Role: models.RoleMember}, nil)
}

// inviteDialog draws the form with what was typed and, after err, with the
// errors beside the fields.
func (h memberHandlers) inviteDialog(c *web.Context, f view.InviteForm, err error) error {
	f.Root, f.Back, f.Owners, f.Mail = h.Root(c), h.Back(c), c.Role.Can(models.PermOwnersManage), h.mail != nil
	return h.Dialog(c, c.T("people.invite"), err, func(page bool, e web.FieldErrors) templ.Component {
		f.Page, f.Errors = page, e
		return view.InviteDialog(f)
	})
}

// invite creates an invitation, mails it if possible, and shows its link. No
// other answer contains the link.
func (h memberHandlers) invite(c *web.Context) error {
	f := view.InviteForm{Role: models.Role(c.Value("role")), Email: c.Value("email")}
	i, token, err := h.store.Invite(c.Ctx(), c.Actor, models.NewInvitation{Role: f.Role, Email: f.Email})
	if err != nil {
		return h.inviteDialog(c, f, err)
	}
	made := view.Invited{Root: h.Root(c), Invitation: i, Link: baseOf(c, h.base) + "/invite/" + token, Sent: h.send(c, i, token)}
	if !c.WantsFragment() {
		made.Page = true
		return c.Page(http.StatusOK, page.Framed(func() templ.Component {
			return views.Framed(h.Chrome(c, c.T("people.invited")), view.InvitedDialog(made))
		}))
	}
	m, err := h.model(c)
	if err != nil {
		return err
	}
	return c.Page(http.StatusOK, view.InvitedAnswer(m, made))
}

// send mails the invitation and returns the outcome. If sending fails, the
// invitation stays valid.
func (h memberHandlers) send(c *web.Context, i models.Invitation, token string) view.MailOutcome {
	if i.Email == "" || h.mail == nil {
		return view.MailNone
	}
	kv := []any{
		"Account", c.Account.Name, "Name", c.User.Name, "Role", terms.RoleName(c.Ctx(), i.Role),
		"Link", h.base + "/invite/" + token, "Email", i.Email,
	}
	err := h.mail.Send(c.Ctx(), mail.Message{To: i.Email, Subject: c.T("people.mail.invite.subject", kv...), Text: c.T("people.mail.invite", kv...) + "\n"})
	if err != nil {
		c.LogError("send an invitation", err)
		return view.MailFailed
	}
	return view.MailSent
}

// baseOf returns the console's address: base if it is configured, else the
// address that this request used.
func baseOf(c *web.Context, base string) string {
	if base != "" {
		return base
	}
	if u, err := url.Parse(c.Request().Header.Get("Origin")); err == nil && u.Host != "" {
		return u.Scheme + "://" + u.Host
	}
	return "http://" + c.Request().Host
}

// withdraw ends an invitation.
func (h memberHandlers) withdraw(c *web.Context) error {
	n, err := page.ID(c, "people.error.invitation")
	if err != nil {
		return err
	}
	if err := h.store.WithdrawInvitation(c.Ctx(), c.Actor, n); err != nil {
		return err
	}
	return h.Done(c, c.T("people.said.withdrawn"), h.changed)
}
