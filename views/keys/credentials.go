package keys

import (
	"context"
	"strconv"
	"time"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// CredentialForm is the dialog that rotates a key's credentials: what the new
// ones are, and how long the previous ones keep working. It never contains a
// typed secret, which must be typed again.
type CredentialForm struct {
	Root     string
	Back     string // address of the page it was asked on
	Key      models.KeyDetail
	Kind     models.CredentialKind
	Username string
	Grace    string // hours
	Page     bool
	Errors   map[string]string
}

// NewCredentialForm returns the form before anything is typed. It offers a
// grace period of a day, so that callers can switch without a failure.
func NewCredentialForm(k models.KeyDetail) CredentialForm {
	f := CredentialForm{Key: k, Kind: k.CopiedCredential(), Grace: "24"}
	if k.Chosen() {
		f.Kind, f.Username = models.CredentialChosen, k.Username
	}
	return f
}

// action returns the address that the form is sent to.
func (f CredentialForm) action() string { return f.Root + "/" + f.Key.Sid + "/credentials" }

// params returns the params of the dialog.
func (f CredentialForm) params(ctx context.Context) ui.DialogParams {
	p := ui.DialogParams{
		ID: "change-credentials", Show: !f.Page, Page: f.Page, CloseHref: f.Back,
		Action: f.action(), Attrs: ui.PostDialog(f.action()),
		Title:  i18n.T(ctx, "credentials.rotate.of", "Name", f.Key.Name),
		Submit: ui.ButtonParams{Label: i18n.T(ctx, "credentials.rotate"), ID: "do-change"},
	}
	if f.Key.Pair() {
		p.Title = i18n.T(ctx, "credentials.change.of", "Name", f.Key.Name)
		p.Submit.Label = i18n.T(ctx, "credentials.change")
	}
	return p
}

// kinds returns the choice of the kind of credentials.
func (f CredentialForm) kinds(ctx context.Context) ui.RadioParams {
	return ui.RadioParams{
		Name: "credential", Legend: i18n.T(ctx, "credentials.new"), Value: string(f.Kind), Error: f.Errors["credential"],
		Cards: []ui.RadioCard{
			{Value: string(models.CredentialPair), Label: i18n.T(ctx, "keyform.pair"), Hint: i18n.T(ctx, "credentials.pair.hint")},
			{Value: string(models.CredentialChosen), Label: i18n.T(ctx, "keyform.own"), Hint: i18n.T(ctx, "credentials.own.hint"), Shows: "own-credentials"},
		},
	}
}

// overlaps returns the choice of grace periods.
func (f CredentialForm) overlaps(ctx context.Context) ui.RadioParams {
	p := ui.RadioParams{Name: "grace", Legend: i18n.T(ctx, "credentials.overlap"), Value: f.Grace, Error: f.Errors["grace"]}
	for _, d := range models.GracePeriods() {
		hours := strconv.Itoa(int(d / time.Hour))
		p.Cards = append(p.Cards, ui.RadioCard{
			Value: hours, Label: i18n.T(ctx, "credentials.overlap."+hours), Hint: i18n.T(ctx, "credentials.overlap."+hours+".hint"),
		})
	}
	return p
}

// ChangedCredentials is a key with new credentials. Besides reveal and copy,
// only this answer contains them.
type ChangedCredentials struct {
	Result
	Root  string
	Until *time.Time // when the old ones stop; nil: they have
	Page  bool
}

// params returns the params of the dialog.
func (m ChangedCredentials) params(ctx context.Context) ui.DialogParams {
	return ui.DialogParams{
		ID: "changed-credentials", Title: i18n.T(ctx, "credentials.changed", "Name", m.Key.Name),
		Show: !m.Page, Page: m.Page, Once: m.once(),
		CloseLabel: i18n.T(ctx, "keys.created.done"), CloseHref: m.Root + "/" + m.Key.Sid,
	}
}

// EndPrevious is the question before the previous credentials are ended.
type EndPrevious struct {
	Root string
	Key  models.KeyDetail
	Page bool
}

// params returns the params of the question.
func (m EndPrevious) params(ctx context.Context) ui.ConfirmParams {
	action := m.Root + "/" + m.Key.Sid + "/credentials/stop"
	return ui.ConfirmParams{
		ID: "stop-old", Title: i18n.T(ctx, "credentials.stop.of", "Name", m.Key.Name), Text: i18n.T(ctx, "credentials.stop.text"),
		Action: action, Version: string(models.PreviousSection(m.Key.Previous).Version()), Label: i18n.T(ctx, "credentials.stop"),
		Show: !m.Page, Page: m.Page, Back: m.Root + "/" + m.Key.Sid, Attrs: ui.PostDialog(action),
	}
}

// oldName returns what distinguishes the previous credentials: their user name,
// or the visible part of a token.
func oldName(o *models.PreviousCredential) string {
	if o.Username != "" {
		return o.Username
	}
	return mask(models.Key{Prefix: o.Prefix, Last4: o.Last4})
}

// oldUses returns the words for how often the previous credentials were used
// since the rotation.
func oldUses(ctx context.Context, o *models.PreviousCredential) string {
	if o.Uses == 0 {
		return i18n.T(ctx, "credentials.old.unused")
	}
	return i18n.N(ctx, "credentials.old.uses", int(o.Uses), "Number", ui.Number(int(o.Uses)))
}

// changeLabel returns the menu's label for a rotation of the key's credentials.
func changeLabel(ctx context.Context, k models.Key) string {
	if k.Pair() {
		return i18n.T(ctx, "credentials.change.ask")
	}
	return i18n.T(ctx, "credentials.rotate.ask")
}

// whitelistItem returns the menu item for the IP Whitelist: in a dialog over
// the list, or the section on the key's page.
func whitelistItem(ctx context.Context, root string, k models.Key, inList bool) ui.ItemParams {
	p := ui.ItemParams{Label: i18n.T(ctx, "keys.column.ips"), Icon: "shield-check", Href: root + "/" + k.Sid + "#whitelist"}
	if inList {
		p.Attrs = ui.OpenDialog(root + "/" + k.Sid + "/whitelist")
	}
	return p
}

// whitelistDialog returns the params of the dialog with the IP Whitelist.
func (m KeyDetails) whitelistDialog(ctx context.Context) ui.DialogParams {
	return ui.DialogParams{
		ID: "whitelist-dialog", Title: i18n.T(ctx, "credentials.whitelist.of", "Name", m.Key.Name),
		Show: true, Wide: true, CloseLabel: i18n.T(ctx, "keys.created.done"), CloseHref: m.path(),
	}
}
