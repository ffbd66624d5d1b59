package views

import (
	"context"
	"strconv"
	"strings"
	"time"

	"keywicket/views/terms"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// Stale is the answer to a form whose data somebody else has changed since it
// was loaded.
type Stale struct {
	Changes []models.Change
	Action  string           // where the form was sent, and is sent again
	Fields  []ui.HiddenField // as they were typed, made from what is stored now
	Back    string
	Page    bool // a page of its own, for readers without script
}

// StaleTitle returns the title of the answer.
func StaleTitle(ctx context.Context) string { return i18n.T(ctx, "stale.title") }

// confirms reports whether the form was a confirmation, which has no values to
// compare.
func (m Stale) confirms() bool {
	for _, c := range m.Changes {
		if c.Yours != nil {
			return false
		}
	}
	return true
}

// params returns the params of the dialog.
func (m Stale) params(ctx context.Context) ui.DialogParams {
	p := ui.DialogParams{
		ID: "stale", Title: StaleTitle(ctx), Description: i18n.T(ctx, "stale.about"), Show: !m.Page, Page: m.Page, Wide: true,
		Action: m.Action, CloseHref: m.Back, CloseLabel: i18n.T(ctx, "stale.keep"),
		Submit: ui.ButtonParams{Label: i18n.T(ctx, "stale.save")},
	}
	if m.confirms() {
		p.Description, p.CloseLabel = i18n.T(ctx, "stale.about.confirm"), ""
		p.Submit = ui.ButtonParams{Label: i18n.T(ctx, "stale.confirm"), Variant: ui.Danger}
	}
	return p
}

// table returns the values side by side.
func (m Stale) table(ctx context.Context) ui.CompareParams {
	p := ui.CompareParams{Caption: StaleTitle(ctx), What: i18n.T(ctx, "stale.what"), Now: i18n.T(ctx, "stale.now")}
	if !m.confirms() {
		p.Yours = i18n.T(ctx, "stale.yours")
	}
	for _, c := range m.Changes {
		row := ui.CompareRow{What: staleLabel(ctx, c.Now), Now: staleWord(ctx, c.Now)}
		switch {
		case c.Untouched:
			row.Yours = i18n.T(ctx, "stale.untouched")
		case c.Yours != nil:
			row.Yours = staleWord(ctx, *c.Yours)
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// staleLabel returns the label of a value, as in the audit log, or of the thing
// that it belongs to.
func staleLabel(ctx context.Context, v models.Value) string {
	field, _, _ := strings.Cut(v.Field, ":")
	switch {
	case v.Of != "" && field == "plugins":
		return i18n.T(ctx, "keys.plugins.of", "Name", v.Of)
	case v.Of != "":
		return i18n.T(ctx, "keys.status.of", "Name", v.Of)
	}
	if id := "stale.field." + field; i18n.Has(ctx, id) {
		return i18n.T(ctx, id)
	}
	return terms.FactLabel(ctx, field)
}

// staleWord returns a value in words.
func staleWord(ctx context.Context, v models.Value) string {
	if v.Names != nil {
		switch {
		case len(v.Names) > 0:
			return terms.JoinNames(ctx, v.Names)
		case v.Field == "scope_apps":
			return i18n.T(ctx, "keys.apps.none")
		case v.Field == "scope_apis":
			return i18n.T(ctx, "keys.apis.none")
		}
		return i18n.T(ctx, "stale.none")
	}
	if text, known := staleText(ctx, v); known {
		return text
	}
	if id := "audit.value." + v.Field + "." + v.Text; i18n.Has(ctx, id) {
		return i18n.T(ctx, id)
	}
	switch v.Text {
	case "true":
		return i18n.T(ctx, "audit.yes")
	case "false":
		return i18n.T(ctx, "audit.no")
	case "":
		return i18n.T(ctx, "stale.none")
	}
	return v.Text
}

// staleText returns the words for a value whose stored form is not readable. It
// returns false for other values.
func staleText(ctx context.Context, v models.Value) (string, bool) {
	switch v.Field {
	case "expires_at":
		if at, err := time.Parse(time.RFC3339Nano, v.Text); err == nil {
			return at.Format(time.DateOnly), true
		}
		return i18n.T(ctx, "common.time.never"), true
	case "rate_requests":
		return staleLimit(ctx, v.Text), true
	case "rate_per_second":
		n, err := strconv.Atoi(v.Text)
		return terms.RatePerSecond(ctx, n), err == nil
	case "disabled":
		if v.Text == "" {
			return i18n.T(ctx, "people.status.active"), true
		}
		return i18n.T(ctx, "people.status.disabled"), true
	case "old", "member_since":
		if v.Text != "" {
			return i18n.T(ctx, "stale.changed"), true
		}
	}
	status, _, dated := strings.Cut(v.Text, "@")
	switch {
	case dated && strings.HasPrefix(v.Field, "enabled:"):
		return terms.KeyStatus(ctx, status == "true"), true
	case dated && v.Field == "status":
		return i18n.T(ctx, "audit.value.status."+status), true
	}
	return "", false
}

// staleLimit returns the words for a key's own limit, which is stored as
// "requests/seconds".
func staleLimit(ctx context.Context, text string) string {
	left, right, _ := strings.Cut(text, "/")
	requests, err := strconv.Atoi(left)
	seconds, bad := strconv.Atoi(right)
	if err != nil || bad != nil {
		requests = 0
	}
	return terms.KeyLimit(ctx, requests, seconds)
}

// MadeFrom adds the version of the section that a dialog's form was made from.
func MadeFrom(of models.Section, p ui.DialogParams) ui.DialogParams {
	p.Version = string(of.Version())
	return p
}
