package web

import (
	"net/http"
	"strings"

	"keywicket/models"
)

// accessKind is how much a route asks of the one who calls it.
type accessKind uint8

const (
	accessUnset accessKind = iota // the zero value: refused when the server is made
	accessPublic
	accessSignedIn
	accessPermission
)

// Access is who may use a route. It stands beside the route in the table; the
// zero value is no access at all, and New refuses a route that has it.
type Access struct {
	kind    accessKind
	perm    models.Permission
	reauth  bool
	limited bool
	grants  bool
}

// Public lets anybody in, signed in or not.
func Public() Access { return Access{kind: accessPublic} }

// SignedIn lets in anybody who is signed in.
func SignedIn() Access { return Access{kind: accessSignedIn} }

// Needs lets in members of the account that the path names (/a/:account/…)
// whose role has the permission. For everybody else who is signed in the
// account does not exist: 404; a member whose role lacks it gets 403.
func Needs(perm models.Permission) Access {
	return Access{kind: accessPermission, perm: perm}
}

// RequireReauth asks, beside the rest, for a person who proved lately who they are:
// in an account by its policy, and always on a route of the person's own.
// Whoever did not is asked, and comes back.
func (a Access) RequireReauth() Access {
	a.reauth = true
	return a
}

// Limited has each client ask only so much of a public GET that costs more than
// a page: one that writes, or asks another server. Other methods of public
// routes are limited without it.
func (a Access) Limited() Access {
	a.limited = true
	return a
}

// Grants marks what gives new rights in the account. In a suspended account it
// is refused.
func (a Access) Grants() Access {
	a.grants = true
	return a
}

// IsGrant reports whether the route gives new rights.
func (a Access) IsGrant() bool { return a.grants }

// RequiresReauth reports whether the route may ask for a proof.
func (a Access) RequiresReauth() bool { return a.reauth }

// IsPublic reports whether nobody needs to be signed in.
func (a Access) IsPublic() bool { return a.kind == accessPublic }

// Permission returns the permission that Needs was given, or "".
func (a Access) Permission() models.Permission { return a.perm }

// String names the access for listings: "public", "signed in", or the
// permission; "" for the zero value.
func (a Access) String() string {
	switch a.kind {
	case accessPublic:
		return "public"
	case accessSignedIn:
		return "signed in"
	case accessPermission:
		return string(a.perm)
	default:
		return ""
	}
}

// HandlerFunc answers one request. The error that it returns is answered by
// the boundary: a *models.Error with its words, anything else as a fault.
type HandlerFunc func(*Context) error

// Route is one line of the console's route table. A GET route answers HEAD
// too; the only other method is POST.
type Route struct {
	Method  string
	Path    string // in Echo's form: /a/:account/keys/:sid
	Name    string // stable, such as "keys.list"
	Access  Access
	Handler HandlerFunc
	Edits   bool // the form says what it was made from: see Edit
}

// Get makes a GET route.
func Get(path, name string, access Access, h HandlerFunc) Route {
	return Route{Method: http.MethodGet, Path: path, Name: name, Access: access, Handler: h}
}

// Post makes a POST route.
func Post(path, name string, access Access, h HandlerFunc) Route {
	return Route{Method: http.MethodPost, Path: path, Name: name, Access: access, Handler: h}
}

// Edit makes a POST route whose form was made from stored values: it edits them,
// or was confirmed by them. The form's field "version" says which they were, and
// without it the form agrees with nothing.
func Edit(path, name string, access Access, h HandlerFunc) Route {
	r := Post(path, name, access, h)
	r.Edits = true
	return r
}

// accountPath begins the path of every route of an account.
const accountPath = "/a/:account/"

// check says what is wrong with a route; names are those before it.
func check(r Route, names map[string]bool) error {
	inAccount := strings.HasPrefix(r.Path, accountPath)
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		return errMethod
	case r.Access.kind == accessUnset:
		return errNoAccess
	case (r.Access.kind == accessPermission) != inAccount:
		return errNoAccount
	case r.Access.reauth && r.Access.kind == accessPublic:
		return errNobodyToAsk
	case r.Name == "" || names[r.Name]:
		return errName
	case r.Handler == nil:
		return errNoHandler
	}
	names[r.Name] = true
	return nil
}
