package members

import (
	"context"

	"keywicket/handlers/page"

	view "keywicket/views/members"

	"keywicket/models"
	"keywicket/views"
	"keywicket/web"
	"keywicket/web/mail"

	"github.com/a-h/templ"
)

// memberStore is what the Members page needs of the store.
type memberStore interface {
	// ListMembers returns the people of the account.
	ListMembers(ctx context.Context, who models.Actor) ([]models.MemberRow, error)
	// Member returns one of them, or an error of CodeNotFound.
	Member(ctx context.Context, who models.Actor, userID int64) (models.MemberRow, error)
	// Leaving returns what the person loses when their role becomes to, ""
	// for none; a person of another account is CodeNotFound.
	Leaving(ctx context.Context, who models.Actor, userID int64, to models.Role) (models.Leaving, error)
	// SetMemberRole returns a person another role; where it takes keys from
	// them, d says what becomes of these.
	SetMemberRole(ctx context.Context, who models.Actor, userID int64, role models.Role, d models.Departure) error
	// EnableMember lets a person in again.
	EnableMember(ctx context.Context, who models.Actor, userID int64) error
	// DisableMember keeps a person out and ends their sessions.
	DisableMember(ctx context.Context, who models.Actor, userID int64, d models.Departure) error
	// RemoveMember is DisableMember for good.
	RemoveMember(ctx context.Context, who models.Actor, userID int64, d models.Departure) error
	// Invitations returns the invitations that can still be used.
	Invitations(ctx context.Context, who models.Actor) ([]models.Invitation, error)
	// Invite makes an invitation, and gives it with its token.
	Invite(ctx context.Context, who models.Actor, n models.NewInvitation) (models.Invitation, string, error)
	// WithdrawInvitation ends an invitation, or gives CodeNotFound.
	WithdrawInvitation(ctx context.Context, who models.Actor, id int64) error
}

type memberHandlers struct {
	page.Area
	store memberStore
	mail  mail.Sender // nil where none is configured
	base  string
}

func memberRoutes(d Deps) []web.Route {
	h := memberHandlers{page.Area{Nav: views.NavMembers, Title: "people.title", Page: "settings/members"}, d.Store, d.Mail, d.BaseURL}
	view, manage := web.Needs(models.PermMembersView), web.Needs(models.PermMembersManage).RequireReauth()
	const root, one = "/a/:account/settings/members", "/a/:account/settings/members/:id"
	return []web.Route{
		web.Get(root, "members.list", view, h.list),
		web.Get(root+"/invite", "members.invite.form", manage.Grants(), h.inviteForm),
		web.Post(root+"/invite", "members.invite", manage.Grants(), h.invite),
		web.Post("/a/:account/settings/invitations/:id/withdraw", "members.withdraw", manage, page.OrGone(h.changed, h.withdraw)),
		web.Get(one+"/role", "members.role.form", manage, page.OrGone(h.changed, h.roleForm)),
		web.Edit(one+"/role", "members.role", manage, page.OrGone(h.changed, h.role)),
		web.Edit(one+"/enable", "members.enable", manage.Grants(), page.OrGone(h.changed, h.enable)),
		web.Get(one+"/disable", "members.disable.ask", manage, page.OrGone(h.changed, h.askDisable)),
		web.Edit(one+"/disable", "members.disable", manage, page.OrGone(h.changed, h.disable)),
		web.Get(one+"/remove", "members.remove.ask", manage, page.OrGone(h.changed, h.askRemove)),
		web.Edit(one+"/remove", "members.remove", manage, page.OrGone(h.changed, h.remove)),
	}
}

func (h memberHandlers) list(c *web.Context) error {
	m, err := h.model(c)
	if err != nil {
		return err
	}
	return c.Render(page.Framed(func() templ.Component { return view.Page(h.Chrome(c, ""), m) }), view.Region(m))
}

func (h memberHandlers) model(c *web.Context) (view.Members, error) {
	m := view.Members{
		Root: h.Root(c), Settings: "/a/" + c.Account.Slug + "/settings", Keys: page.KeysRoot(c), Self: c.User.ID, Role: c.Role, Account: c.Account,
	}
	var err error
	if m.Rows, err = h.store.ListMembers(c.Ctx(), c.Actor); err != nil {
		return m, err
	}
	m.Doubts = doubts(c, m.Rows)
	m.Invitations, err = h.store.Invitations(c.Ctx(), c.Actor)
	return m, err
}

// changed is the list as it stands after a change.
func (h memberHandlers) changed(c *web.Context) (templ.Component, error) {
	m, err := h.model(c)
	return view.Changed(m), err
}

// member returns the person that the path names.
func (h memberHandlers) member(c *web.Context) (models.MemberRow, error) {
	n, err := page.ID(c, "people.error.not_found")
	if err != nil {
		return models.MemberRow{}, err
	}
	return h.store.Member(c.Ctx(), c.Actor, n)
}
