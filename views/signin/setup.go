package signin

// SetupForm is the set-up page as typed. It never contains passwords.
type SetupForm struct {
	Token    string
	Account  string
	Name     string
	Email    string
	Language string
	Preset   bool
	Errors   map[string]string // by field; "" for the form as a whole
}

// focus returns the field that gets the focus: the first with an error, else
// the first field.
func (f SetupForm) focus() string {
	for _, name := range []string{"account", "name", "email", "password", "password_again"} {
		if f.Errors[name] != "" {
			return name
		}
	}
	return "account"
}
