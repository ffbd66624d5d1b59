package models

// Actor is the person or program that acts, and the account in which it does. Every query and every change takes an
// Actor. The web layer creates it after the access check.
type Actor struct {
	AccountID int64
	UserID    int64
	Name      string
	Email     string
	Role      Role
	IP        string // for the audit; "" for the command line
	SessionID string // the session of the request; "" for the command line

	// FormVersion is the version of the values that the actor's form was made from. A change fails with CodeStale if
	// these values have changed since. With "" they are not compared.
	FormVersion Version
}
