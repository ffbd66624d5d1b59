package web

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// limitAt returns a limit whose clock the test moves.
func limitAt(most int) (*visitorLimit, *time.Time) {
	clock := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	l := newVisitorLimit(func() time.Time { return clock })
	l.most = most
	return l, &clock
}

// spend sends requests until the address is refused, and returns how many were
// accepted.
func spend(l *visitorLimit, address string) int {
	for n := 0; ; n++ {
		if _, ok := l.take(netip.MustParseAddr(address)); !ok {
			return n
		}
	}
}

func TestVisitorLimit(t *testing.T) {
	l, clock := limitAt(limitClients)
	for _, address := range []string{"192.0.2.1", "192.0.2.2", "2001:db8:1:1::1"} {
		if n := spend(l, address); n != limitPerClient {
			t.Errorf("%s was let %d times", address, n)
		}
	}
	for _, same := range []string{"::ffff:192.0.2.1", "2001:db8:1:1:2::2"} {
		if n := spend(l, same); n != 0 {
			t.Errorf("%s is the same client, and was let %d times more", same, n)
		}
	}
	if wait, _ := l.take(netip.MustParseAddr("192.0.2.1")); wait <= 0 || wait > time.Second {
		t.Errorf("it is to wait %v", wait)
	}
	*clock = clock.Add(10 * time.Second)
	if n := spend(l, "192.0.2.1"); n != 20 {
		t.Errorf("10 seconds later it was let %d times", n)
	}
	for n := range limitOfOthers {
		if _, ok := l.take(netip.Addr{}); !ok {
			t.Fatalf("unknown addresses were let %d times", n)
		}
	}
	if _, ok := l.take(netip.Addr{}); ok {
		t.Error("unknown addresses are not limited")
	}
	if _, ok := l.take(netip.MustParseAddr("192.0.2.9")); !ok {
		t.Error("unknown addresses use up what others may ask")
	}
}

// A whole IPv6 site gets ten times the limit of a client, not 65,536 times.
func TestVisitorLimitOfASite(t *testing.T) {
	l, _ := limitAt(limitClients)
	let := 0
	for i := range 20_000 {
		if _, ok := l.take(netip.MustParseAddr(fmt.Sprintf("2001:db8:7:%x::1", i))); ok {
			let++
		}
	}
	if let != limitPerSite || len(l.buckets) > limitPerSite+1 {
		t.Errorf("one site was let %d times and takes %d places", let, len(l.buckets))
	}
	if n := spend(l, "2001:db8:8:1::1"); n != limitPerClient {
		t.Errorf("the next site was let %d times", n)
	}
	if n := spend(l, "192.0.2.1"); n != limitPerClient {
		t.Errorf("an IPv4 address was let %d times", n)
	}
}

// A flood of addresses uses no more memory and resets no limit. A client that was
// known before it keeps its own limit.
func TestVisitorLimitUnderAFlood(t *testing.T) {
	const most = 100
	l, clock := limitAt(most)
	spend(l, "192.0.2.1")
	l.take(netip.MustParseAddr("192.0.2.2"))
	let := 0
	for i := range 20_000 {
		if _, ok := l.take(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})); ok {
			let++
		}
	}
	if len(l.buckets) != most || let != most-2+limitOfOthers {
		t.Errorf("%d places are taken, %d requests were let", len(l.buckets), let)
	}
	if n := spend(l, "192.0.2.1"); n != 0 {
		t.Errorf("the flood unlocked an address for %d requests", n)
	}
	if n := spend(l, "192.0.2.2"); n != limitPerClient-1 {
		t.Errorf("an address that was known was let %d times", n)
	}
	*clock = clock.Add(limitWindow)
	if n := spend(l, "198.51.100.1"); n != limitPerClient || len(l.buckets) != 1 {
		t.Errorf("after the flood a new address was let %d times; %d places are taken", n, len(l.buckets))
	}
}
