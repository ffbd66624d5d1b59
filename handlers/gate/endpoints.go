package gate

import (
	"context"
	"net/http"
	"strings"
)

// endpoint is one row of the gate's table.
type endpoint struct {
	path string
	// match reports whether a request is for the endpoint, and returns the
	// options behind its path.
	match func(r *http.Request, path string) (rest string, ok bool)
	open  bool // the guard is not asked, or the endpoint asks it by itself
	serve func(ctx context.Context, x *exchange, rest string)
}

// endpoints returns the gate's table.
func (s *Server) endpoints() []endpoint {
	table := []endpoint{
		{"/healthz", exactly, true, func(_ context.Context, x *exchange, _ string) { s.healthz(x) }},
		{"/readyz", exactly, true, func(ctx context.Context, x *exchange, _ string) { s.readyz(ctx, x) }},
		{introspectPath, withOptions, true, func(_ context.Context, x *exchange, rest string) { s.introspect(x, rest) }},
		{dovecotPath, withOptions, true, func(_ context.Context, x *exchange, rest string) { s.dovecot(x, rest) }},
		{verifyPath, exactly, false, func(_ context.Context, x *exchange, _ string) { s.verify(x) }},
		{envoyPath, beforeTarget, false, s.envoy},
		{envoyCheckPath, exactly, false, func(ctx context.Context, x *exchange, _ string) { s.envoyCheck(ctx, x) }},
		{mailPath, withOptions, false, s.mail},
		{soapDialect().path, withOptions, false, s.soap},
		{sftpgoPasswordPath, withOptions, false, s.sftpgoPassword},
		{sftpgoUserPath, withOptions, false, s.sftpgoExternal},
	}
	for _, d := range dialects() {
		table = append(table, endpoint{d.path, withOptions, false, func(ctx context.Context, x *exchange, rest string) {
			s.auth(ctx, x, d, rest, "")
		}})
	}
	return table
}

// route finds the endpoint. It matches the path as sent: the mux of net/http
// would answer odd paths with redirects.
func (s *Server) route(ctx context.Context, x *exchange) {
	for _, e := range s.table {
		if rest, ok := e.match(x.r, e.path); ok {
			if e.open || s.admit(x) {
				e.serve(ctx, x, rest)
			}
			return
		}
	}
	if s.admit(x) {
		x.problem(http.StatusNotFound, "not_found", "There is nothing at this address of the gate.")
	}
}

func exactly(r *http.Request, path string) (rest string, ok bool) { return "", r.URL.Path == path }

// withOptions matches an endpoint whose options stand behind its path.
func withOptions(r *http.Request, path string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(r.URL.Path, path)
	return rest, ok && (rest == "" || rest[0] == '/')
}

// beforeTarget matches Envoy's, behind whose options the client's own target
// stands.
func beforeTarget(r *http.Request, _ string) (rest string, ok bool) {
	rest, _, ok = envoyTarget(r.RequestURI)
	return rest, ok
}
