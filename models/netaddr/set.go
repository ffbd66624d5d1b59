package netaddr

import (
	"errors"
	"net/netip"
)

// mappedBits is the length of ::ffff:0:0/96, the network of all IPv4-mapped
// addresses.
const mappedBits = 96

// The errors of ParseNetwork.
var (
	ErrNoNetwork = errors.New("not a network")
	ErrMapped    = errors.New("an IPv4-mapped network that holds all of IPv4 or more")
)

// Set is a set of networks. The zero Set is empty.
type Set struct {
	networks []netip.Prefix
}

// NewSet returns the set of the networks. An IPv4-mapped one of 96 bits or more
// stands for its IPv4 network: ::ffff:10.0.0.0/104 is 10.0.0.0/8.
func NewSet(networks ...netip.Prefix) Set {
	s := Set{networks: make([]netip.Prefix, 0, len(networks))}
	for _, n := range networks {
		s.networks = append(s.networks, unmap(n))
	}
	return s
}

// Contains reports whether one of the networks holds the address. An IPv4-mapped
// address counts as its IPv4 address, a zone is ignored, and no set contains the
// zero Addr.
func (s Set) Contains(a netip.Addr) bool {
	a = plain(a)
	for _, n := range s.networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// Loopback returns the networks of this machine alone.
func Loopback() []netip.Prefix {
	return []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{127}), 8), netip.PrefixFrom(netip.IPv6Loopback(), 128)}
}

// ParseNetwork returns the network in CIDR notation, or that of a plain address
// alone. An IPv4-mapped network becomes its IPv4 network, as in NewSet. One of
// 96 bits or fewer is ErrMapped, because it would silently be 0.0.0.0/0. Anything
// else is ErrNoNetwork.
func ParseNetwork(text string) (netip.Prefix, error) {
	if a := Parse(text); a.IsValid() {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	n, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return netip.Prefix{}, ErrNoNetwork
	case n.Addr().Is4In6() && n.Bits() <= mappedBits:
		return netip.Prefix{}, ErrMapped
	}
	return unmap(n.Masked()), nil
}

// unmap returns the IPv4 network that an IPv4-mapped one stands for, and any
// other network as it is.
func unmap(n netip.Prefix) netip.Prefix {
	if n.Addr().Is4In6() && n.Bits() >= mappedBits {
		return netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-mappedBits).Masked()
	}
	return n
}
