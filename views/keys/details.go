package keys

import (
	"context"
	"time"

	"keywicket/views/terms"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// KeyDetails is the page of one key. The typed fields hold the contents of the
// forms: the key's own values, or input that was refused.
type KeyDetails struct {
	Root           string // address of the list
	Key            models.KeyDetail
	IdempotencyKey string
	Now            time.Time
	Account        models.Account // whose policies hold
	Create         bool           // the reader may add keys, also by copying
	Basics         KeyBasics
	Apps           AppScope
	APIs           APIScope
	IP             string // typed into New IP
	NextIP         bool   // the cursor belongs into New IP: what had it is gone
	Limits         KeyLimits
	Usage          []models.UsageDay
	History        []models.AuditRow
	Errors         map[string]string // words beside fields, by the field's name
}

// KeyBasics holds the fields of the section Basics, as typed.
type KeyBasics struct {
	Name        string
	Description string
	Expiry      string // 2006-01-02, the last day in UTC; "" for never
}

// BasicsOf returns the fields filled with the key's values.
func BasicsOf(k models.Key) KeyBasics {
	b := KeyBasics{Name: k.Name, Description: k.Description}
	if k.ExpiresAt != nil {
		b.Expiry = k.ExpiresAt.UTC().Format(time.DateOnly)
	}
	return b
}

// path returns the address of the key's page.
func (m KeyDetails) path() string { return m.Root + "/" + m.Key.Sid }

// section returns the params of a section that is saved on its own.
func (m KeyDetails) section(id string, of models.Section, title, about string) ui.SectionParams {
	action := m.path() + "/" + id
	return ui.SectionParams{ID: id, Title: title, Description: about, Action: action, Version: string(of.Version()), Attrs: ui.PostTo(action, "#"+id)}
}

// whitelistSentence returns a sentence about the effect of the IP Whitelist,
// and its tone.
func (m KeyDetails) whitelistSentence(ctx context.Context) (ui.Tone, string) {
	if len(m.Key.IPs) == 0 {
		return ui.Neutral, i18n.T(ctx, "keys.ips.open")
	}
	return ui.OK, i18n.N(ctx, "keys.ips.only", len(m.Key.IPs))
}

// pluginSentence returns a sentence about the effect of the IP Whitelist on
// plugins.
func (m KeyDetails) pluginSentence(ctx context.Context) string {
	if len(m.Key.IPs) == 0 {
		return i18n.T(ctx, "keys.plugins.all")
	}
	return i18n.T(ctx, "keys.plugins.none")
}

// limitSentence returns a sentence about the key's limit.
func (m KeyDetails) limitSentence(ctx context.Context) string {
	if m.Key.RateRequests == 0 {
		return i18n.T(ctx, "keys.limits.none")
	}
	return i18n.T(ctx, "keys.limits.some", "Requests", ui.Number(m.Key.RateRequests), "Window", terms.Window(ctx, m.Key.RateWindowSec))
}

// unitOptions returns the units of time as options.
func unitOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: "s", Label: i18n.T(ctx, "keys.limits.unit.s")},
		{Value: "m", Label: i18n.T(ctx, "keys.limits.unit.m")},
		{Value: "h", Label: i18n.T(ctx, "keys.limits.unit.h")},
	}
}

// expirySentence returns a sentence about the key's expiry.
func (m KeyDetails) expirySentence(ctx context.Context) string {
	switch {
	case m.Account.MaxExpiryDays > 0:
		return i18n.N(ctx, "keys.expiry.max", m.Account.MaxExpiryDays)
	case m.Key.ExpiresAt == nil:
		return i18n.T(ctx, "keys.expiry.never")
	case m.Key.Expired(m.Now):
		return i18n.T(ctx, "keys.expiry.over")
	default:
		return i18n.T(ctx, "keys.expiry.until")
	}
}

// state returns the tone and the words of the badge in the page's head.
func (m KeyDetails) state(ctx context.Context) (ui.Tone, string) {
	if m.Key.Expired(m.Now) {
		return ui.Bad, i18n.T(ctx, "keys.expired")
	}
	if days, soon := expiresSoon(m.Key.Key, m.Now); soon {
		return ui.Warn, i18n.N(ctx, "keys.expires", days)
	}
	return ui.Neutral, ""
}

// LastIP is the question before the last address of a whitelist is removed.
type LastIP struct {
	Root  string
	Key   models.Key
	Rule  string
	Rules []string // the whole whitelist
	Page  bool
}

// params returns the params of the question.
func (m LastIP) params(ctx context.Context) ui.ConfirmParams {
	action := m.Root + "/" + m.Key.Sid + "/whitelist/remove"
	return ui.ConfirmParams{
		ID: "last-ip", Title: i18n.T(ctx, "keys.ips.last", "Rule", m.Rule),
		Text:   i18n.T(ctx, "keys.ips.last.text", "Name", m.Key.Name),
		Action: action, Label: i18n.T(ctx, "keys.ips.last.remove"),
		Version: string(models.WhitelistSection(m.Rules).Version()), Fields: map[string]string{"ip": m.Rule, "confirmed": "1"},
		Show: !m.Page, Page: m.Page, Back: m.Root + "/" + m.Key.Sid, Attrs: ui.PostDialog(action),
	}
}
