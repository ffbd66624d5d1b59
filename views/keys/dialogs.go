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

// NewKey is a key that was just made, with its value: the one answer besides
// reveal and copy that holds it.
type NewKey struct {
	Root  string
	Key   models.Key
	Value string // "" when the same press came again too late, from elsewhere, or for a value that is not kept
	Try   string // a command that asks the gate about the key; "" for none
	Title string
	Days  int  // the account's longest expiry, which the key got; 0: none
	Page  bool // a page of its own, for readers without script
}

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

// leavesNothing reports whether the value that is shown is gone with the dialog.
func (m NewKey) leavesNothing() bool { return m.Value != "" && !revealable(m.Key) }

// KeyDeletion asks before a key is deleted.
type KeyDeletion struct {
	Root string
	Key  models.KeyAndPlugins
	Back string // address of the page it was asked on
	Now  time.Time
	Page bool
}

// recently reports whether somebody may still need the key.
func (m KeyDeletion) recently() bool {
	return m.Key.LastUsedAt != nil && m.Now.Sub(*m.Key.LastUsedAt) < 7*24*time.Hour
}

func (m KeyDeletion) params(ctx context.Context) ui.ConfirmParams {
	action := m.Root + "/" + m.Key.Sid + "/delete"
	return ui.ConfirmParams{
		ID: "delete-key", Title: i18n.T(ctx, "keys.delete.title", "Name", m.Key.Name), Text: i18n.T(ctx, "keys.delete.text"),
		Action: action, Version: string(models.DeletionSection(m.Key).Version()), Label: i18n.T(ctx, "keys.delete"), Fields: map[string]string{"back": m.Back},
		Show: !m.Page, Page: m.Page, Back: m.Back, Attrs: ui.PostDialog(action),
	}
}

func (m KeyDeletion) refusal(ctx context.Context) ui.DialogParams {
	return ui.DialogParams{
		ID: "delete-key", Title: i18n.T(ctx, "keys.delete.enabled", "Name", m.Key.Name),
		Show: !m.Page, Page: m.Page, CloseHref: m.Back,
	}
}

// BulkAsk asks before something is done to several keys.
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

// seen is the key's Sid with the version of what the question tells of it.
func (m BulkAsk) seen(k models.KeyAndPlugins) string {
	if m.Op == models.BulkDelete {
		return k.Sid + "." + string(models.DeletionSection(k).Version())
	}
	return seen(k.Key)
}

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

// BulkWords says what a bulk operation did, and its tone.
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

// testerHref leads to the tester with the key chosen.
func testerHref(root, sid string) string {
	return strings.TrimSuffix(root, "keys") + "tester?key=" + sid
}

// copyForm lets htmx copy a key where the list can show the new one.
func copyForm(root, sid string, inList bool) templ.Attributes {
	if !inList {
		return ui.PostDialog(root + "/" + sid + "/copy")
	}
	return swapListTo(root + "/" + sid + "/copy")
}

// rowAttrs marks the row of a key that was just made, and of one that is off.
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
