package models

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func TestParseIPRule(t *testing.T) {
	good := map[string]string{
		"10.1.2.7":          "10.1.2.7",
		"0.0.0.0":           "0.0.0.0",
		"255.255.255.255":   "255.255.255.255",
		"10.1.*.7":          "10.1.*.7",
		"192.168.1.*":       "192.168.1.*",
		"*.0.0.1":           "*.0.0.1",
		"10.*.0.255":        "10.*.0.255",
		"  10.1.2.7\t":      "10.1.2.7",
		"\u00a010.1.2.100 ": "10.1.2.100",
	}
	for in, want := range good {
		r, err := ParseIPRule(in)
		if err != nil || r.String() != want {
			t.Errorf("ParseIPRule(%q) = %s, %v; want %s", in, r, err, want)
		}
	}
	bad := map[string]string{
		"":                      "errors.ip.empty",
		"   ":                   "errors.ip.empty",
		"::1":                   "errors.ip.ipv6",
		"::ffff:10.1.2.3":       "errors.ip.ipv6",
		"fe80::1%eth0":          "errors.ip.ipv6",
		"10.1.2.3:80":           "errors.ip.ipv6",
		"*.*.1.1":               "errors.ip.two_wildcards",
		"10.**.1.1":             "errors.ip.two_wildcards",
		"*":                     "errors.ip.format",
		"10.1*.2.3":             "errors.ip.partial_wildcard",
		"10.1.2.*3":             "errors.ip.partial_wildcard",
		"10.1.2.256":            "errors.ip.octet",
		"10.1.2.999":            "errors.ip.octet",
		"10.1.2.1000":           "errors.ip.octet",
		"10.1.2.99999999999999": "errors.ip.octet",
		"10.01.2.3":             "errors.ip.leading_zero",
		"10.00.2.3":             "errors.ip.leading_zero",
		"010.1.2.3":             "errors.ip.leading_zero",
		"10.1.2.0377":           "errors.ip.leading_zero",
		"10.0.0.0/8":            "errors.ip.cidr",
		"10.1.2.3/32":           "errors.ip.cidr",
		"10.1.2":                "errors.ip.format",
		"10.1.2.3.4":            "errors.ip.format",
		"10.1..3":               "errors.ip.format",
		"10.1.2.":               "errors.ip.format",
		"167838211":             "errors.ip.format",
		"0x7f.0x0.0.0x1":        "errors.ip.format",
		"0x0a.1.2.3":            "errors.ip.format",
		"10.1.2.-3":             "errors.ip.format",
		"10.1.2.+3":             "errors.ip.format",
		"10.1.2.3-10.1.2.9":     "errors.ip.format",
		"10.1.2.3,10.1.2.4":     "errors.ip.format",
		"10. 1.2.3":             "errors.ip.format",
		"localhost":             "errors.ip.format",
		"１０.1.2.3":              "errors.ip.format",
		"10.1.2.3\x00":          "errors.ip.format",
	}
	for in, key := range bad {
		_, err := ParseIPRule(in)
		t.Run(strconv.Quote(in), func(t *testing.T) { wantRefusal(t, err, "ip", key) })
	}
}

func TestIPRuleContains(t *testing.T) {
	for _, c := range []struct {
		rule, ip string
		want     bool
	}{
		{"10.1.2.7", "10.1.2.7", true},
		{"10.1.2.7", "10.1.2.8", false},
		{"10.1.2.7", "::ffff:10.1.2.7", true},
		{"10.1.2.7", "::ffff:a01:207", true},
		{"10.1.2.7", "::10.1.2.7", false},
		{"10.1.2.7", "64:ff9b::10.1.2.7", false},
		{"10.1.2.7", "2002:a01:207::", false},
		{"10.1.*.7", "10.1.0.7", true},
		{"10.1.*.7", "10.1.255.7", true},
		{"10.1.*.7", "10.2.0.7", false},
		{"*.0.0.0", "::", false},
		{"0.0.0.*", "::1", false},
		{"0.0.0.0", "0.0.0.0", true},
	} {
		r, err := ParseIPRule(c.rule)
		if err != nil {
			t.Fatal(err)
		}
		if got := contains(r, netip.MustParseAddr(c.ip)); got != c.want {
			t.Errorf("%s contains %s: %v, want %v", c.rule, c.ip, got, c.want)
		}
	}
	zero := IPRule{}
	if contains(zero, netip.Addr{}) {
		t.Error("the zero Addr is in a rule")
	}
	if contains(zero, netip.MustParseAddr("fe80::1%eth0")) {
		t.Error("an address with a zone is in a rule")
	}
	if mapped := netip.AddrFrom16(netip.MustParseAddr("::ffff:10.1.2.7").As16()).WithZone("eth0"); contains(zero, mapped) {
		t.Error("a mapped address with a zone is in a rule")
	}
}

