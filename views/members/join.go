package members

import "keywicket/models"

// JoinForm is the page of an invitation, as typed. It never contains passwords.
type JoinForm struct {
	Token      string
	Invitation models.OpenInvitation
	User       models.User // the signed-in user; zero for a visitor
	Member     bool        // they are in the account already
	SignIn     string      // address of the sign-in that returns here
	Name       string
	Email      string
	Language   string
	LookAlike  bool // the name or address can be mistaken for a member's
	Sure       bool // the visitor has confirmed that they are somebody else
	Errors     map[string]string
}

// asksToConfirm reports whether the form asks for the confirmation that the
// names were compared.
func (f JoinForm) asksToConfirm() bool { return f.LookAlike || f.Sure || f.Errors["sure"] != "" }

// focus returns the field that gets the focus: the first with an error, else the
// name.
func (f JoinForm) focus() string {
	for _, name := range []string{"name", "email", "password", "password_again"} {
		if f.Errors[name] != "" {
			return name
		}
	}
	return "name"
}

// otherAddress reports whether the invitation was sent to another address than
// the signed-in user's.
func (f JoinForm) otherAddress() bool {
	return f.Invitation.Email != "" && f.Invitation.Email != f.User.Email
}
