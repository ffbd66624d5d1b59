package models

import "time"

// SignIn is a new session for a person who has just authenticated.
type SignIn struct {
	Session      Session
	PasswordHash string // the person's hash when they authenticated; the sign-in fails if it has changed
	Replaces     string // id of the session that it replaces, "" for none
	By           string // second factor, or what replaced the password; "" for the password alone
	NewUser      bool   // the same request created the user; the audit records that instead of the sign-in
}

// SignInPurpose is the purpose of a sign-in step. A step can be completed only for its own purpose.
type SignInPurpose string

// The purposes.
const (
	SignInCode       SignInPurpose = "code"        // the password was correct, a code is required
	SignInPasskey    SignInPurpose = "passkey"     // sign in with a passkey
	SignInPasskeyNew SignInPurpose = "passkey.new" // add a passkey
	SignInReauth     SignInPurpose = "reauth"      // re-authenticate with a passkey
)

// SignInTTL is how long a person can take for the next step of a sign-in.
const SignInTTL = 5 * time.Minute

// SignInStep is the state of a sign-in between two steps.
type SignInStep struct {
	Purpose SignInPurpose
	UserID  int64  // 0 if the person is not known yet
	Data    []byte // depends on the purpose
}
