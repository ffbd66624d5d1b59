package views

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// auditFacts is one side of an audit row: what stood there before, or after.
type auditFacts map[string]any

func readFacts(text string) auditFacts {
	f := auditFacts{}
	if text != "" {
		// What cannot be read is shown as nothing: the audit page has the text.
		_ = json.Unmarshal([]byte(text), &f)
	}
	return f
}

func (f auditFacts) text(name string) string {
	s, _ := f[name].(string)
	return s
}

func (f auditFacts) number(name string) int {
	n, _ := f[name].(float64)
	return int(n)
}

func (f auditFacts) has(name string) bool { _, ok := f[name]; return ok }

// list joins a list of words; the audit keeps only the first of long ones.
func (f auditFacts) list(name string) string {
	words, _ := f[name].([]any)
	parts := make([]string, 0, len(words))
	for _, w := range words {
		parts = append(parts, fmt.Sprint(w))
	}
	const shown = 5
	rest := max(f.number("count"), len(parts)) - min(len(parts), shown) // lists that are kept cut have their count beside them
	text := strings.Join(parts[:min(len(parts), shown)], ", ")
	if rest > 0 {
		text += " +" + strconv.Itoa(rest)
	}
	return text
}

// keyChange is one line of what an event changed.
type keyChange struct{ Label, Before, After string }

// keyChanges says in words what a row of a key's history changed.
func keyChanges(ctx context.Context, row models.AuditRow) []keyChange {
	switch row.Event {
	case models.EventKeyUpdate:
	case models.EventKeyRotate:
		return auditChanges(ctx, row)
	default:
		return nil
	}
	before, after := readFacts(row.Before), readFacts(row.After)
	var list []keyChange
	add := func(label, from, to string) {
		if from != to {
			list = append(list, keyChange{label, from, to})
		}
	}
	add(i18n.T(ctx, "keys.column.name"), before.text("name"), after.text("name"))
	add(i18n.T(ctx, "keys.description"), before.text("description"), after.text("description"))
	if after.has("expires_at") {
		add(i18n.T(ctx, "keys.expiry"), expiryFact(ctx, before), expiryFact(ctx, after))
	}
	if after.has("scope_apps") {
		add(i18n.T(ctx, "keys.column.apps"), scopeFact(ctx, before, "scope_apps", "apps"), scopeFact(ctx, after, "scope_apps", "apps"))
	}
	if after.has("scope_apis") {
		add(i18n.T(ctx, "keys.column.apis"), scopeFact(ctx, before, "scope_apis", "apis"), scopeFact(ctx, after, "scope_apis", "apis"))
	}
	if after.has("rate_requests") {
		add(i18n.T(ctx, "keys.limits"), rateFact(ctx, before), rateFact(ctx, after))
	}
	add(i18n.T(ctx, "keys.event.ip.added"), "", after.text("added"))
	add(i18n.T(ctx, "keys.event.ip.removed"), before.text("removed"), "")
	if after["any_ip"] == true {
		add(i18n.T(ctx, "keys.column.ips"), "", i18n.T(ctx, "keys.ips.any"))
	}
	return list
}

func expiryFact(ctx context.Context, f auditFacts) string {
	if t, err := time.Parse(time.RFC3339, f.text("expires_at")); err == nil {
		return t.UTC().Format(time.DateOnly)
	}
	return i18n.T(ctx, "common.time.never")
}

func scopeFact(ctx context.Context, f auditFacts, mode, things string) string {
	apps := things == "apps"
	switch {
	case f.text(mode) == string(models.ScopeAll) && apps:
		return i18n.T(ctx, "keys.apps.all")
	case f.text(mode) == string(models.ScopeAll):
		return i18n.T(ctx, "keys.apis.all")
	case f.number("count") == 0 && apps:
		return i18n.T(ctx, "keys.apps.none")
	case f.number("count") == 0:
		return i18n.T(ctx, "keys.apis.none")
	default:
		return f.list(things)
	}
}

func rateFact(ctx context.Context, f auditFacts) string {
	k := models.Key{RateRequests: f.number("rate_requests"), RateWindowSec: f.number("rate_window_sec")}
	if k.RateRequests == 0 {
		return i18n.T(ctx, "keys.limits.no")
	}
	l := LimitsOf(k)
	n, _ := strconv.Atoi(l.Window)
	return i18n.T(ctx, "keys.limits.short", "Requests", ui.Number(k.RateRequests), "Window", window(ctx, n, l.Unit))
}
