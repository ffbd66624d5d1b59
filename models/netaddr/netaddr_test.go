package netaddr_test

import (
	"net/netip"
	"testing"

	"keywicket/models/netaddr"
)

func TestClient(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7":           "192.0.2.7/32",
		"::ffff:192.0.2.7":    "192.0.2.7/32",
		"2001:db8:1:2:3::4":   "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::": "2001:db8:1:2::/64",
		"fe80::1%eth0":        "fe80::/64",
	} {
		if got := netaddr.Client(netip.MustParseAddr(in)).String(); got != want {
			t.Errorf("Client(%s) = %s, want %s", in, got, want)
		}
	}
	if p := netaddr.Client(netip.Addr{}); p.IsValid() {
		t.Errorf("Client of no address = %v, want the zero Prefix", p)
	}
}

func TestSite(t *testing.T) {
	for in, want := range map[string]string{
		"2001:db8:1:2:3::4": "2001:db8:1::/48", "2001:db8:1:ffff::": "2001:db8:1::/48", "fe80::1%eth0": "fe80::/48",
	} {
		if got := netaddr.Site(netip.MustParseAddr(in)).String(); got != want {
			t.Errorf("Site(%s) = %s, want %s", in, got, want)
		}
	}
	for _, a := range []netip.Addr{{}, netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("::ffff:192.0.2.7")} {
		if p := netaddr.Site(a); p.IsValid() {
			t.Errorf("Site(%v) = %v, want the zero Prefix", a, p)
		}
	}
}
