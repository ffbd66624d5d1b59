package views

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"keywicket/models"
	"keywicket/views/i18n"
)

// auditChanges says in words what a row of the audit changed: each fact that
// differs, as it was and as it is.
func auditChanges(ctx context.Context, r models.AuditRow) []keyChange {
	switch r.Event {
	case models.EventKeyUpdate:
		return keyChanges(ctx, r)
	case models.EventKeyEnable, models.EventKeyDisable:
		return nil // the event says it
	}
	before, after := readFacts(r.Before), readFacts(r.After)
	var list []keyChange
	for _, name := range factNames(before, after) {
		was, is := factWord(ctx, before, name), factWord(ctx, after, name)
		if name == "rate_per_second" && r.Before != "" && r.After != "" {
			was, is = rateWords(ctx, before.number(name)), rateWords(ctx, after.number(name))
		}
		if was != is && name != "count" && !saidByTarget(r, name) {
			list = append(list, keyChange{factLabel(ctx, name), was, is})
		}
	}
	return list
}

// saidByTarget reports whether the row's target says the fact already: the name
// of what was made or taken away.
func saidByTarget(r models.AuditRow, name string) bool {
	if r.Before != "" && r.After != "" {
		return false
	}
	f := readFacts(r.Before + r.After)
	return (name == "name" || name == "app_id" || name == "plugin_id") && (f.text(name) == r.TargetName || f.text(name) == r.TargetID)
}

// factOrder is the order of the facts in a row; others follow by name.
func factOrder() []string {
	return []string{
		"name", "app_id", "description", "copy_of", "method", "path", "app_bound", "app_source", "app_field", "rate_per_second",
		"key_visibility", "key_in_query", "pass_unknown_apis", "error_dialect", "scope_apps", "scope_apis", "families", "calls", "apps", "keys", "key", "plugins",
	}
}

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

// factLabel names a fact in words; one that this version does not know by its
// own name.
func factLabel(ctx context.Context, name string) string {
	if id := "audit.fact." + name; i18n.Has(ctx, id) {
		return i18n.T(ctx, id)
	}
	return name
}

// factWord is a fact's value in words, "" for one that is not there.
func factWord(ctx context.Context, f auditFacts, name string) string {
	switch v := f[name].(type) {
	case nil:
		return ""
	case bool:
		if name == "enabled" {
			return statusWord(ctx, v)
		}
		if v {
			return i18n.T(ctx, "audit.yes")
		}
		return i18n.T(ctx, "audit.no")
	case float64:
		if name == "rate_per_second" {
			return rateWords(ctx, int(v))
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
