package gate

import (
	"net/http"
	"net/netip"

	"keywicket/models/netaddr"
)

// nginxDialect is nginx's auth_request: X-Original-URI, X-Original-Method and
// X-Real-IP, which the admin's configuration sets, and no denial but 401 and
// 403. The status that the client is to get is in X-Keywicket-Status, the body
// in X-Keywicket-Body, for nginx throws the answer's own body away.
func nginxDialect() dialect {
	return dialect{
		path:           "/auth/nginx",
		methodHeader:   "X-Original-Method",
		uriHeader:      "X-Original-Uri",
		clientIP:       realIP,
		onlyAuthStatus: true,
	}
}

// realIP reads X-Real-IP. Without it the client's address is unknown.
func realIP(h http.Header, _ netaddr.Set) (netip.Addr, error) {
	switch values := h.Values("X-Real-Ip"); len(values) {
	case 0:
		return netip.Addr{}, nil
	case 1:
		return netaddr.Parse(values[0]), nil
	}
	return netip.Addr{}, errProxyHeaders
}
