package gate

import (
	"net/http"
	"net/netip"

	"keywicket/models/netaddr"
)

// forwardedDialect is Traefik's ForwardAuth and Caddy's forward_auth:
// X-Forwarded-Uri, X-Forwarded-Method and X-Forwarded-For, set by the proxy.
// The whole answer to a denial goes to the client.
func forwardedDialect() dialect {
	return dialect{
		path:         "/auth/forwarded",
		methodHeader: "X-Forwarded-Method",
		uriHeader:    "X-Forwarded-Uri",
		clientIP:     forwardedFor,
	}
}

// forwardedFor reads X-Forwarded-For. It is a list, which proxies may also
// continue in a further line.
func forwardedFor(h http.Header, trusted netaddr.Set) (netip.Addr, error) {
	return netaddr.Forwarded(h.Values("X-Forwarded-For"), trusted), nil
}