// oracleOctets is the independent reading of an IPv4 text: its four octets
// as strings, or nil.
func oracleOctets(s string) []string {
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return nil
	}
	for _, p := range parts {
		if !oracleOctet(p) {
			return nil
		}
	}
	return parts
}

// oracleOctet finds p in the written-out list of all octets.
func oracleOctet(p string) bool {
	return p != "" && strings.Contains(oracleAllOctets(), " "+p+" ") && !strings.Contains(p, " ")
}

// oracleAllOctets writes them out once.
var oracleAllOctets = sync.OnceValue(func() string {
	var b strings.Builder
	b.WriteByte(' ')
	for i := range 256 {
		fmt.Fprintf(&b, "%d ", i)
	}
	return b.String()
})

// oracleRule is the independent reading of a rule.
func oracleRule(s string) []string {
	if strings.Count(s, "*") > 1 {
		return nil
	}
	parts := strings.Split(s, ".")
	if oracleOctets(strings.Join(replaced(parts, "*", "0"), ".")) == nil {
		return nil
	}
	return parts
}

func replaced(parts []string, from, to string) []string {
	out := make([]string, len(parts))
	for i, p := range parts {
		if p == from {
			p = to
		}
		out[i] = p
	}
	return out
}

// oracleClient is the independent reading of a client's address: IPv4, or
// IPv6 of the form ::ffff: with a dotted or two hexadecimal parts.
func oracleClient(s string) []string {
	rest, mapped := strings.CutPrefix(strings.ToLower(s), "::ffff:")
	if !mapped {
		return oracleOctets(s)
	}
	if octets := oracleOctets(rest); octets != nil {
		return octets
	}
	groups := strings.Split(rest, ":")
	if len(groups) != 2 {
		return nil
	}
	var octets []string
	for _, g := range groups {
		if len(g) == 0 || len(g) > 4 || strings.Trim(g, "0123456789abcdef") != "" {
			return nil
		}
		g = strings.Repeat("0", 4-len(g)) + g
		for _, half := range []string{g[:2], g[2:]} {
			n, err := strconv.ParseUint(half, 16, 8)
			if err != nil {
				return nil
			}
			octets = append(octets, strconv.FormatUint(n, 10))
		}
	}
	return octets
}

// oracleAllows compares octet by octet, as strings.
func oracleAllows(rule, client []string) bool {
	if rule == nil || client == nil {
		return false
	}
	for i := range rule {
		if rule[i] != "*" && rule[i] != client[i] {
			return false
		}
	}
	return true
}

// randomRule returns mostly right rules, and all kinds of wrong ones.
func randomRule(r *rand.Rand) string {
	p := make([]string, 4)
	for i := range p {
		p[i] = strconv.Itoa(randomOctet(r))
	}
	if r.IntN(2) == 0 {
		p[r.IntN(4)] = "*"
	}
	switch r.IntN(12) {
	case 0:
		p[r.IntN(4)] = []string{"256", "300", "1*", "*1", "**", "01", "00", "0x1", "", " 1", "-1", "1e1", "௧"}[r.IntN(13)]
	case 1:
		p = p[:3]
	case 2:
		return "::ffff:" + strings.Join(p, ".")
	case 3:
		return strings.Join(p, ".") + "/24"
	}
	return strings.Join(p, ".")
}

func randomOctet(r *rand.Rand) int {
	return []int{0, 1, 9, 10, 99, 100, 127, 199, 200, 249, 254, 255, r.IntN(256), r.IntN(256)}[r.IntN(14)]
}

// randomClient returns an address that is near the rule, in any notation.
func randomClient(r *rand.Rand, rule string) string {
	octets := make([]int, 4)
	for i, p := range strings.SplitN(rule+"....", ".", 5)[:4] {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 || n > 255 {
			n = randomOctet(r)
		}
		octets[i] = n
	}
	if r.IntN(3) == 0 {
		octets[r.IntN(4)] = randomOctet(r)
	}
	a, b, c, d := octets[0], octets[1], octets[2], octets[3]
	switch r.IntN(14) {
	case 0:
		return fmt.Sprintf("::ffff:%d.%d.%d.%d", a, b, c, d)
	case 1:
		return fmt.Sprintf("::FFFF:%x:%x", a<<8|b, c<<8|d)
	case 2:
		return fmt.Sprintf("0%o.%d.%d.%d", a, b, c, d)
	case 3:
		return fmt.Sprintf("0x%x.%d.%d.%d", a, b, c, d)
	case 4:
		return fmt.Sprintf("%d", a<<24|b<<16|c<<8|d)
	case 5:
		return fmt.Sprintf("::%d.%d.%d.%d", a, b, c, d)
	case 6:
		return fmt.Sprintf("64:ff9b::%d.%d.%d.%d", a, b, c, d)
	case 7:
		return fmt.Sprintf("2001:db8::%x:%x%%eth0", a<<8|b, c<<8|d)
	case 8:
		return fmt.Sprintf("::ffff:%d.%d.%d.%d%%1", a, b, c, d)
	case 9:
		return fmt.Sprintf("%d.%d.%d", a, b, c)
	}
	return fmt.Sprintf("%d.%d.%d.%d", a, b, c, d)
}

