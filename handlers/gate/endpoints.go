package gate

import (
	"context"
	"net/http"
	"strings"
)

// access is which callers an endpoint answers.
type access uint8

const (
	anybody access = iota
	callers        // those that the guard admits
	clients        // the same; they may also send the token as OAuth has it
	proxies        // those that the guard admits and that are trusted proxies
)

// String returns the access as `keywicket routes` lists it.
func (a access) String() string {
	switch a {
	case callers:
		return "gate"
	case clients:
		return "gate, OAuth client"
	case proxies:
		return "gate, trusted proxy"
	default:
		return "public"
	}
}

// methodAny is the method of an endpoint that answers every method.
const methodAny = "ANY"

// endpoint is one row of the gate's table.
type endpoint struct {
	method  string // POST, GET with HEAD, or ANY
	path    string
	name    string
	access  access
	options []string // that may follow the path; nil when nothing may
	target  bool     // after the options and a segment "-", the client's own target follows
	serve   func(ctx context.Context, x *exchange, o options)
}

// endpoints returns the gate's table. The gate serves what is in it, and nothing
// else.
func (s *Server) endpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/v1/verify", name: "verify", access: callers, serve: s.verify},
		s.proxied("auth.nginx", nginxDialect()),
		s.proxied("auth.haproxy", haproxyDialect()),
		s.proxied("auth.forwarded", forwardedDialect()),
		s.proxied("auth.envoy", envoyDialect()),
		{method: http.MethodPost, path: envoyCheckPath, name: "auth.envoy.grpc", access: callers, serve: s.envoyCheck},
		{
			method: methodAny, path: soapDialect().path, name: "auth.soap", access: proxies, serve: s.soap,
			options: []string{"channel", "plugin", "api", "app", "operation", "limit"},
		},
		{
			method: methodAny, path: mailPath, name: "auth.mail", access: proxies, serve: s.mail,
			options: []string{"smtp", "imap", "pop3", "api", "app"},
		},
		{
			method: http.MethodPost, path: "/auth/sftpgo/password", name: "auth.sftpgo.password", access: proxies,
			serve: s.sftpgoPassword, options: []string{"api", "app"},
		},
		{
			method: http.MethodPost, path: "/auth/sftpgo/user", name: "auth.sftpgo.user", access: proxies,
			serve: s.sftpgoUser, options: []string{"api", "app"},
		},
		{
			method: http.MethodPost, path: "/auth/dovecot", name: "auth.dovecot", access: clients, serve: s.dovecot,
			options: oauthOptions(),
		},
		{
			method: http.MethodPost, path: "/oauth/introspect", name: "oauth.introspect", access: clients, serve: s.introspect,
			options: oauthOptions(),
		},
		{method: http.MethodGet, path: "/healthz", name: "health", access: anybody, serve: s.healthz},
		{method: http.MethodGet, path: "/readyz", name: "ready", access: anybody, serve: s.readyz},
	}
}

// proxied returns the endpoint of a dialect.
func (s *Server) proxied(name string, d dialect) endpoint {
	return endpoint{
		method: methodAny, path: d.path, name: name, access: proxies, options: []string{"channel", "plugin", "body"},
		target: d.asksWithTarget(), serve: func(ctx context.Context, x *exchange, o options) { s.auth(ctx, x, d, o) },
	}
}

// Endpoint is one endpoint of the gate as a person reads it.
type Endpoint struct {
	Method string // POST, GET with HEAD, or ANY, which is all but CONNECT
	Path   string // options may follow
	Name   string // stable, such as "auth.nginx"
	Access string // "public" or "gate", with what else a caller needs
}

// Endpoints returns the table that every Server serves.
func Endpoints() []Endpoint {
	var list []Endpoint
	for _, e := range new(Server).endpoints() {
		path := e.path
		if e.target {
			path += "/-"
		}
		list = append(list, Endpoint{Method: e.method, Path: path, Name: e.name, Access: e.access.String()})
	}
	return list
}

// match reports whether a request is for the endpoint, and returns what follows
// its path up to a client's target. It compares the path as sent: the mux of
// net/http would answer odd paths with redirects.
func (e endpoint) match(r *http.Request) (rest string, ok bool) {
	if e.target {
		rest, _, ok = splitTarget(e.path, r.RequestURI)
		return rest, ok
	}
	rest, ok = strings.CutPrefix(r.URL.Path, e.path)
	return rest, ok && (rest == "" || rest[0] == '/' && e.options != nil)
}

// route answers a request by the table.
func (s *Server) route(ctx context.Context, x *exchange) {
	for _, e := range s.table {
		if rest, ok := e.match(x.r); ok {
			s.enter(ctx, x, e, rest)
			return
		}
	}
	if s.admit(x) {
		x.problem(http.StatusNotFound, "not_found", "There is nothing at this address of the gate.")
	}
}

// enter serves a request for the endpoint if the caller has access and the options
// and the method are right. Otherwise it refuses the request.
func (s *Server) enter(ctx context.Context, x *exchange, e endpoint, rest string) {
	if e.access == proxies {
		clearIdentity(x.Header())
	}
	if e.access == clients && !s.admitClient(x) || e.access != anybody && e.access != clients && !s.admit(x) {
		return
	}
	o, err := parseOptions(rest, e.options...)
	if err != nil {
		x.problem(http.StatusNotFound, "endpoint_options", optionWords(e.options))
		return
	}
	if e.access == proxies && !s.fromProxy(ctx, x, e.path) {
		return
	}
	if x.hasMethod(e.method) {
		e.serve(ctx, x, o)
	}
}

// hasMethod reports whether the request has the endpoint's method. If not, it
// answers with 405.
func (x *exchange) hasMethod(method string) bool {
	switch {
	case method == methodAny, x.r.Method == method, method == http.MethodGet && x.r.Method == http.MethodHead:
		return true
	case method == http.MethodGet:
		x.Header().Set("Allow", "GET, HEAD")
		x.problem(http.StatusMethodNotAllowed, "method_not_allowed", "Ask with GET or HEAD.")
	default:
		x.Header().Set("Allow", method)
		x.problem(http.StatusMethodNotAllowed, "method_not_allowed", "Ask with "+method+".")
	}
	return false
}
