package gate

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// peers is a set of addresses.
type peers []netip.Prefix

// newPeers makes a set of loopback and the prefixes.
func newPeers(prefixes []netip.Prefix) peers {
	set := peers{
		netip.PrefixFrom(netip.AddrFrom4([4]byte{127, 0, 0, 0}), 8),
		netip.PrefixFrom(netip.IPv6Loopback(), 128),
	}
	for _, p := range prefixes {
		set = append(set, unmapPrefix(p))
	}
	return set
}

// unmapPrefix makes ::ffff:10.0.0.0/104 what it means, 10.0.0.0/8, for
// addresses are compared unmapped.
func unmapPrefix(p netip.Prefix) netip.Prefix {
	const mappedBits = 96
	if p.Addr().Is4In6() && p.Bits() >= mappedBits {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mappedBits).Masked()
	}
	return p.Masked()
}

// has reports whether the address is in the set; an unknown one never is.
func (p peers) has(ip netip.Addr) bool {
	return ip.IsValid() && slices.ContainsFunc(p, func(x netip.Prefix) bool { return x.Contains(ip) })
}

// peerOf is the address at the other end of the connection, and the zero Addr
// where there is none.
func peerOf(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}

// parseIP reads an address that a caller sends. Everything but a plain
// address is unknown, which no whitelist holds.
func parseIP(s string) netip.Addr {
	ip, err := netip.ParseAddr(s)
	if err != nil || ip.Zone() != "" {
		return netip.Addr{}
	}
	return ip.Unmap()
}

// forwardedIP finds the client in X-Forwarded-For: the rightmost address that
// is no trusted proxy, for what stands to the left of it is the client's own
// claim. Where all are trusted it is the leftmost. Rubbish on the way makes it
// unknown.
func forwardedIP(values []string, trusted peers) netip.Addr {
	hops := strings.Split(strings.Join(values, ","), ",")
	var ip netip.Addr
	for _, hop := range slices.Backward(hops) {
		ip = parseIP(strings.Trim(hop, " \t"))
		if !trusted.has(ip) {
			return ip
		}
	}
	return ip
}
