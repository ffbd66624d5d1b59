package signin

// SetupForm is the set-up page as typed. Passwords are never in it.
type SetupForm struct {
	Token    string
	Account  string
	Name     string
	Email    string
	Language string
	Preset   bool
	Errors   map[string]string // by field; "" for the form as a whole
}

// focus is the field to put the cursor into: the first that is wrong, else
// the first.
func (f SetupForm) focus() string {
	for _, name := range []string{"account", "name", "email", "password", "password_again"} {
		if f.Errors[name] != "" {
			return name
		}
	}
	return "account"
}
