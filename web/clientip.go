package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientIP returns the address that a request comes from, as IPv4 where an
// IPv6 address only maps one. Without trusted proxies it is the connection's
// own address, whatever the headers say. When the connection comes from a
// trusted proxy, X-Forwarded-For is read from its right end: the first
// address that is not itself trusted is the client.
//
// It returns the zero Addr when the address cannot be known: a connection that
// has none, or rubbish in a header that has to be believed. Callers treat
// that as an unknown client, never as the proxy's own address.
func ClientIP(r *http.Request, trusted []netip.Prefix) netip.Addr {
	direct := remoteAddr(r.RemoteAddr)
	if !direct.IsValid() || !contains(trusted, direct) {
		return direct
	}
	forwarded := r.Header.Values("X-Forwarded-For")
	if len(forwarded) == 0 {
		return direct
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	client := direct
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return netip.Addr{}
		}
		client = plain(hop)
		if !contains(trusted, client) {
			return client
		}
	}
	return client
}

// remoteAddr reads the address of a connection, zero if there is none.
func remoteAddr(hostport string) netip.Addr {
	if ap, err := netip.ParseAddrPort(hostport); err == nil {
		return plain(ap.Addr())
	}
	return netip.Addr{}
}

// plain is the address without its zone, and as IPv4 where it maps one.
func plain(a netip.Addr) netip.Addr { return a.WithZone("").Unmap() }

func contains(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// ipString is the address as kept and shown; "" for an unknown one.
func ipString(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
