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

func TestPeer(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.7:80": "192.0.2.7", "[::ffff:192.0.2.7]:80": "192.0.2.7", "[fe80::1%eth0]:80": "fe80::1",
		"": "invalid IP", "@": "invalid IP", "192.0.2.7": "invalid IP",
	} {
		if got := netaddr.Peer(text).String(); got != want {
			t.Errorf("Peer(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestForwarded(t *testing.T) {
	trusted := netaddr.NewSet(netip.MustParsePrefix("10.0.0.0/8"))
	for _, tc := range []struct {
		values []string
		want   string
	}{
		{nil, "invalid IP"},
		{[]string{""}, "invalid IP"},
		{[]string{"1.2.3.4"}, "1.2.3.4"},
		{[]string{"6.6.6.6, 1.2.3.4,\t10.0.0.1"}, "1.2.3.4"},
		{[]string{"6.6.6.6", "1.2.3.4"}, "1.2.3.4"},
		{[]string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{[]string{"1.2.3.4, ::ffff:10.0.0.2"}, "1.2.3.4"},
		{[]string{"<x>, 1.2.3.4"}, "1.2.3.4"},
		{[]string{"1.2.3.4, <x>"}, "invalid IP"},
		{[]string{"1.2.3.4, <x>, 10.0.0.2"}, "invalid IP"},
		{[]string{"1.2.3.4,"}, "invalid IP"},
		{[]string{"1.2.3.4:80"}, "invalid IP"},
		{[]string{"fe80::1%eth0"}, "invalid IP"},
	} {
		if got := netaddr.Forwarded(tc.values, trusted).String(); got != tc.want {
			t.Errorf("Forwarded(%q) = %s, want %s", tc.values, got, tc.want)
		}
	}
}
