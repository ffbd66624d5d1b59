package engine

import (
	"keywicket/models"
	"keywicket/models/usage"
)

// RateState is the quota after a decision: of the limits that apply, the one
// with the least left, or the one that refused. The zero value means that no
// limit applies or none was judged.
type RateState = usage.State

// Decision is the gate's answer.
type Decision struct {
	Reason   Reason    // Allowed, or the first check that failed
	Failed   ReasonSet // every check that failed
	Key      *Key      // nil unless the credential exists
	API      *API      // nil unless the API is in the catalogue
	App      string    // the app that a request for an app-bound API names, or the one in Request.App
	Rate     RateState
	Previous int64 // id of the previous credential that was used; 0 for the current one
	Busy     bool  // the gate could not judge the request: a fault of ours, not a denial, and not counted

	account *account
}

// Allowed reports whether the request may pass.
func (d Decision) Allowed() bool { return d.Reason == Allowed }

// AccountInfo is what callers may learn of a key's account.
type AccountInfo struct {
	ID      int64
	Slug    string
	Name    string
	Dialect models.ErrorDialect
}

// Account returns the account of the decision's key; the zero value without a key.
func (d Decision) Account() AccountInfo {
	if d.account == nil {
		return AccountInfo{}
	}
	return d.account.info
}

// deny returns the denial by a check after which no other is made.
func deny(r Reason) Decision {
	d := Decision{Reason: r}
	d.Failed.add(r)
	return d
}
