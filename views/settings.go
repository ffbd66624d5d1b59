package views

import (
	"context"
	"strconv"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// Settings is the account's page: its name and its policies.
type Settings struct {
	Root    string // address of the page: /a/acme/settings/account
	Account models.Account
	Rate    string // as typed
	CanEdit bool
	Gate    GateAddress
	Errors  map[string]string
}

// RateField is a rate as it stands in its field: empty for no limit.
func RateField(perSecond int) string {
	if perSecond <= 0 {
		return ""
	}
	return strconv.Itoa(perSecond)
}

// section are the params of a part that is saved by itself, and only shown to
// those who may not.
func (m Settings) section(id, title, about string) ui.SectionParams {
	p := ui.SectionParams{ID: id, Title: title, Description: about}
	if m.CanEdit {
		p.Action = m.Root + "/" + id
		p.Attrs = swapTo(p.Action, "#"+id)
	}
	return p
}

func (m Settings) visibilityCards(ctx context.Context) ui.RadioParams {
	return ui.RadioParams{
		Name: "key_visibility", Legend: i18n.T(ctx, "settings.keys"), Hide: true, Value: string(m.Account.KeyVisibility), Error: m.Errors["key_visibility"],
		Cards: []ui.RadioCard{
			{Value: string(models.Revealable), Label: i18n.T(ctx, "settings.keys.revealable"), Hint: i18n.T(ctx, "settings.keys.revealable.hint")},
			{Value: string(models.ShowOnce), Label: i18n.T(ctx, "settings.keys.once"), Hint: i18n.T(ctx, "settings.keys.once.hint")},
		},
	}
}

func (m Settings) dialectCards(ctx context.Context) ui.RadioParams {
	return ui.RadioParams{
		Name: "error_dialect", Legend: i18n.T(ctx, "settings.errors"), Hide: true, Value: string(m.Account.ErrorDialect), Error: m.Errors["error_dialect"],
		Cards: []ui.RadioCard{
			{Value: string(models.DialectProblem), Label: i18n.T(ctx, "settings.errors.problem"), Hint: i18n.T(ctx, "settings.errors.problem.hint")},
			{Value: string(models.DialectJodoo), Label: i18n.T(ctx, "settings.errors.jodoo"), Hint: i18n.T(ctx, "settings.errors.jodoo.hint")},
		},
	}
}

// dialectExample is a denial as a caller gets it.
func (m Settings) dialectExample() string {
	if m.Account.ErrorDialect == models.DialectJodoo {
		return "HTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n" +
			`{"code": 17052, "msg": "…"}`
	}
	return "HTTP/1.1 403 Forbidden\nContent-Type: application/problem+json\n\n" +
		"{\n  \"type\": \"about:blank\", \"title\": \"Forbidden\", \"status\": 403,\n  \"detail\": \"…\", \"reason\": \"ip_denied\"\n}"
}

// limitSentence says what the account's limit means.
func (m Settings) limitSentence(ctx context.Context) string {
	if m.Account.RatePerSecond <= 0 {
		return i18n.T(ctx, "settings.limit.none")
	}
	return i18n.N(ctx, "settings.limit.some", m.Account.RatePerSecond)
}

// unknownSentence says what happens to a call outside the catalogue.
func (m Settings) unknownSentence(ctx context.Context) string {
	if m.Account.PassUnknownAPIs {
		return i18n.T(ctx, "settings.gate.unknown.on")
	}
	return i18n.T(ctx, "settings.gate.unknown.off")
}

// querySentence says where keys are taken from.
func (m Settings) querySentence(ctx context.Context) string {
	if m.Account.KeyInQuery {
		return i18n.T(ctx, "settings.gate.query.on")
	}
	return i18n.T(ctx, "settings.gate.query.off")
}
