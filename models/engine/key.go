package engine

import (
	"math"
	"net/netip"
	"slices"
	"time"

	"keywicket/models"
	"keywicket/models/usage"
)

// Key is a key as the engine knows it; it never changes. There may be a
// million of them, so the fields are ordered and sized to take little memory.
type Key struct {
	hash      [32]byte
	id        int64
	accountID int64
	expires   int64   // Unix nanoseconds from which on it is expired; never: math.MaxInt64
	quota     *quota  // nil without a rate limit
	policy    *policy // nil for All Apps, All APIs and no whitelist
	text      string  // Sid and name in one piece
	slot      uint32  // of the account in the snapshot
	sidLen    uint16
	channel   uint8
	flags     uint8
}

// quota is a key's rate limit. The bucket outlives a change of the rate.
type quota struct {
	bucket *usage.Bucket
	rate   usage.Rate
}

// The flags of a key.
const (
	flagEnabled uint8 = 1 << iota
	flagSomeApps
	flagSomeAPIs
)

// ID returns the key's id in the store.
func (k *Key) ID() int64 { return k.id }

// AccountID returns the id of the key's account.
func (k *Key) AccountID() int64 { return k.accountID }

// Sid returns the key's public id.
func (k *Key) Sid() string { return k.text[:k.sidLen] }

// Name returns the key's name.
func (k *Key) Name() string { return k.text[k.sidLen:] }

// Expires returns when the key stops being valid. It returns false for a key that
// never does, or later than 64 bits of nanoseconds can hold.
func (k *Key) Expires() (at time.Time, ok bool) {
	return time.Unix(0, k.expires).UTC(), k.expires != math.MaxInt64
}

func (k *Key) has(flag uint8) bool { return k.flags&flag != 0 }

// limit returns the key's rate limit.
func (k *Key) limit() quota {
	if k.quota == nil {
		return quota{}
	}
	return *k.quota
}

// compileQuota makes the key's rate limit, with the state of the old one where
// there is one.
func compileQuota(m *models.Key, old *Key) *quota {
	if m.RateRequests <= 0 || m.RateWindowSec <= 0 {
		return nil
	}
	q := &quota{rate: usage.Rate{
		Requests: m.RateRequests,
		Window:   time.Duration(m.RateWindowSec) * time.Second,
	}}
	if old != nil && old.quota != nil {
		q.bucket = old.quota.bucket
	} else {
		q.bucket = &usage.Bucket{}
	}
	return q
}

// compileKey makes the engine's key. It is false for a key that cannot be
// looked up, because it has no hash. A rate limit that old has too keeps its
// state; old may be nil.
func compileKey(d *KeyData, old *Key, slot uint32) (*Key, bool) {
	m := &d.Key
	if len(m.Hash) != 32 {
		return nil, false
	}
	k := &Key{
		hash:      [32]byte(m.Hash),
		id:        m.ID,
		accountID: m.AccountID,
		expires:   expiry(m.ExpiresAt),
		quota:     compileQuota(m, old),
		policy:    compilePolicy(d),
		text:      m.Sid + m.Name,
		sidLen:    uint16(min(len(m.Sid), math.MaxUint16)), //nolint:gosec // bounded on the spot
		slot:      slot,
		channel:   channelCode(m.Channel),
	}
	if m.Channel == "" {
		k.channel = noChannel // only a request may leave it out
	}
	if m.Enabled {
		k.flags |= flagEnabled
	}
	// Anything but a clear "all" is the narrow scope.
	if m.ScopeApps != models.ScopeAll {
		k.flags |= flagSomeApps
	}
	if m.ScopeAPIs != models.ScopeAll {
		k.flags |= flagSomeAPIs
	}
	return k, true
}

// expiry returns the first nanosecond at which the key is expired. Times that
// 64 bits cannot hold are far in the future or in the past.
func expiry(at *time.Time) int64 {
	switch {
	case at == nil || at.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	case at.Before(time.Unix(0, math.MinInt64)):
		return math.MinInt64
	}
	return at.UnixNano()
}

