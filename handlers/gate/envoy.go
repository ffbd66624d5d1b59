package gate

import "strings"

// headerPartial is the header in which Envoy reports, over HTTP and gRPC, that it
// sends only the beginning of the client's body.
const headerPartial = "X-Envoy-Auth-Partial-Body"

// envoyDialect is Envoy's ext_authz over HTTP: the client's own method and
// target after the path_prefix, and X-Forwarded-For. Envoy passes the whole
// response to a denial on to the client.
func envoyDialect() dialect {
	return dialect{path: "/auth/envoy", ipHeader: forwardedFor}
}

// splitTarget splits the target of a proxy's request after the endpoint's path:
// the options, up to a segment "-", and after it the client's own target, exactly
// as it is. Without the "-", a client could add options to those of the
// path_prefix.
func splitTarget(path, requestURI string) (rest, target string, ok bool) {
	rest, ok = strings.CutPrefix(requestURI, path)
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
