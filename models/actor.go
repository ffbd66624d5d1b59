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

	// FormVersion is the version of the values that the actor's form was made
	// from. A change of values that are others by now is CodeStale; with "" they
	// are not compared.
	FormVersion Version
}
