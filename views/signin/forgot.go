package signin

// ForgotForm is the page for a forgotten password, as typed.
type ForgotForm struct {
	Email  string
	Mail   bool // mail is configured
	Asked  bool // a mail is on its way, if there is such a person
	Errors map[string]string
}

// ResetForm is the page behind the link in a reset mail.
type ResetForm struct {
	Token    string
	Email    string
	Passkeys int  // that the new password removes
	TOTP     bool // an authenticator app is in use, and stays
	Errors   map[string]string
}
