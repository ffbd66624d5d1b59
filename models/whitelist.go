package models

import (
	"net/netip"
	"strings"
	"time"
)

// MaxIPsPerKey is the maximum number of entries in a key's IP Whitelist.
const MaxIPsPerKey = 50

// KeyIP is one entry of a key's IP Whitelist.
type KeyIP struct {
	ID        int64 `gorm:"primaryKey"`
	KeyID     int64
	Rule      string // canonical: 10.1.*.7
	CreatedAt time.Time
}

// IPRule is a parsed entry of an IP Whitelist. It matches an IPv4 address whose bits under Mask equal Value.
type IPRule struct{ Value, Mask uint32 }

// ParseIPRule parses an IPv4 address, or a range with exactly one * in place of an octet. It ignores spaces around it.
// The error is an *Error with the field "ip" and a key errors.ip.*.
func ParseIPRule(s string) (IPRule, error) {
	s = strings.TrimSpace(s)
	if key := refuseIPShape(s); key != "" {
		return IPRule{}, Refuse(CodeInvalid, "ip", key)
	}
	var r IPRule
	octets := strings.Split(s, ".")
	if len(octets) != 4 {
		return IPRule{}, Refuse(CodeInvalid, "ip", "errors.ip.format")
	}
	for _, o := range octets {
		r.Value <<= 8
		r.Mask <<= 8
		if o == "*" {
			continue
		}
		n, key := parseOctet(o)
		if key != "" {
			return IPRule{}, Refuse(CodeInvalid, "ip", key, "Octet", clip(o, 12))
		}
		r.Value |= n
		r.Mask |= 0xff
	}
	return r, nil
}

// refuseIPShape returns the translation key of what is wrong with the rule as a whole, or "", so that the message names
// IPv6 rather than an octet.
func refuseIPShape(s string) string {
	switch {
	case s == "":
		return "errors.ip.empty"
	case strings.Contains(s, ":"):
		return "errors.ip.ipv6"
	case strings.Contains(s, "/"):
		return "errors.ip.cidr"
	case strings.Count(s, "*") > 1:
		return "errors.ip.two_wildcards"
	}
	return ""
}

// parseOctet parses one decimal octet. key is the translation key of what is wrong with it, or "".
func parseOctet(o string) (n uint32, key string) {
	if o == "" {
		return 0, "errors.ip.format"
	}
	if strings.Contains(o, "*") {
		return 0, "errors.ip.partial_wildcard"
	}
	for i := range len(o) {
		if o[i] < '0' || o[i] > '9' {
			return 0, "errors.ip.format"
		}
	}
	switch {
	case len(o) > 1 && o[0] == '0':
		return 0, "errors.ip.leading_zero"
	case len(o) > 3:
		return 0, "errors.ip.octet"
	}
	for i := range len(o) {
		n = n*10 + uint32(o[i]-'0')
	}
	if n > 255 {
		return 0, "errors.ip.octet"
	}
	return n, ""
}

// String returns the rule in its canonical form, which ParseIPRule parses.
func (r IPRule) String() string {
	b := make([]byte, 0, 15)
	for shift := 24; shift >= 0; shift -= 8 {
		if shift < 24 {
			b = append(b, '.')
		}
		if byte(r.Mask>>shift&0xff) == 0 {
			b = append(b, '*')
			continue
		}
		b = appendOctet(b, byte(r.Value>>shift&0xff))
	}
	return string(b)
}

func appendOctet(b []byte, n byte) []byte {
	if n >= 100 {
		b = append(b, '0'+n/100)
	}
	if n >= 10 {
		b = append(b, '0'+n/10%10)
	}
	return append(b, '0'+n%10)
}

// IPv4Bits returns the address as a number to compare with rules. It returns false for an address that is not IPv4.
func IPv4Bits(ip netip.Addr) (uint32, bool) {
	if ip.Zone() != "" {
		return 0, false
	}
	ip = ip.Unmap()
	if !ip.Is4() {
		return 0, false
	}
	a := ip.As4()
	return uint32(a[0])<<24 | uint32(a[1])<<16 | uint32(a[2])<<8 | uint32(a[3]), true
}

// AddIP returns raw in canonical form, to be added to the canonical rules of a whitelist. It returns the errors of
// ParseIPRule, errors.ip.duplicate for an existing rule, and errors.ip.limit with CodeLimit for one too many.
func AddIP(existing []string, raw string) (canonical string, err error) {
	rule, err := ParseIPRule(raw)
	if err != nil {
		return "", err
	}
	canonical = rule.String()
	for _, have := range existing {
		if have == canonical {
			return "", Refuse(CodeInvalid, "ip", "errors.ip.duplicate", "Rule", canonical)
		}
	}
	if len(existing) >= MaxIPsPerKey {
		return "", Refuse(CodeLimit, "ip", "errors.ip.limit", "Max", MaxIPsPerKey)
	}
	return canonical, nil
}
