// Package members draws the members of an account and their invitations.
package members

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"keywicket/views"
	"keywicket/views/terms"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"

	"github.com/a-h/templ"
)

// Members is the Members page: the members of the account and the pending
// invitations.
type Members struct {
	Root        string // address of the page: /a/acme/settings/members
	Settings    string // /a/acme/settings
	Keys        string // /a/acme/keys
	Rows        []models.MemberRow
	Invitations []models.Invitation
	Doubts      map[int64]string // why a person can be mistaken for another one
	Self        int64            // ID of the reader
	Account     models.Account
	Role        models.Role // the reader's
}

// columns returns the columns of the members.
func (m Members) columns(ctx context.Context) []ui.Column {
	columns := []ui.Column{
		{Label: i18n.T(ctx, "people.column.name")},
		{Label: i18n.T(ctx, "people.column.role")},
		{Label: i18n.T(ctx, "people.column.keys")},
		{Label: i18n.T(ctx, "people.column.seen")},
		{Label: i18n.T(ctx, "people.column.status")},
		{Label: i18n.T(ctx, "people.column.action"), Hide: true, Class: "actions"},
	}
	return columns
}

// invitationColumns returns the columns of the invitations.
func (m Members) invitationColumns(ctx context.Context) []ui.Column {
	return []ui.Column{
		{Label: i18n.T(ctx, "people.column.invited")},
		{Label: i18n.T(ctx, "people.column.role")},
		{Label: i18n.T(ctx, "people.column.by")},
		{Label: i18n.T(ctx, "people.column.expires")},
		{Label: i18n.T(ctx, "people.column.action"), Hide: true, Class: "actions"},
	}
}

// path returns the address of an action on a member.
func (m Members) path(id int64, act string) string {
	return m.Root + "/" + strconv.FormatInt(id, 10) + "/" + act
}

// withdrawPath returns the address that ends an invitation.
func (m Members) withdrawPath(i models.Invitation) string {
	return m.Settings + "/invitations/" + strconv.FormatInt(i.ID, 10) + "/withdraw"
}

// keysHref returns the address of the member's keys.
func (m Members) keysHref(row models.MemberRow) string {
	return m.Keys + "?" + views.OwnerField + "=" + strconv.FormatInt(row.UserID, 10)
}

// may reports whether the reader may manage members with the role.
func (m Members) may(r models.Role) bool { return m.Role.Can(models.PermToManage(r)) }

// hasMenu reports whether the reader can act on the member. Nobody can act on
// themselves, except an Owner who steps down.
func (m Members) hasMenu(row models.MemberRow) bool {
	if row.UserID == m.Self {
		return row.Role == models.RoleOwner
	}
	return m.may(row.Role)
}

// inPlace makes htmx submit a form of the list and replace the list.
func inPlace(action string) templ.Attributes {
	return templ.Attributes{"hx-post": action, "hx-target": "#dialog", "hx-swap": "innerHTML swapEmpty:true"}
}

// roleCards returns the roles that the reader can give, each with what it may
// do.
func roleCards(ctx context.Context, chosen models.Role, owners bool, problem string) ui.RadioParams {
	cards := []ui.RadioCard{
		{Value: string(models.RoleMember), Label: terms.RoleName(ctx, models.RoleMember), Hint: i18n.T(ctx, "people.role.member")},
		{Value: string(models.RoleAdmin), Label: terms.RoleName(ctx, models.RoleAdmin), Hint: i18n.T(ctx, "people.role.admin")},
	}
	if owners {
		cards = append(cards, ui.RadioCard{Value: string(models.RoleOwner), Label: terms.RoleName(ctx, models.RoleOwner), Hint: i18n.T(ctx, "people.role.owner")})
	}
	return ui.RadioParams{Name: "role", Legend: i18n.T(ctx, "people.column.role"), Value: string(chosen), Cards: cards, Error: problem}
}

// InviteForm is the dialog that creates an invitation.
type InviteForm struct {
	Root   string
	Back   string
	Role   models.Role // as chosen
	Email  string      // as typed
	Owners bool        // the reader may make Owners
	Mail   bool        // mail is configured
	Errors map[string]string
	Page   bool
}

// emailHint returns the hint below the e-mail field.
func (f InviteForm) emailHint(ctx context.Context) string {
	if f.Mail {
		return i18n.T(ctx, "people.invite.email.hint")
	}
	return i18n.T(ctx, "people.invite.email.nomail")
}

// MailOutcome is the outcome of an invitation's mail.
type MailOutcome string

// The outcomes of an invitation's mail: none was due, it was sent, or sending
// failed.
const (
	MailNone   MailOutcome = ""
	MailSent   MailOutcome = "sent"
	MailFailed MailOutcome = "failed"
)

// Invited is a new invitation with its link.
type Invited struct {
	Root       string
	Invitation models.Invitation
	Link       string
	Sent       MailOutcome
	Page       bool
}

// params returns the params of the dialog.
func (m Invited) params(ctx context.Context) ui.DialogParams {
	return ui.DialogParams{
		ID: "invited", Title: i18n.T(ctx, "people.invited"), Description: i18n.T(ctx, "people.invited.about", "Role", terms.RoleName(ctx, m.Invitation.Role)),
		Show: !m.Page, Page: m.Page, Once: true, CloseLabel: i18n.T(ctx, "people.invited.close"), CloseHref: m.Root,
	}
}

