// Package accounts draws the account's settings and its sub-accounts.
package accounts

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
)

// Settings is the page with the account's name and policies.
type Settings struct {
	Root    string // address of the page: /a/acme/settings/account
	Account models.Account
	Rate    string // as typed
	Expiry  ExpiryPolicy
	CanEdit bool
	Gate    views.GateAddress
	Errors  map[string]string
}

// RateField returns the text of a rate's field: "" for no limit.
func RateField(perSecond int) string {
	if perSecond <= 0 {
		return ""
	}
	return strconv.Itoa(perSecond)
}

// ExpiryPolicy is the maximum expiry as typed: an offered choice, or "own" with
// a number of days.
type ExpiryPolicy struct {
	Choice string
	Days   string
}

// ownExpiry is the choice whose number of days is in a field.
const ownExpiry = "own"

// offeredExpiry returns the offered maximum expiries in days; 0 stands for
// none.
func offeredExpiry() []int { return []int{0, 30, 90, 180, 365} }

// ExpiryOf returns the account's maximum expiry as it fills the form.
func ExpiryOf(a models.Account) ExpiryPolicy {
	days := strconv.Itoa(a.MaxExpiryDays)
	if slices.Contains(offeredExpiry(), a.MaxExpiryDays) {
		return ExpiryPolicy{Choice: days}
	}
	return ExpiryPolicy{Choice: ownExpiry, Days: days}
}

// MaxDays returns the number of days, or -1 if the input is not a number that
// an account can have.
func (p ExpiryPolicy) MaxDays() int {
	if p.Choice != ownExpiry {
		n, err := strconv.Atoi(p.Choice)
		if err != nil || !slices.Contains(offeredExpiry(), n) {
			return -1
		}
		return n
	}
	n, err := strconv.Atoi(strings.TrimSpace(p.Days))
	if err != nil || n == 0 {
		return -1
	}
	return n
}

// expiryCards returns the choices of the maximum expiry.
func (m Settings) expiryCards(ctx context.Context) ui.RadioParams {
	p := ui.RadioParams{Name: "max_expiry", Legend: i18n.T(ctx, "settings.expiry"), Hide: true, Value: m.Expiry.Choice}
	for _, days := range offeredExpiry() {
		label := i18n.T(ctx, "settings.expiry.none")
		if days > 0 {
			label = i18n.N(ctx, "settings.expiry.days", days)
		}
		p.Cards = append(p.Cards, ui.RadioCard{Value: strconv.Itoa(days), Label: label})
	}
	p.Cards = append(p.Cards, ui.RadioCard{Value: ownExpiry, Label: i18n.T(ctx, "settings.expiry.own"), Shows: "own-expiry"})
	return p
}

// expirySentence returns a sentence about the maximum expiry.
func (m Settings) expirySentence(ctx context.Context) string {
	if m.Account.MaxExpiryDays <= 0 {
		return i18n.T(ctx, "settings.expiry.free")
	}
	return i18n.N(ctx, "settings.expiry.some", m.Account.MaxExpiryDays)
}

// membersSentence returns a sentence about what a Member may do.
func (m Settings) membersSentence(ctx context.Context) string {
	if m.Account.MembersCreate {
		return i18n.T(ctx, "settings.members.on")
	}
	return i18n.T(ctx, "settings.members.off")
}

// languageOptions returns the options of the default language.
func (m Settings) languageOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Label: i18n.T(ctx, "settings.language.browser")}}
	for _, l := range i18n.Languages() {
		options = append(options, ui.Option{Value: l, Label: terms.LanguageName(l)})
	}
	return options
}

// languageSentence returns a sentence about who sees which language.
func (m Settings) languageSentence(ctx context.Context) string {
	if m.Account.Language == "" {
		return i18n.T(ctx, "settings.language.off")
	}
	return i18n.T(ctx, "settings.language.on", "Language", terms.LanguageName(m.Account.Language))
}

// againSentence returns a sentence about when re-authentication is required.
func (m Settings) againSentence(ctx context.Context) string {
	if m.Account.RequireReauth {
		return i18n.T(ctx, "settings.again.on")
	}
	return i18n.T(ctx, "settings.again.off")
}

// section returns the params of a section that is saved on its own. Readers who
// may not edit get it without its form's action.
func (m Settings) section(id, title, about string) ui.SectionParams {
	p := ui.SectionParams{ID: id, Title: title, Description: about}
	if m.CanEdit {
		p.Action = m.Root + "/" + id
		p.Version, p.Attrs = string(models.AccountSection(m.Account).Version()), ui.PostTo(p.Action, "#"+id)
	}
	return p
}

// visibilityCards returns the choices of the visibility of new keys' values.
func (m Settings) visibilityCards(ctx context.Context) ui.RadioParams {
	return m.choice("key_visibility", i18n.T(ctx, "settings.keys"), string(m.Account.KeyVisibility),
		ui.RadioCard{Value: string(models.Revealable), Label: i18n.T(ctx, "settings.keys.revealable"), Hint: i18n.T(ctx, "settings.keys.revealable.hint")},
		ui.RadioCard{Value: string(models.ShowOnce), Label: i18n.T(ctx, "settings.keys.once"), Hint: i18n.T(ctx, "settings.keys.once.hint")})
}

// dialectCards returns the choices of the format of denials.
func (m Settings) dialectCards(ctx context.Context) ui.RadioParams {
	return m.choice("error_dialect", i18n.T(ctx, "settings.errors"), string(m.Account.ErrorDialect),
		ui.RadioCard{Value: string(models.DialectProblem), Label: i18n.T(ctx, "settings.errors.problem"), Hint: i18n.T(ctx, "settings.errors.problem.hint")},
		ui.RadioCard{Value: string(models.DialectJodoo), Label: i18n.T(ctx, "settings.errors.jodoo"), Hint: i18n.T(ctx, "settings.errors.jodoo.hint")})
}

// choice returns the cards of a setting, whose legend its section shows
// already.
func (m Settings) choice(name, legend, value string, cards ...ui.RadioCard) ui.RadioParams {
	return ui.RadioParams{Name: name, Legend: legend, Hide: true, Value: value, Error: m.Errors[name], Cards: cards}
}

// dialectExample returns a denial in the account's format, as a caller receives
// it.
func (m Settings) dialectExample() string {
	if m.Account.ErrorDialect == models.DialectJodoo {
		return "HTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n" +
			`{"code": 17052, "msg": "…"}`
	}
	return "HTTP/1.1 403 Forbidden\nContent-Type: application/problem+json\n\n" +
		"{\n  \"type\": \"about:blank\", \"title\": \"Forbidden\", \"status\": 403,\n  \"detail\": \"…\", \"reason\": \"ip_denied\"\n}"
}

// limitSentence returns a sentence about the account's rate limit.
func (m Settings) limitSentence(ctx context.Context) string {
	if m.Account.RatePerSecond <= 0 {
		return i18n.T(ctx, "settings.limit.none")
	}
	return i18n.N(ctx, "settings.limit.some", m.Account.RatePerSecond)
}

// unknownSentence returns a sentence about calls outside the catalogue.
func (m Settings) unknownSentence(ctx context.Context) string {
	if m.Account.PassUnknownAPIs {
		return i18n.T(ctx, "settings.gate.unknown.on")
	}
	return i18n.T(ctx, "settings.gate.unknown.off")
}

// querySentence returns a sentence about where callers may send keys.
func (m Settings) querySentence(ctx context.Context) string {
	if m.Account.KeyInQuery {
		return i18n.T(ctx, "settings.gate.query.on")
	}
	return i18n.T(ctx, "settings.gate.query.off")
}
