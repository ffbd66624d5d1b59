package views

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