// RoleForm is the dialog that changes a member's role.
type RoleForm struct {
	Root        string
	Back        string
	Member      models.MemberRow
	Role        models.Role // as chosen
	Self        bool        // the reader themselves, who steps down
	Owners      bool
	Higher      bool           // the account may give a higher role
	Disposition KeyDisposition // of the keys that a Member would lose
	Errors      map[string]string
	Page        bool
}

// cards returns the roles. Choosing Member shows the question about the keys
// that it takes.
func (f RoleForm) cards(ctx context.Context) ui.RadioParams {
	p := roleCards(ctx, f.Role, f.Owners, f.Errors["role"])
	if f.Disposition.Leaving.Count() > 0 {
		p.Cards[0].Shows = "lost-keys"
	}
	if !f.Higher {
		p.Cards = slices.DeleteFunc(p.Cards, func(c ui.RadioCard) bool { return models.Role(c.Value).Above(f.Member.Role) })
	}
	return p
}

// params returns the params of the dialog.
func (f RoleForm) params(ctx context.Context) ui.DialogParams {
	action := f.Root + "/" + strconv.FormatInt(f.Member.UserID, 10) + "/role"
	return views.MadeFrom(models.DepartureSection(f.Member, f.Disposition.Leaving.Keys), ui.FormDialog("member-role", i18n.T(ctx, "people.role.title", "Name", f.Member.Name), f.Member.Email, action, i18n.T(ctx, "common.save"), f.Back, f.Page))
}

// KeyDisposition is the question what happens to the keys that a member loses.
type KeyDisposition struct {
	Leaving models.Leaving
	Keys    models.KeyDisposition // as chosen
	To      int64                 // as chosen
	Self    int64                 // ID of the reader
	Errors  map[string]string
}

// Departure is the question before a member is disabled or removed.
type Departure struct {
	Root        string
	Back        string
	Act         string // "disable" or "remove"
	Member      models.MemberRow
	Master      string // name of the master
	Disposition KeyDisposition
	Errors      map[string]string
	Page        bool
}

// params returns the params of the question.
func (d Departure) params(ctx context.Context) ui.ConfirmParams {
	action := d.Root + "/" + strconv.FormatInt(d.Member.UserID, 10) + "/" + d.Act
	title, text, label := "people.disable.title", "people.disable.text", "people.disable"
	if d.Act == "remove" {
		title, text, label = "people.remove.title", "people.remove.text", "people.remove"
	}
	return ui.ConfirmParams{
		ID: "depart", Title: i18n.T(ctx, title, "Name", d.Member.Name), Text: i18n.T(ctx, text, "Email", d.Member.Email),
		Action: action, Version: string(models.DepartureSection(d.Member, d.Disposition.Leaving.Keys).Version()), Label: i18n.T(ctx, label), Fields: map[string]string{"back": d.Back},
		Show: !d.Page, Page: d.Page, Back: d.Back, Attrs: ui.PostDialog(action),
	}
}

// cards returns the choices of what happens to the keys.
func (f KeyDisposition) cards(ctx context.Context) ui.RadioParams {
	cards := []ui.RadioCard{
		{Value: string(models.KeysLeave), Label: i18n.T(ctx, "people.keys.leave"), Hint: i18n.T(ctx, "people.keys.leave.hint")},
		{Value: string(models.KeysDisable), Label: i18n.T(ctx, "people.keys.disable"), Hint: i18n.T(ctx, "people.keys.disable.hint")},
	}
	if len(f.Leaving.NewOwners) > 0 {
		cards = append(cards, ui.RadioCard{
			Value: string(models.KeysHandOver), Label: i18n.T(ctx, "people.keys.hand_over"), Hint: i18n.T(ctx, "people.keys.hand_over.hint"), Shows: "heirs",
		})
	}
	return ui.RadioParams{Name: "keys", Legend: i18n.N(ctx, "people.keys.question", f.Leaving.Count()), Value: string(f.Keys), Cards: cards, Error: f.Errors["keys"]}
}

// where names the accounts that contain the keys, with the number in each.
func (f KeyDisposition) where(ctx context.Context) string {
	keys := f.Leaving.Keys
	var parts []string
	for _, k := range keys[:min(len(keys), maxNamedAccounts)] {
		parts = append(parts, i18n.T(ctx, "people.keys.in", "Account", k.Account, "Count", len(k.Sids)))
	}
	if rest := len(keys) - len(parts); rest > 0 {
		parts = append(parts, i18n.N(ctx, "people.keys.in.more", rest))
	}
	return strings.Join(parts, " · ")
}

// maxNamedAccounts is how many accounts a sentence names.
const maxNamedAccounts = 5

// newOwners returns the field that chooses the keys' new owner.
func (f KeyDisposition) newOwners(ctx context.Context) ui.FieldParams {
	p := ui.FieldParams{Name: "to", Label: i18n.T(ctx, "people.keys.to"), Error: f.Errors["to"]}
	if f.To == 0 {
		f.To = f.Self
	}
	p.Value = strconv.FormatInt(f.To, 10)
	for _, m := range f.Leaving.NewOwners {
		p.Options = append(p.Options, ui.Option{Value: strconv.FormatInt(m.UserID, 10), Label: m.Name + " · " + m.Email})
	}
	return p
}
