package models

import "time"

// SignIn is a session that begins, for a person who has just shown who they are.
type SignIn struct {
	Session      Session
	PasswordHash string // the person's when they showed it; the session begins only if it still is
	Replaces     string // id of the session that ends with it, "" for none
	By           string // what beside the password, or in its place, let the person in; "" for the password alone
	NewUser      bool   // the same request made the person, which the audit records; the sign-in is not recorded
}

// SignInPurpose is what a step of a sign-in was begun for; it can be ended for
// nothing else.
type SignInPurpose string

// The purposes.
const (
	SignInCode       SignInPurpose = "code"        // the password was right, a code is owed
	SignInPasskey    SignInPurpose = "passkey"     // a passkey is to sign in
	SignInPasskeyNew SignInPurpose = "passkey.new" // a passkey is to be added
	SignInReauth     SignInPurpose = "reauth"      // a passkey is to prove who somebody is
)

// SignInTTL is how long a person may take between two steps of a sign-in.
const SignInTTL = 5 * time.Minute

// SignInStep is what a sign-in remembers between two of its steps.
type SignInStep struct {
	Purpose SignInPurpose
	UserID  int64  // 0 while nobody is known
	Data    []byte // of the purpose
}