// The codes of the channels. A channel that the engine does not know is never
// the right one.
const (
	noChannel uint8 = iota
	restChannel
	httpChannel
	webServiceChannel
	ftpChannel
	emailChannel
)

const channelCount = int(emailChannel)

// channelAt returns channelCount channels one after the other, the request's own
// first. In a channel that the engine does not know no key is right anyway.
func channelAt(own models.Channel, i int) models.Channel {
	if own == "" {
		own = models.ChannelREST
	}
	if i == 0 {
		return own
	}
	others := models.Channels() // in the order of their codes
	at := int(channelCode(own)) // from 1; 0 is none of them
	if at == 0 || i < at {
		return others[i-1]
	}
	return others[i]
}

func channelCode(c models.Channel) uint8 {
	switch c {
	case "", models.ChannelREST:
		return restChannel
	case models.ChannelHTTP:
		return httpChannel
	case models.ChannelWebService:
		return webServiceChannel
	case models.ChannelFTP:
		return ftpChannel
	case models.ChannelEmail:
		return emailChannel
	}
	return noChannel
}

// policy is what narrows a key: its whitelist and its lists of apps and APIs
// as sorted ids, one after the other in one list.
type policy struct {
	list       []uint64 // whitelist, App List, API List
	apps, apis uint32   // where the App List and the API List begin
}

// compilePolicy returns nil for a key that nothing narrows, and for one whose
// narrow scopes are empty.
func compilePolicy(d *KeyData) *policy {
	ips := compileIPs(d.IPs)
	var apps, apis []uint64
	if d.Key.ScopeApps != models.ScopeAll {
		apps = sortedIDs(d.AppIDs)
	}
	if d.Key.ScopeAPIs != models.ScopeAll {
		apis = sortedIDs(d.APIIDs)
	}
	list := slices.Concat(ips, apps, apis)
	if len(list) == 0 {
		return nil
	}
	return &policy{
		list: slices.Clip(list),
		apps: uint32(len(ips)),             //nolint:gosec // far fewer entries
		apis: uint32(len(ips) + len(apps)), //nolint:gosec // far fewer entries
	}
}

// compileIPs reads the rules, each to its value in the upper and its mask in
// the lower half. One that cannot be read becomes a rule that no address is
// in: left out, it could open the key to every address.
func compileIPs(rules []string) []uint64 {
	ips := make([]uint64, len(rules))
	for i, s := range rules {
		rule, err := models.ParseIPRule(s)
		if err != nil {
			rule = models.IPRule{Value: 1, Mask: 0}
		}
		ips[i] = uint64(rule.Value)<<32 | uint64(rule.Mask)
	}
	return ips
}

func sortedIDs(ids []int64) []uint64 {
	sorted := make([]uint64, len(ids))
	for i, id := range ids {
		sorted[i] = uint64(id) //nolint:gosec // only compared, and always made so
	}
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// whitelist returns the rules; a nil policy has none.
func (p *policy) whitelist() []uint64 {
	if p == nil {
		return nil
	}
	return p.list[:p.apps]
}

func whitelisted(rules []uint64, ip netip.Addr) bool {
	v, ok := models.IPv4Bits(ip)
	if !ok {
		return false
	}
	for _, rule := range rules {
		if v&uint32(rule) == uint32(rule>>32) { //nolint:gosec // the halves of the rule
			return true
		}
	}
	return false
}

// allowsAPI reports whether the API is in the API List; a nil policy has an
// empty one.
func (p *policy) allowsAPI(id int64) bool {
	return p != nil && hasID(p.list[p.apis:], id)
}

// allowsApp reports whether the app is in the App List; a nil policy has an empty
// one.
func (p *policy) allowsApp(apps map[string]int64, app string) bool {
	if p == nil {
		return false
	}
	id, ok := apps[app]
	return ok && hasID(p.list[p.apps:p.apis], id)
}

func hasID(sorted []uint64, id int64) bool {
	_, ok := slices.BinarySearch(sorted, uint64(id)) //nolint:gosec // only compared, and always made so
	return ok
}
