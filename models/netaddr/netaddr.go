// Package netaddr reads network addresses: who is connected, who is behind a
// proxy, which addresses count as one client, and which networks hold them.
package netaddr

import (
	"net/netip"
	"strings"
)

// clientBits is the part of an IPv6 address that names one client: providers
// give each customer a /64 or more, so counting single addresses would give
// everyone 2^64 tries.
const clientBits = 64

// siteBits is the part of an IPv6 address that names one site: whoever has a
// site has 2^16 clients.
const siteBits = 48

// Client returns the network that counts as one client wherever requests are
// limited per address: an IPv4 address by itself, the /64 of an IPv6 address.
// An IPv4-mapped address counts as its IPv4 address and a zone is ignored. For
// the zero Addr it returns the zero Prefix, for which IsValid reports false;
// callers decide what an unknown address means.
func Client(a netip.Addr) netip.Prefix {
	a = plain(a)
	if !a.IsValid() {
		return netip.Prefix{}
	}
	bits := a.BitLen()
	if a.Is6() {
		bits = clientBits
	}
	return netip.PrefixFrom(a, bits).Masked()
}

// Site returns the network that many clients of one owner may share: the /48 of
// an IPv6 address. For any other address it returns the zero Prefix, because
// one IPv4 address says nothing of its neighbors.
func Site(a netip.Addr) netip.Prefix {
	a = plain(a)
	if !a.Is6() {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(a, siteBits).Masked()
}

// Peer returns the address in host:port, the form of http.Request.RemoteAddr,
// without its zone and as IPv4 where it is IPv4-mapped. It returns the zero Addr
// for anything else.
func Peer(hostport string) netip.Addr {
	ap, err := netip.ParseAddrPort(hostport)
	if err != nil {
		return netip.Addr{}
	}
	return plain(ap.Addr())
}

// Parse returns the address in text that a caller sent, as IPv4 where it is
// IPv4-mapped. It returns the zero Addr for anything but a plain address: one
// with a port or a zone is unknown.
func Parse(text string) netip.Addr {
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}
	}
	return a.Unmap()
}

// Forwarded returns the client in the values of X-Forwarded-For that a trusted
// proxy sent: the rightmost address that is not trusted, because everything to
// its left is the client's own claim. Where all are trusted, it returns the
// leftmost. It returns the zero Addr where there is no value, and where the
// search meets anything but a plain address.
func Forwarded(values []string, trusted Set) netip.Addr {
	rest := strings.Join(values, ",")
	for {
		at := strings.LastIndexByte(rest, ',')
		client := Parse(strings.Trim(rest[at+1:], " \t"))
		if at < 0 || !trusted.Contains(client) {
			return client
		}
		rest = rest[:at]
	}
}

// plain returns the address without its zone, and as IPv4 where it is mapped.
func plain(a netip.Addr) netip.Addr { return a.WithZone("").Unmap() }
