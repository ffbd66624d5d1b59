package members

import (
	"context"
	"strconv"

	"keywicket/handlers/page"

	view "keywicket/views/members"
	"keywicket/views/terms"

	"keywicket/models"
	"keywicket/web"

	"github.com/a-h/templ"
)

// roleForm shows the dialog that changes a member's role.
func (h memberHandlers) roleForm(c *web.Context) error {
	m, err := h.member(c)
	if err != nil {
		return err
	}
	return h.roleDialog(c, m.UserID, m.Role, models.Departure{Keys: models.KeysDisable}, nil)
}

// roleDialog draws the form of the role. If the new role takes keys from the
// member, the form also asks what happens to the keys.
func (h memberHandlers) roleDialog(c *web.Context, userID int64, chosen models.Role, d models.Departure, err error) error {
	l, failed := h.store.Leaving(c.Ctx(), c.Actor, userID, models.RoleMember)
	if failed != nil {
		return failed
	}
	f := view.RoleForm{
		Root: h.Root(c), Back: h.Back(c), Member: l.Member, Role: chosen, Self: userID == c.User.ID, Owners: c.Role.Can(models.PermOwnersManage), Higher: !c.Account.Suspended(),
		Disposition: view.KeyDisposition{Leaving: l, Keys: d.Keys, To: d.To, Self: c.User.ID},
	}
	return h.Dialog(c, c.T("people.role.change"), err, func(page bool, e web.FieldErrors) templ.Component {
		f.Page, f.Errors, f.Disposition.Errors = page, e, e
		return view.RoleDialog(f)
	})
}

// role changes a member's role.
func (h memberHandlers) role(c *web.Context) error {
	m, err := h.member(c)
	if err != nil {
		return err
	}
	role, d := models.Role(c.Value("role")), departure(c)
	if err := h.store.SetMemberRole(c.Ctx(), c.Actor, m.UserID, role, d); err != nil {
		if models.CodeOf(err) == models.CodeInvalid || models.CodeOf(err) == models.CodeConflict {
			return h.roleDialog(c, m.UserID, role, d, err)
		}
		return err
	}
	said := c.T("people.said.role", "Name", m.Name, "Role", terms.RoleName(c.Ctx(), role))
	if m.UserID == c.User.ID { // panel and menus are another's now
		return c.Done(page.KeysRoot(c), said, nil)
	}
	return h.Done(c, said, h.changed)
}

// departure returns what the form decides about the member's keys.
func departure(c *web.Context) models.Departure {
	d := models.Departure{Keys: models.KeyDisposition(c.Value("keys"))}
	d.To, _ = strconv.ParseInt(c.Value("to"), 10, 64) // 0, which is nobody, for an invalid number
	return d
}

// enable lets a disabled member in again.
func (h memberHandlers) enable(c *web.Context) error {
	m, err := h.member(c)
	if err != nil {
		return err
	}
	if err := h.store.EnableMember(c.Ctx(), c.Actor, m.UserID); err != nil {
		return err
	}
	return h.Done(c, c.T("people.said.enabled", "Name", m.Name), h.changed)
}

// askDisable asks before a member is disabled.
func (h memberHandlers) askDisable(c *web.Context) error { return h.ask(c, "disable") }

// askRemove asks before a member is removed.
func (h memberHandlers) askRemove(c *web.Context) error { return h.ask(c, "remove") }

// ask explains what happens to the member, and asks what happens to their keys.
func (h memberHandlers) ask(c *web.Context, act string) error {
	m, err := h.member(c)
	if err != nil {
		return err
	}
	return h.departureDialog(c, m.UserID, act, models.Departure{Keys: models.KeysLeave}, nil)
}

// departureDialog draws the question with what was chosen and, after err, with
// the errors beside the fields.
func (h memberHandlers) departureDialog(c *web.Context, userID int64, act string, d models.Departure, err error) error {
	l, failed := h.store.Leaving(c.Ctx(), c.Actor, userID, "")
	if failed != nil {
		return failed
	}
	v := view.Departure{
		Root: h.Root(c), Back: h.Back(c), Act: act, Member: l.Member, Master: c.Account.Master.Name,
		Disposition: view.KeyDisposition{Leaving: l, Keys: d.Keys, To: d.To, Self: c.User.ID},
	}
	return h.Dialog(c, c.T("people."+act), err, func(page bool, e web.FieldErrors) templ.Component {
		v.Page, v.Errors, v.Disposition.Errors = page, e, e
		return view.DepartureDialog(v)
	})
}

// disable disables a member.
func (h memberHandlers) disable(c *web.Context) error {
	return h.depart(c, "disable", "people.said.disabled", h.store.DisableMember)
}

// remove removes a member from the account.
func (h memberHandlers) remove(c *web.Context) error {
	return h.depart(c, "remove", "people.said.removed", h.store.RemoveMember)
}

// depart disables or removes a member by calling do, and answers with the list.
// If do refuses, the question is asked again.
func (h memberHandlers) depart(c *web.Context, act, said string, do func(context.Context, models.Actor, int64, models.Departure) error) error {
	m, err := h.member(c)
	if err != nil {
		return err
	}
	d := departure(c)
	if err := do(c.Ctx(), c.Actor, m.UserID, d); err != nil {
		if models.CodeOf(err) == models.CodeInvalid || models.CodeOf(err) == models.CodeConflict {
			return h.departureDialog(c, m.UserID, act, d, err)
		}
		return err
	}
	return h.Done(c, c.T(said, "Name", m.Name), h.changed)
}
