package models

// Actor is who acts or asks, and in which account. Every query and every
// change takes one; the web layer makes it after the access check.
type Actor struct {
	AccountID int64
	UserID    int64
	Name      string
	Email     string
	Role      Role
	IP        string // for the audit; "" for the command line
	SessionID string // the session that the request came in by; "" for the command line

	// Saw is the version of what the form was made from that the change comes
	// from: a change of what is no longer so is CodeStale. "" changes whatever
	// is there.
	Saw Version
}
