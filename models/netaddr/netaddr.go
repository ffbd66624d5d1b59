// Package netaddr answers questions about network addresses that more than one
// part of the product asks.
package netaddr

import "net/netip"

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
	a = a.Unmap().WithZone("")
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
// one IPv4 address says nothing of its neighbours.
func Site(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(a, siteBits).Masked()
}
