package usage

import (
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"keywicket/models"
)

const (
	shardCount = 64
	daySeconds = 24 * 60 * 60
)

// DayCount is the number of decisions about a key with one reason on one day.
type DayCount struct {
	AccountID int64  // 0 if no key was recognised
	KeyID     int64  // 0 if no key was recognised
	Day       string // UTC date, 2006-01-02
	Reason    string // reason of the gate: "allowed", "ip_denied", …
	Count     int64
}

// LastUse is the newest allowed request of a key.
type LastUse struct {
	KeyID int64
	At    time.Time // UTC
	IP    string    // "" when unknown
	API   string    // name of the call, or "" when it is not in the catalogue
}

// PreviousUse is the number of uses of a previous credential, and the newest one.
type PreviousUse struct {
	PreviousID int64 // of the previous credential
	Count      int64
	At         time.Time // UTC
	IP         string    // "" when unknown
	API        string    // name of the call, or "" when it is not in the catalogue
}

// Batch holds the counts since the last Drain. They are added to the stored counts. A LastUse replaces an older one.
type Batch struct {
	Days     []DayCount
	Last     []LastUse
	Previous []PreviousUse
}

// Empty reports whether there is nothing to store.
func (b Batch) Empty() bool { return len(b.Days) == 0 && len(b.Last) == 0 && len(b.Previous) == 0 }

// Counter counts decisions in memory. The zero value is ready to use. A Counter must not be copied. It is safe for
// concurrent use.
type Counter struct {
	shards [shardCount]counterShard
}

type counterShard struct {
	mu       sync.Mutex
	days     map[dayKey]int64
	last     map[int64]lastUse
	previous map[int64]previousUse // by the id of the previous credential
	_        [64]byte              // keep two shards out of one cache line
}

type dayKey struct {
	account, key int64
	day          int64 // days since 1970-01-01 UTC
	reason       string
}

type lastUse struct {
	at  time.Time
	ip  netip.Addr
	api string
}

type previousUse struct {
	count int64
	lastUse
}

// Record counts one decision of the gate. Both ids are 0 if no key was recognised. The ip and the name of the API are
// kept only for an allowed request.
func (c *Counter) Record(accountID, keyID int64, reason string, at time.Time, ip netip.Addr, api string) {
	s := c.shard(keyID)
	k := dayKey{account: accountID, key: keyID, day: dayOf(at), reason: reason}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.days == nil {
		s.days = make(map[dayKey]int64)
	}
	s.days[k]++
	if reason == models.ReasonAllowed && keyID != 0 {
		s.use(keyID, lastUse{at: at, ip: ip, api: api})
	}
}

// RecordPrevious counts one allowed request with a previous credential. Call
// Record for the request too.
func (c *Counter) RecordPrevious(previousID int64, at time.Time, ip netip.Addr, api string) {
	c.shard(previousID).usePrevious(previousID, previousUse{1, lastUse{at: at, ip: ip, api: api}})
}

// Drain returns all counts and resets the counter.
func (c *Counter) Drain() Batch {
	sums := make(map[dayKey]int64)
	var b Batch
	for i := range c.shards {
		days, last, previous := c.shards[i].empty()
		for id, u := range previous {
			b.Previous = append(b.Previous, PreviousUse{PreviousID: id, Count: u.count, At: u.at.UTC(), IP: ipString(u.ip), API: u.api})
		}
		for k, n := range days {
			sums[k] += n
		}
		for id, u := range last {
			b.Last = append(b.Last, LastUse{KeyID: id, At: u.at.UTC(), IP: ipString(u.ip), API: u.api})
		}
	}
	for k, n := range sums {
		b.Days = append(b.Days, DayCount{
			AccountID: k.account, KeyID: k.key, Day: dayString(k.day), Reason: k.reason, Count: n,
		})
	}
	return b
}

// Restore adds a drained batch that could not be stored. Rows with an invalid Day are dropped.
func (c *Counter) Restore(b Batch) {
	for _, d := range b.Days {
		at, err := time.Parse(time.DateOnly, d.Day)
		if err != nil {
			continue
		}
		s := c.shard(d.KeyID)
		s.mu.Lock()
		if s.days == nil {
			s.days = make(map[dayKey]int64)
		}
		s.days[dayKey{account: d.AccountID, key: d.KeyID, day: dayOf(at), reason: d.Reason}] += d.Count
		s.mu.Unlock()
	}
	for _, u := range b.Last {
		ip, _ := netip.ParseAddr(u.IP) // "" is the unknown address
		s := c.shard(u.KeyID)
		s.mu.Lock()
		s.use(u.KeyID, lastUse{at: u.At, ip: ip, api: u.API})
		s.mu.Unlock()
	}
	for _, u := range b.Previous {
		ip, _ := netip.ParseAddr(u.IP)
		c.shard(u.PreviousID).usePrevious(u.PreviousID, previousUse{u.Count, lastUse{at: u.At, ip: ip, api: u.API}})
	}
}

// shard returns the shard of a key. Counts without a key go to a random one, so that a flood of unknown keys does not
// queue at one lock.
func (c *Counter) shard(keyID int64) *counterShard {
	if keyID == 0 {
		return &c.shards[rand.Uint32()%shardCount] //nolint:gosec // spreads load, decides nothing
	}
	return &c.shards[uint64(keyID)%shardCount] //nolint:gosec // any bits of the id will do
}

// use keeps the newest use. The caller holds the lock.
func (s *counterShard) use(keyID int64, u lastUse) {
	if s.last == nil {
		s.last = make(map[int64]lastUse)
	}
	if old, ok := s.last[keyID]; !ok || !u.at.Before(old.at) {
		s.last[keyID] = u
	}
}

// usePrevious adds uses of a previous credential, and keeps the newest.
func (s *counterShard) usePrevious(id int64, u previousUse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.previous == nil {
		s.previous = make(map[int64]previousUse)
	}
	had := s.previous[id]
	u.count += had.count
	if had.count > 0 && u.at.Before(had.at) {
		u.lastUse = had.lastUse
	}
	s.previous[id] = u
}

func (s *counterShard) empty() (map[dayKey]int64, map[int64]lastUse, map[int64]previousUse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	days, last, previous := s.days, s.last, s.previous
	s.days, s.last, s.previous = nil, nil, nil
	return days, last, previous
}

func dayOf(at time.Time) int64 {
	sec := at.Unix()
	day := sec / daySeconds
	if sec%daySeconds < 0 {
		day--
	}
	return day
}

func dayString(day int64) string {
	return time.Unix(day*daySeconds, 0).UTC().Format(time.DateOnly)
}

func ipString(ip netip.Addr) string {
	if !ip.IsValid() {
		return ""
	}
	return ip.String()
}
