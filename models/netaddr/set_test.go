package netaddr_test

import (
	"errors"
	"net/netip"
	"testing"

	"keywicket/models/netaddr"
)

func TestParseNetwork(t *testing.T) {
	for text, want := range map[string]string{
		"10.1.2.3/8":            "10.0.0.0/8",
		"192.0.2.7":             "192.0.2.7/32",
		"0.0.0.0/0":             "0.0.0.0/0",
		"::/0":                  "::/0",
		"2001:db8::1":           "2001:db8::1/128",
		"2001:db8::1/32":        "2001:db8::/32",
		"::ffff:192.0.2.7":      "192.0.2.7/32",
		"::ffff:10.0.0.0/104":   "10.0.0.0/8",
		"::ffff:10.1.2.3/97":    "0.0.0.0/1",
		"::ffff:192.0.2.7/128":  "192.0.2.7/32",
		"::fffe:192.0.2.7/120":  "::fffe:c000:200/120",
		"::ffff:0:192.0.2.7/96": "::ffff:0:0:0/96",
	} {
		if got, err := netaddr.ParseNetwork(text); err != nil || got.String() != want {
			t.Errorf("%s: %v %v, want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]error{
		"": netaddr.ErrNoNetwork, "x": netaddr.ErrNoNetwork, "10.0.0.0/33": netaddr.ErrNoNetwork, "10.0.0/8": netaddr.ErrNoNetwork,
		"fe80::1%eth0": netaddr.ErrNoNetwork, "fe80::%eth0/64": netaddr.ErrNoNetwork, "192.0.2.7:80": netaddr.ErrNoNetwork,
		"::ffff:0:0/96": netaddr.ErrMapped, "::ffff:10.0.0.0/96": netaddr.ErrMapped, "::ffff:10.0.0.0/8": netaddr.ErrMapped,
	} {
		if got, err := netaddr.ParseNetwork(text); !errors.Is(err, want) || got.IsValid() {
			t.Errorf("%q: %v %v, want %v", text, got, err, want)
		}
	}
}

func TestSet(t *testing.T) {
	s := netaddr.NewSet(netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::ffff:192.0.2.0/120"), netip.MustParsePrefix("fe80::/64"))
	for text, want := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "11.0.0.1": false, "192.0.2.9": true, "::ffff:192.0.2.9": true, "192.0.3.9": false,
		"fe80::1": true, "fe80::1%eth0": true, "2001:db8::1": false,
	} {
		if got := s.Contains(netip.MustParseAddr(text)); got != want {
			t.Errorf("contains %s: %v", text, got)
		}
	}
	if s.Contains(netip.Addr{}) || (netaddr.Set{}).Contains(netip.MustParseAddr("10.1.2.3")) || netaddr.NewSet(netip.MustParsePrefix("::/0")).Contains(netip.MustParseAddr("10.1.2.3")) {
		t.Error("a set contains what is in none of its networks")
	}
}
