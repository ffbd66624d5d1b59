package web

import (
	"net/http"
	"net/netip"

	"keywicket/models/netaddr"
)

const forwardedFor = "X-Forwarded-For"

// ClientIP returns the address that a request comes from, as IPv4 where an
// IPv6 address only maps one. For a peer that is not a trusted proxy, it is the
// connection's own address, whatever the headers say. For a trusted proxy, it is
// what netaddr.Forwarded finds in X-Forwarded-For.
//
// It returns the zero Addr when the address cannot be known: the connection has
// none, or a trusted proxy sent no X-Forwarded-For or rubbish in it. The proxy's
// own address is never the client's: everybody behind it would be one client,
// and one of them could use up what all may do.
func ClientIP(r *http.Request, trusted netaddr.Set) netip.Addr {
	peer := netaddr.Peer(r.RemoteAddr)
	if !trusted.Contains(peer) {
		return peer
	}
	return netaddr.Forwarded(r.Header.Values(forwardedFor), trusted)
}

// noteUnnamedClient logs, once for each server, that a trusted proxy does not
// say who its clients are. It is called where that address would be counted, so
// that a health check does not set it off.
func (c *Context) noteUnnamedClient() {
	r := c.Request()
	if c.ip.IsValid() || len(r.Header.Values(forwardedFor)) > 0 {
		return
	}
	c.server.unnamedClient.Do(func() {
		c.server.log.WarnContext(c.Ctx(), "a trusted proxy sends no X-Forwarded-For, so its clients are unknown and not limited by address: "+
			"have the proxy set the header, or take it out of --trusted-proxies", "peer", r.RemoteAddr)
	})
}

// ipString is the address as kept and shown; "" for an unknown one.
func ipString(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
