package gate

import (
	"context"
	"strings"
)

// envoyPath is the endpoint of Envoy's ext_authz over HTTP.
const envoyPath = "/auth/envoy"

// headerPartial is Envoy's word, over HTTP and gRPC, that it sends no more
// than the beginning of the client's body.
const headerPartial = "X-Envoy-Auth-Partial-Body"

// envoyDialect is Envoy's ext_authz over HTTP: the client's own method and
// target behind the path_prefix, and X-Forwarded-For. The whole answer to a
// denial goes to the client.
func envoyDialect() dialect {
	return dialect{path: envoyPath, clientIP: forwardedFor}
}

// envoy answers Envoy's ext_authz over HTTP.
func (s *Server) envoy(ctx context.Context, x *exchange, rest string) {
	_, target, _ := envoyTarget(x.r.RequestURI) // it matched
	s.auth(ctx, x, envoyDialect(), rest, target)
}

// envoyTarget takes a question's target apart: the options, which end with a
// segment "-", and the client's own target behind it, exactly as it is. Without
// the "-" a client could add options to those of the path_prefix.
func envoyTarget(requestURI string) (rest, target string, ok bool) {
	rest, ok = strings.CutPrefix(requestURI, envoyPath)
	if !ok || rest == "" || rest[0] != '/' {
		return "", "", false
	}
	for at := 0; at < len(rest); {
		end := at + 1 + strings.IndexAny(rest[at+1:]+"/", "/?")
		if rest[at+1:end] == "-" {
			return rest[:at], rest[end:], true
		}
		if at = end; at < len(rest) && rest[at] == '?' {
			break
		}
	}
	return "", "", false
}
