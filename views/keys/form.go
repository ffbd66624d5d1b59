package keys

import (
	"context"
	"strconv"
	"time"

	"keywicket/views/terms"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// KeyForm is the form that creates a key, as typed. It never contains a typed
// secret, which must be typed again.
type KeyForm struct {
	Root           string
	Back           string // address of the list as the reader left it
	IdempotencyKey string // one-time token: one press makes one key
	Account        models.Account
	Name           string
	Description    string
	Channel        models.Channel
	Kind           models.CredentialKind
	Username       string
	Expires        string // days from now, ExpiresOn, or "" for never
	Date           string // 2006-01-02, for ExpiresOn
	Apps           AppScope
	APIs           APIScope
	Now            time.Time
	Page           bool
	Errors         map[string]string
}

// ExpiresOn is the choice of an Expiry Date that is typed.
const ExpiresOn = "date"

// NewKeyForm returns the form before anything is typed. If the account has a
// maximum expiry, it is selected.
func NewKeyForm(a models.Account, channel models.Channel) KeyForm {
	f := KeyForm{Account: a, Channel: models.ChannelREST, Kind: models.CredentialToken}
	for _, c := range models.Channels() {
		if c == channel && !c.TakesToken() {
			f.Channel, f.Kind = c, models.CredentialPair
		}
	}
	if a.MaxExpiryDays > 0 {
		f.Expires = strconv.Itoa(a.MaxExpiryDays)
	}
	return f
}

// action returns the address that the form is sent to.
func (f KeyForm) action() string { return f.Root + "/new" }

// params returns the params of the dialog.
func (f KeyForm) params(ctx context.Context) ui.DialogParams {
	return ui.DialogParams{
		ID: "key-form", Title: i18n.T(ctx, "keyform.title"), Show: !f.Page, Page: f.Page, Wide: true, CloseHref: f.Back,
		Action: f.action(), Attrs: ui.PostDialog(f.action()),
		Submit: ui.ButtonParams{Label: i18n.T(ctx, "keyform.generate"), ID: "generate"},
	}
}

// first reports whether the field gets the focus: the first with an error, or
// the first of the form.
func (f KeyForm) first(field string) bool {
	for _, name := range []string{"name", "description", "username", "secret", "expires_at"} {
		if f.Errors[name] != "" {
			return name == field
		}
	}
	return field == "name"
}

// channels returns the choice of the channel, with what each is for.
func (f KeyForm) channels(ctx context.Context) ui.RadioParams {
	p := ui.RadioParams{Name: "channel", Legend: i18n.T(ctx, "keyform.channel"), Value: string(f.Channel), Error: f.Errors["channel"]}
	for _, c := range models.Channels() {
		p.Cards = append(p.Cards, ui.RadioCard{Value: string(c), Label: terms.ChannelName(ctx, c), Hint: i18n.T(ctx, "keyform.channel."+string(c))})
	}
	return p
}

// kinds returns the choice of the kind of credentials.
func (f KeyForm) kinds(ctx context.Context) ui.RadioParams {
	return ui.RadioParams{
		Name: "credential", Legend: i18n.T(ctx, "keyform.credential"), Value: string(f.Kind), Error: f.Errors["credential"],
		Cards: []ui.RadioCard{
			{Value: string(models.CredentialToken), Label: i18n.T(ctx, "keyform.token"), Hint: i18n.T(ctx, "keyform.token.hint")},
			{Value: string(models.CredentialPair), Label: i18n.T(ctx, "keyform.pair"), Hint: i18n.T(ctx, "keyform.pair.hint")},
			{Value: string(models.CredentialChosen), Label: i18n.T(ctx, "keyform.own"), Hint: i18n.T(ctx, "keyform.own.hint"), Shows: "own-credentials"},
		},
	}
}

// dates returns the offered Expiry Dates that the account allows.
func (f KeyForm) dates(ctx context.Context) ui.RadioParams {
	p := ui.RadioParams{Name: "expires", Legend: i18n.T(ctx, "keys.expiry"), Value: f.Expires, Error: f.Errors["expires"]}
	if f.Account.MaxExpiryDays == 0 {
		p.Cards = append(p.Cards, ui.RadioCard{Label: i18n.T(ctx, "keyform.expires.never")})
	}
	for _, c := range f.Account.ExpiryChoices(f.Now) {
		p.Cards = append(p.Cards, ui.RadioCard{Value: strconv.Itoa(c.Days), Label: i18n.N(ctx, "keyform.expires.days", c.Days), Hint: c.At.Format(time.DateOnly)})
	}
	p.Cards = append(p.Cards, ui.RadioCard{Value: ExpiresOn, Label: i18n.T(ctx, "keyform.expires.date"), Shows: "other-date"})
	return p
}

// dateHint returns the hint below the date: what it means, and the latest that
// is allowed.
func (f KeyForm) dateHint(ctx context.Context) string {
	if latest := f.Account.LatestExpiry(f.Now); latest != nil {
		return i18n.T(ctx, "keyform.expires.latest", "Date", latest.Format(time.DateOnly))
	}
	return i18n.T(ctx, "keyform.expires.utc")
}

// scopeCards returns the cards of a scope under another name, because the form
// has two scopes.
func scopeCards(p ui.RadioParams, name, problem string) ui.RadioParams {
	p.Name, p.Hide, p.Error = name, false, problem
	return p
}
