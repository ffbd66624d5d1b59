package handlers

import (
	"context"
	"strconv"

	"keywicket/models"
	"keywicket/views"
	"keywicket/web"

	"github.com/a-h/templ"
)

// roleForm asks for a person's new role.
func (h memberHandlers) roleForm(c *web.Context) error {
	m, err := h.member(c)
	if err != nil {
		return err
	}
	return h.roleDialog(c, m, m.Role, nil)
}

func (h memberHandlers) roleDialog(c *web.Context, m models.MemberRow, chosen models.Role, err error) error {
	f := views.RoleForm{
		Root: h.root(c), Back: h.back(c), Member: m, Role: chosen, Self: m.UserID == c.User.ID, Owners: c.Role.Can(models.PermOwnersManage),
	}
	return h.dialog(c, c.T("people.role.change"), err, func(page bool, e web.FieldErrors) templ.Component {
		f.Page, f.Errors = page, e
		return views.RoleDialog(f)
	})
}

func (h memberHandlers) role(c *web.Context) error {
	m, err := h.member(c)
	if err != nil {
		return err
	}
	role := models.Role(c.Value("role"))
	if err := h.store.SetMemberRole(c.Ctx(), c.Actor, m.UserID, role); err != nil {
		if models.CodeOf(err) == models.CodeInvalid || models.CodeOf(err) == models.CodeConflict {
			return h.roleDialog(c, m, role, err)
		}
		return err
	}
	said := c.T("people.said.role", "Name", m.Name, "Role", views.RoleName(c.Ctx(), role))
	if m.UserID == c.User.ID { // panel and menus are another's now
		return c.Done(keysRoot(c), said, nil)
	}
	return h.done(c, said, h.changed)
}

func (h memberHandlers) enable(c *web.Context) error {
	m, err := h.member(c)
	if err != nil {
		return err
	}
	if err := h.store.EnableMember(c.Ctx(), c.Actor, m.UserID); err != nil {
		return err
	}
	return h.done(c, c.T("people.said.enabled", "Name", m.Name), h.changed)
}

func (h memberHandlers) askDisable(c *web.Context) error { return h.ask(c, "disable") }

func (h memberHandlers) askRemove(c *web.Context) error { return h.ask(c, "remove") }

// ask says what happens to the person, and asks what becomes of their keys.
func (h memberHandlers) ask(c *web.Context, act string) error {
	m, err := h.member(c)
	if err != nil {
		return err
	}
	return h.departureDialog(c, m, views.Departure{Act: act, Keys: models.KeysLeave}, nil)
}

func (h memberHandlers) departureDialog(c *web.Context, m models.MemberRow, d views.Departure, err error) error {
	all, failed := h.store.ListMembers(c.Ctx(), c.Actor)
	if failed != nil {
		return failed
	}
	for _, other := range all {
		if other.Active() && other.UserID != m.UserID {
			d.Heirs = append(d.Heirs, other)
		}
	}
	d.Root, d.Back, d.Member, d.Self = h.root(c), h.back(c), m, c.User.ID
	return h.dialog(c, c.T("people."+d.Act), err, func(page bool, e web.FieldErrors) templ.Component {
		d.Page, d.Errors = page, e
		return views.DepartureDialog(d)
	})
}

func (h memberHandlers) disable(c *web.Context) error {
	return h.depart(c, "disable", "people.said.disabled", h.store.DisableMember)
}

func (h memberHandlers) remove(c *web.Context) error {
	return h.depart(c, "remove", "people.said.removed", h.store.RemoveMember)
}

func (h memberHandlers) depart(c *web.Context, act, said string, do func(context.Context, models.Actor, int64, models.Departure) error) error {
	m, err := h.member(c)
	if err != nil {
		return err
	}
	d := models.Departure{Keys: models.KeysFate(c.Value("keys"))}
	d.To, _ = strconv.ParseInt(c.Value("to"), 10, 64) // what is no number is nobody
	if err := do(c.Ctx(), c.Actor, m.UserID, d); err != nil {
		if models.CodeOf(err) == models.CodeInvalid || models.CodeOf(err) == models.CodeConflict {
			return h.departureDialog(c, m, views.Departure{Act: act, Keys: d.Keys, To: d.To}, err)
		}
		return err
	}
	return h.done(c, c.T(said, "Name", m.Name), h.changed)
}
