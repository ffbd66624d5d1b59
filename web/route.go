package web

import (
	"net/http"
	"strings"

	"keywicket/models"
)

// accessKind is who may use a route.
type accessKind uint8

const (
	accessUnset accessKind = iota // the zero value: refused when the server is made
	accessPublic
	accessSignedIn
	accessPermission
)

// Access states who may use a route. It stands beside the route in the table. New
// refuses a route with the zero value.
type Access struct {
	kind    accessKind
	perm    models.Permission
	reauth  bool
	limited bool
	grants  bool
}

// Public allows everybody, signed in or not.
func Public() Access { return Access{kind: accessPublic} }

// SignedIn allows everybody who is signed in.
func SignedIn() Access { return Access{kind: accessSignedIn} }

// Needs allows members of the account in the path (/a/:account/…) whose role has the permission. Other members of the
// account get 403. All other signed-in people get 404, as for an account that does not exist.
func Needs(perm models.Permission) Access {
	return Access{kind: accessPermission, perm: perm}
}

// RequireReauth returns a with re-authentication required in addition: in an
// account where its policy says so, and always on a route that is not in an
// account. People who have not verified lately who they are get the page that
// asks, and come back from there.
func (a Access) RequireReauth() Access {
	a.reauth = true
	return a
}

// Limited returns a with a limit on the requests of each client. Use it for a
// public GET that costs more than a page: one that writes, or calls another
// server. Public routes with other methods are always limited.
func (a Access) Limited() Access {
	a.limited = true
	return a
}

// Grants returns a for a route that grants new rights in the account. A suspended
// account refuses it.
func (a Access) Grants() Access {
	a.grants = true
	return a
}

// IsGrant reports whether the route grants new rights.
func (a Access) IsGrant() bool { return a.grants }

// RequiresReauth reports whether the route can require re-authentication.
func (a Access) RequiresReauth() bool { return a.reauth }

// IsPublic reports whether visitors may use the route.
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

// HandlerFunc answers one request. The server answers an error that it returns: a
// *models.Error with its words, any other error as a fault.
type HandlerFunc func(*Context) error

// Route is one line of the console's route table. A GET route also answers HEAD;
// the only other method is POST.
type Route struct {
	Method  string
	Path    string // in Echo's form: /a/:account/keys/:sid
	Name    string // stable, such as "keys.list"
	Access  Access
	Handler HandlerFunc
	Edits   bool // the form contains the version that it was made from: see Edit
}

// Get returns a GET route.
func Get(path, name string, access Access, h HandlerFunc) Route {
	return Route{Method: http.MethodGet, Path: path, Name: name, Access: access, Handler: h}
}

// Post returns a POST route.
func Post(path, name string, access Access, h HandlerFunc) Route {
	return Route{Method: http.MethodPost, Path: path, Name: name, Access: access, Handler: h}
}

// Edit returns a POST route whose form was made from stored values, which it
// edits or confirms. The form's field "version" says which values they were; a
// form without it is treated as outdated.
func Edit(path, name string, access Access, h HandlerFunc) Route {
	r := Post(path, name, access, h)
	r.Edits = true
	return r
}

// accountPath is the prefix of the path of every route in an account.
const accountPath = "/a/:account/"

// check returns what is wrong with a route, nil for nothing, and adds its name to
// names, the names of the routes before it.
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
		return errPublicReauth
	case r.Name == "" || names[r.Name]:
		return errName
	case r.Handler == nil:
		return errNoHandler
	}
	names[r.Name] = true
	return nil
}
