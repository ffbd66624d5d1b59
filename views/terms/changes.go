package terms

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// Changes returns the facts that a row of the audit log changed, in words: each
// as it was and as it is.
func Changes(ctx context.Context, r models.AuditRow) []ui.Difference {
	switch r.Event {
	case models.EventKeyUpdate:
		return KeyChanges(ctx, r)
	case models.EventKeyEnable, models.EventKeyDisable:
		return nil // the event says it
	}
	before, after := readFacts(r.Before), readFacts(r.After)
	var list []ui.Difference
	for _, name := range factNames(before, after) {
		was, is := factWord(ctx, before, name), factWord(ctx, after, name)
		if name == "rate_per_second" && r.Before != "" && r.After != "" {
			was, is = RatePerSecond(ctx, before.number(name)), RatePerSecond(ctx, after.number(name))
		}
		if was != is && name != "count" && !saidByTarget(r, name) {
			list = append(list, ui.Difference{Label: FactLabel(ctx, name), Before: was, After: is})
		}
	}
	return list
}

// saidByTarget reports whether the row's target already shows the fact: the
// name of what was created or removed.
func saidByTarget(r models.AuditRow, name string) bool {
	if r.Before != "" && r.After != "" {
		return false
	}
	f := readFacts(r.Before + r.After)
	return (name == "name" || name == "app_id" || name == "plugin_id") && (f.text(name) == r.TargetName || f.text(name) == r.TargetID)
}

// factOrder returns the order of the facts in a row. Other facts follow by
// name.
func factOrder() []string {
	return []string{
		"name", "app_id", "description", "copy_of", "method", "path", "app_bound", "app_source", "app_field", "rate_per_second",
		"key_visibility", "key_in_query", "pass_unknown_apis", "error_dialect", "scope_apps", "scope_apis", "families", "calls", "apps", "keys", "key", "plugins",
	}
}

// factNames returns the names of the facts of all sides, in order.
func factNames(sides ...auditFacts) []string {
	var names []string
	for _, side := range sides {
		for name := range side {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	order := factOrder()
	rank := func(name string) int {
		if at := slices.Index(order, name); at >= 0 {
			return at
		}
		return len(order)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		if a < b {
			return -1
		}
		return 1
	})
	return names
}

// FactLabel returns the label of a fact, or its name if this version does not
// know it.
func FactLabel(ctx context.Context, name string) string {
	if id := "audit.fact." + name; i18n.Has(ctx, id) {
		return i18n.T(ctx, id)
	}
	return name
}

// factWord returns the value of a fact in words, or "" if it is absent.
func factWord(ctx context.Context, f auditFacts, name string) string {
	switch v := f[name].(type) {
	case nil:
		return ""
	case bool:
		if name == "enabled" {
			return KeyStatus(ctx, v)
		}
		if v {
			return i18n.T(ctx, "audit.yes")
		}
		return i18n.T(ctx, "audit.no")
	case float64:
		if name == "rate_per_second" {
			return RatePerSecond(ctx, int(v))
		}
		number := strconv.FormatFloat(v, 'f', -1, 64)
		if id := "audit.value." + name + "." + number; i18n.Has(ctx, id) {
			return i18n.T(ctx, id)
		}
		return number
	case string:
		if name == "expires_at" {
			return expiryFact(ctx, f)
		}
		if id := "audit.value." + name + "." + v; i18n.Has(ctx, id) {
			return i18n.T(ctx, id)
		}
		return v
	case []any:
		return f.list(name)
	default:
		return fmt.Sprint(v)
	}
}

// auditFacts is one side of a row of the audit log: the facts before or after
// the change.
type auditFacts map[string]any

// readFacts returns the facts in a JSON object. For anything else it returns
// none.
func readFacts(text string) auditFacts {
	f := auditFacts{}
	if text != "" {
		// Text that is not readable is shown as no facts; the audit page has
		// the text.
		_ = json.Unmarshal([]byte(text), &f)
	}
	return f
}

// text returns a fact that is a string, or "".
func (f auditFacts) text(name string) string {
	s, _ := f[name].(string)
	return s
}

// number returns a fact that is a number, or 0.
func (f auditFacts) number(name string) int {
	n, _ := f[name].(float64)
	return int(n)
}

// has reports whether the fact is present.
func (f auditFacts) has(name string) bool { _, ok := f[name]; return ok }

// list returns the words of a list, joined. The audit log stores only the
// beginning of long lists.
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

// KeyChanges returns what a row of a key's history changed, in words.
func KeyChanges(ctx context.Context, row models.AuditRow) []ui.Difference {
	switch row.Event {
	case models.EventKeyUpdate:
	case models.EventKeyRotate:
		return Changes(ctx, row)
	default:
		return nil
	}
	before, after := readFacts(row.Before), readFacts(row.After)
	var list []ui.Difference
	add := func(label, from, to string) {
		if from != to {
			list = append(list, ui.Difference{Label: label, Before: from, After: to})
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
		add(i18n.T(ctx, "keys.limits"), limitFact(ctx, before), limitFact(ctx, after))
	}
	add(i18n.T(ctx, "keys.event.ip.added"), "", after.text("added"))
	add(i18n.T(ctx, "keys.event.ip.removed"), before.text("removed"), "")
	if after["any_ip"] == true {
		add(i18n.T(ctx, "keys.column.ips"), "", i18n.T(ctx, "keys.ips.any"))
	}
	return list
}

// expiryFact returns the words for an expiry date.
func expiryFact(ctx context.Context, f auditFacts) string {
	if t, err := time.Parse(time.RFC3339, f.text("expires_at")); err == nil {
		return t.UTC().Format(time.DateOnly)
	}
	return i18n.T(ctx, "common.time.never")
}

// scopeFact returns the words for a scope and its list.
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

// limitFact returns the words for a key's own limit.
func limitFact(ctx context.Context, f auditFacts) string {
	return KeyLimit(ctx, f.number("rate_requests"), f.number("rate_window_sec"))
}

// ActorName returns the actor's name, or the words for an unknown actor.
func ActorName(ctx context.Context, r models.AuditRow) string {
	if r.ActorName == "" {
		return i18n.T(ctx, "audit.actor.nobody")
	}
	return r.ActorName
}

// ActorEmail returns the actor's e-mail address, or "" if it is the name
// already.
func ActorEmail(r models.AuditRow) string {
	if r.ActorEmail == r.ActorName {
		return ""
	}
	return r.ActorEmail
}
