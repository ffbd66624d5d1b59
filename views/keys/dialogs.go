package keys

import (
	"context"
	"strings"
	"time"

	"keywicket/views/terms"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"

	"github.com/a-h/templ"
)

// NewKey is a new key with its value. Besides reveal and copy, only this answer
// contains the value.
type NewKey struct {
	Root  string
	Key   models.Key
	Value string // "" when the same press came again too late, from elsewhere, or for a value that is not kept
	Try   string // a command that asks the gate about the key; "" for none
	Title string
	Days  int  // the account's longest expiry, which the key got; 0: none
	Page  bool // a page of its own, for readers without script
}

// params returns the params of the dialog.
func (m NewKey) params(ctx context.Context) ui.DialogParams {
	ready := i18n.T(ctx, "keys.created.ready", "Name", m.Key.Name)
	if !m.Key.Enabled {
		ready = i18n.T(ctx, "keys.created.off", "Name", m.Key.Name)
	}
	return ui.DialogParams{
		ID: "new-key", Title: m.Title, Description: ready,
		Show: !m.Page, Page: m.Page, Once: m.leavesNothing(),
		CloseLabel: i18n.T(ctx, "keys.created.done"), CloseHref: m.Root,
	}
}

// leavesNothing reports whether the value cannot be shown again after the
// dialog is closed.
func (m NewKey) leavesNothing() bool { return m.Value != "" && !revealable(m.Key) }

// KeyDeletion is the question before a key is deleted.
type KeyDeletion struct {
	Root string
	Key  models.KeyAndPlugins
	Back string // address of the page it was asked on
	Now  time.Time
	Page bool
}

// recently reports whether the key was used so recently that somebody may still
// need it.
func (m KeyDeletion) recently() bool {
	return m.Key.LastUsedAt != nil && m.Now.Sub(*m.Key.LastUsedAt) < 7*24*time.Hour
}

// params returns the params of the question.
func (m KeyDeletion) params(ctx context.Context) ui.ConfirmParams {
	action := m.Root + "/" + m.Key.Sid + "/delete"
	return ui.ConfirmParams{
		ID: "delete-key", Title: i18n.T(ctx, "keys.delete.title", "Name", m.Key.Name), Text: i18n.T(ctx, "keys.delete.text"),
		Action: action, Version: string(models.DeletionSection(m.Key).Version()), Label: i18n.T(ctx, "keys.delete"), Fields: map[string]string{"back": m.Back},
		Show: !m.Page, Page: m.Page, Back: m.Back, Attrs: ui.PostDialog(action),
	}
}

// refusal returns the params of the dialog that explains why the key cannot be
// deleted.
func (m KeyDeletion) refusal(ctx context.Context) ui.DialogParams {
	return ui.DialogParams{
		ID: "delete-key", Title: i18n.T(ctx, "keys.delete.enabled", "Name", m.Key.Name),
		Show: !m.Page, Page: m.Page, CloseHref: m.Back,
	}
}

// BulkAsk is the question before an action on several keys.
type BulkAsk struct {
	Root    string
	Op      models.BulkOp // BulkDisable or BulkDelete
	Sids    []string
	Keys    []models.KeyAndPlugins // that the Sids are of
	Plugins []models.Plugin        // of the keys that it will be done to
	Does    []string               // names of the keys that it will be done to
	Stays   []string               // names of the keys that it may not be done to
	Back    string
	Page    bool
}

// seen returns the key's Sid with the version of what the question shows about
// it.
func (m BulkAsk) seen(k models.KeyAndPlugins) string {
	if m.Op == models.BulkDelete {
		return k.Sid + "." + string(models.DeletionSection(k).Version())
	}
	return seen(k.Key)
}

// params returns the params of the question.
func (m BulkAsk) params(ctx context.Context) ui.DialogParams {
	p := ui.DialogParams{
		ID: "bulk-ask", Show: !m.Page, Page: m.Page, CloseHref: m.Back, Wide: true,
		Action: m.Root + "/bulk", Attrs: ui.PostDialog(m.Root + "/bulk"),
		Submit: ui.ButtonParams{Variant: ui.Danger},
	}
	n := len(m.Does)
	switch {
	case m.Op == models.BulkDisable:
		p.Title, p.Description = i18n.N(ctx, "keys.bulk.disable.title", n), i18n.T(ctx, "keys.bulk.disable.text")
		p.Submit.Label = i18n.T(ctx, "keys.disable")
	case n > 0:
		p.Title, p.Description = i18n.N(ctx, "keys.bulk.delete.title", n), i18n.T(ctx, "keys.delete.text")
		p.Submit.Label = i18n.T(ctx, "keys.delete")
	default:
		p.Title, p.Action = i18n.T(ctx, "keys.bulk.delete.nothing"), ""
	}
	return p
}

// BulkWords returns the tone and the words for the result of a bulk action.
func BulkWords(ctx context.Context, op models.BulkOp, r models.BulkResult) (ui.Tone, string) {
	parts := []string{}
	switch op {
	case models.BulkEnable:
		parts = append(parts, i18n.N(ctx, "keys.bulk.enabled", r.Done))
	case models.BulkDisable:
		parts = append(parts, i18n.N(ctx, "keys.bulk.disabled", r.Done))
	case models.BulkDelete:
		parts = append(parts, i18n.N(ctx, "keys.bulk.deleted", r.Done))
	}
	if r.Same > 0 {
		parts = append(parts, i18n.N(ctx, "keys.bulk.same", r.Same))
	}
	if r.Gone > 0 {
		parts = append(parts, i18n.N(ctx, "keys.bulk.gone", r.Gone))
	}
	tone := ui.OK
	if len(r.Refused) > 0 {
		tone = ui.Warn
		parts = append(parts, i18n.T(ctx, "keys.bulk.refused", "Names", terms.JoinNames(ctx, r.Refused)))
	}
	return tone, strings.Join(parts, " ")
}

// testerHref returns the address of the Tester with the key selected.
func testerHref(root, sid string) string {
	return strings.TrimSuffix(root, "keys") + "tester?key=" + sid
}

// copyForm makes htmx copy a key, where the list can show the new one.
func copyForm(root, sid string, inList bool) templ.Attributes {
	if !inList {
		return ui.PostDialog(root + "/" + sid + "/copy")
	}
	return swapListTo(root + "/" + sid + "/copy")
}

// rowAttrs returns the attributes that mark the row of a new or a disabled key.
func (m KeyList) rowAttrs(k *models.Key) templ.Attributes {
	switch {
	case k.Sid == m.Fresh:
		return templ.Attributes{"class": "fresh", "data-fresh": true}
	case !k.Enabled:
		return templ.Attributes{"class": "row-off"}
	default:
		return nil
	}
}
