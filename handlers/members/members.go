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

// memberStore lists the store methods that the Members page needs.
type memberStore interface {
	// ListMembers returns the members of the account.
	ListMembers(ctx context.Context, who models.Actor) ([]models.MemberRow, error)
	// Member returns the member with the user ID, or an error of CodeNotFound.
	Member(ctx context.Context, who models.Actor, userID int64) (models.MemberRow, error)
	// Leaving returns what the member loses when their role becomes to, or when
	// they leave if to is "". For a user of another account, it returns an
	// error of CodeNotFound.
	Leaving(ctx context.Context, who models.Actor, userID int64, to models.Role) (models.Leaving, error)
	// SetMemberRole changes a member's role. If the new role takes keys from
	// them, d decides what happens to the keys.
	SetMemberRole(ctx context.Context, who models.Actor, userID int64, role models.Role, d models.Departure) error
	// EnableMember lets a disabled member in again.
	EnableMember(ctx context.Context, who models.Actor, userID int64) error
	// DisableMember keeps a member out and ends their sessions.
	DisableMember(ctx context.Context, who models.Actor, userID int64, d models.Departure) error
	// RemoveMember removes a member for good, and does all that DisableMember
	// does.
	RemoveMember(ctx context.Context, who models.Actor, userID int64, d models.Departure) error
	// Invitations returns the pending invitations.
	Invitations(ctx context.Context, who models.Actor) ([]models.Invitation, error)
	// Invite creates an invitation, and returns it with its token.
	Invite(ctx context.Context, who models.Actor, n models.NewInvitation) (models.Invitation, string, error)
	// WithdrawInvitation ends an invitation, or returns an error of
	// CodeNotFound.
	WithdrawInvitation(ctx context.Context, who models.Actor, id int64) error
}

// memberHandlers serves the Members page and its dialogs.
type memberHandlers struct {
	page.Area
	store memberStore
	mail  mail.Sender // nil if none is configured
	base  string
}

// memberRoutes returns the routes of members and of sending invitations.
func memberRoutes(d Deps) []web.Route {
	h := memberHandlers{page.Area{Nav: views.NavMembers, Title: "people.title", Page: "settings/members"}, d.Store, d.Mail, d.BaseURL}
	view, manage := web.Needs(models.PermMembersView), web.Needs(models.PermMembersManage).RequireReauth()
	const root, one = "/a/:account/settings/members", "/a/:account/settings/members/:id"
	return []web.Route{
		web.Get(root, "members.list", view, h.list),
		web.Get(root+"/invite", "members.invite.form", manage.Grants(), h.inviteForm),
		web.Post(root+"/invite", "members.invite", manage.Grants(), h.invite),
		web.Post("/a/:account/settings/invitations/:id/withdraw", "members.withdraw", manage, page.RefreshOnNotFound(h.changed, h.withdraw)),
		web.Get(one+"/role", "members.role.form", manage, page.RefreshOnNotFound(h.changed, h.roleForm)),
		web.Edit(one+"/role", "members.role", manage, page.RefreshOnNotFound(h.changed, h.role)),
		web.Edit(one+"/enable", "members.enable", manage.Grants(), page.RefreshOnNotFound(h.changed, h.enable)),
		web.Get(one+"/disable", "members.disable.ask", manage, page.RefreshOnNotFound(h.changed, h.askDisable)),
		web.Edit(one+"/disable", "members.disable", manage, page.RefreshOnNotFound(h.changed, h.disable)),
		web.Get(one+"/remove", "members.remove.ask", manage, page.RefreshOnNotFound(h.changed, h.askRemove)),
		web.Edit(one+"/remove", "members.remove", manage, page.RefreshOnNotFound(h.changed, h.remove)),
	}
}

// list answers with the Members page.
func (h memberHandlers) list(c *web.Context) error {
	m, err := h.model(c)
	if err != nil {
		return err
	}
	return c.Render(page.Framed(func() templ.Component { return view.Page(h.Chrome(c, ""), m) }), view.Region(m))
}

// model loads the members and the pending invitations.
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

// changed returns the list after a change.
func (h memberHandlers) changed(c *web.Context) (templ.Component, error) {
	m, err := h.model(c)
	return view.Changed(m), err
}

// member returns the member that the path names.
func (h memberHandlers) member(c *web.Context) (models.MemberRow, error) {
	n, err := page.ID(c, "people.error.not_found")
	if err != nil {
		return models.MemberRow{}, err
	}
	return h.store.Member(c.Ctx(), c.Actor, n)
}