func TestWhitelistAgainstOracle(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 1))
	rules, hits := 0, 0
	const rounds = 40_000
	for range rounds {
		text := randomRule(r)
		client := randomClient(r, text)
		rule, err := ParseIPRule(text)
		want := oracleRule(strings.TrimSpace(text))
		if (err == nil) != (want != nil) {
			t.Fatalf("seed %d: rule %q: error %v, the oracle says %v", seed, text, err, want)
		}
		if err != nil {
			continue
		}
		rules++
		addr, _ := netip.ParseAddr(client) // the zero Addr for rubbish, as at the gate
		got, allows := contains(rule, addr), oracleAllows(want, oracleClient(client))
		if got != allows {
			t.Fatalf("seed %d: rule %q, client %q: %v, the oracle says %v", seed, text, client, got, allows)
		}
		if got {
			hits++
		}
	}
	if rules < 10_000 || hits < rules/10 || hits > rules*9/10 {
		t.Errorf("seed %d: %d rules with %d hits prove too little", seed, rules, hits)
	}
}

func TestIPRuleRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		octets := rapid.SliceOfN(rapid.Uint8(), 4, 4).Draw(t, "octets")
		wild := rapid.IntRange(-1, 3).Draw(t, "wild")
		parts := make([]string, 4)
		for i, o := range octets {
			parts[i] = strconv.Itoa(int(o))
			if i == wild {
				parts[i] = "*"
			}
		}
		text := strings.Join(parts, ".")
		r, err := ParseIPRule(text)
		if err != nil || r.String() != text {
			t.Fatalf("%q reads as %s, %v", text, r, err)
		}
		if r.Value&^r.Mask != 0 {
			t.Fatalf("%q has bits outside its mask: %+v", text, r)
		}
		if !contains(r, netip.AddrFrom4([4]byte(octets))) {
			t.Fatalf("%q does not contain %v", text, octets)
		}
	})
}

func TestAddIP(t *testing.T) {
	var list []string
	for i := range MaxIPsPerKey {
		c, err := AddIP(list, fmt.Sprintf(" 10.0.%d.* ", i))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	_, err := AddIP(list, "10.9.9.9")
	wantRefusal(t, err, "ip", "errors.ip.limit")
	if CodeOf(err) != CodeLimit {
		t.Errorf("the 51st is refused with %s", CodeOf(err))
	}
	_, err = AddIP(list, "10.0.7.*")
	wantRefusal(t, err, "ip", "errors.ip.duplicate")
	_, err = AddIP(nil, "::1")
	wantRefusal(t, err, "ip", "errors.ip.ipv6")
	if c, err := AddIP([]string{"10.0.0.1"}, "10.0.0.*"); err != nil || c != "10.0.0.*" {
		t.Errorf("a range around an address in the list: %q, %v", c, err)
	}
}

func FuzzWhitelist(f *testing.F) {
	for _, s := range []string{"10.1.*.7", "192.168.1.*", "1*.2.3.4", "::ffff:1.2.3.4", "010.0.0.1", "10.0.0.0/8", "*.*.1.1", ""} {
		f.Add(s, "10.1.2.7")
	}
	f.Add("10.1.*.7", "::ffff:a01:7")
	f.Fuzz(func(t *testing.T, text, client string) {
		rule, err := ParseIPRule(text)
		want := oracleRule(strings.TrimSpace(text))
		if (err == nil) != (want != nil) {
			t.Fatalf("rule %q: error %v, the oracle says %v", text, err, want)
		}
		if err != nil {
			return
		}
		if again, err := ParseIPRule(rule.String()); err != nil || again != rule {
			t.Fatalf("%q does not read back: %v", rule.String(), err)
		}
		addr, err := netip.ParseAddr(client)
		if err != nil {
			return
		}
		if addr.Is4() && contains(rule, addr) != oracleAllows(want, oracleClient(client)) {
			t.Fatalf("rule %q, client %q: %v", text, client, contains(rule, addr))
		}
	})
}

// contains reports whether the address is in the rule.
func contains(r IPRule, ip netip.Addr) bool {
	bits, ok := IPv4Bits(ip)
	return ok && bits&r.Mask == r.Value
}
