package signin

// Form is the sign-in page as typed. It never contains the password.
type Form struct {
	Email   string
	Next    string // where to go afterwards, a path of this server
	Passkey bool   // passkeys are possible at this address
	SSO     string // name of the OpenID provider; "" for none
	Note    string // why the person is here, in their language; ""
	Mail    bool   // a forgotten password is mended by mail
	Errors  map[string]string
}
