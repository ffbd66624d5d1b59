package models

import "slices"

// ScopeMode is the choice of Scope (App) and of Scope (API).
type ScopeMode string

// ScopeAll allows every app or API. ScopeSome allows those in the list, and nothing if it is empty.
const (
	ScopeAll  ScopeMode = "all"
	ScopeSome ScopeMode = "some"
)

// cleanScope returns a scope with its list sorted and without duplicates. ScopeAll has no list.
func cleanScope(field string, mode ScopeMode, ids []int64) (ScopeMode, []int64, error) {
	switch mode {
	case "", ScopeAll:
		return ScopeAll, nil, nil
	case ScopeSome:
		ids = slices.Clone(ids)
		slices.Sort(ids)
		return ScopeSome, slices.Compact(ids), nil
	}
	return mode, ids, Refuse(CodeInvalid, field, "errors.choice")
}
