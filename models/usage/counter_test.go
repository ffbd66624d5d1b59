package usage_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"keywicket/models"
	"keywicket/models/usage"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// sorted puts a batch in an order to compare.
func sorted(b usage.Batch) usage.Batch {
	slices.SortFunc(b.Days, func(x, y usage.DayCount) int {
		return cmp.Or(cmp.Compare(x.KeyID, y.KeyID), cmp.Compare(x.Day, y.Day), cmp.Compare(x.Reason, y.Reason))
	})
	slices.SortFunc(b.Last, func(x, y usage.LastUse) int { return cmp.Compare(x.KeyID, y.KeyID) })
	return b
}

func TestCounter(t *testing.T) {
	var c usage.Counter
	ip := netip.MustParseAddr("192.0.2.1")
	shanghai := time.FixedZone("Shanghai", 8*3600)
	c.Record(1, 7, "allowed", noon, ip, "data.list")
	c.Record(1, 7, "allowed", noon.Add(time.Second), ip, "")
	c.Record(1, 7, "allowed", noon.Add(-time.Second), netip.Addr{}, "late")
	c.Record(1, 7, "ip_denied", noon.Add(time.Hour), ip, "data.get") // no use
	c.Record(1, 7, "allowed", time.Date(2026, 3, 5, 7, 59, 59, 0, shanghai).Add(-24*time.Hour), ip, "x")
	c.Record(1, 71, "allowed", time.Date(2026, 3, 5, 8, 0, 0, 0, shanghai), netip.Addr{}, "") // the same shard as 7
	for range 100 {
		c.Record(0, 0, "key_unknown", noon, ip, "")
	}
	want := usage.Batch{
		Days: []usage.DayCount{
			{Day: "2026-03-04", Reason: "key_unknown", Count: 100},
			{AccountID: 1, KeyID: 7, Day: "2026-03-03", Reason: "allowed", Count: 1},
			{AccountID: 1, KeyID: 7, Day: "2026-03-04", Reason: "allowed", Count: 3},
			{AccountID: 1, KeyID: 7, Day: "2026-03-04", Reason: "ip_denied", Count: 1},
			{AccountID: 1, KeyID: 71, Day: "2026-03-05", Reason: "allowed", Count: 1},
		},
		Last: []usage.LastUse{
			{KeyID: 7, At: noon.Add(time.Second), IP: "192.0.2.1"},
			{KeyID: 71, At: time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)},
		},
	}
	if diff := gocmp.Diff(want, sorted(c.Drain())); diff != "" {
		t.Error(diff)
	}
	if b := c.Drain(); !b.Empty() {
		t.Errorf("drained twice: %+v", b)
	}
}

// TestDays holds the days to the calendar, also before 1970 and at midnight.
func TestDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-1e9, 4e9).Draw(t, "second"), 0)
		var c usage.Counter
		c.Record(1, 1, "x", at, netip.Addr{}, "")
		if got, want := c.Drain().Days[0].Day, at.UTC().Format("2006-01-02"); got != want {
			t.Fatalf("%v is on %s, want %s", at, got, want)
		}
	})
}

// TestRestore: what is put back and what came meanwhile add up.
func TestRestore(t *testing.T) {
	var c usage.Counter
	ip := netip.MustParseAddr("192.0.2.1")
	c.Record(1, 7, "allowed", noon, ip, "old")
	c.Record(1, 8, "allowed", noon, ip, "only")
	c.Record(0, 0, "key_unknown", noon, ip, "")
	b := c.Drain()
	c.Record(1, 7, "allowed", noon.Add(time.Second), ip, "new")
	c.Record(0, 0, "key_unknown", noon, ip, "")
	b.Days = append(b.Days, usage.DayCount{Day: "no day", Reason: "x", Count: 1})
	c.Restore(b)
	want := usage.Batch{
		Days: []usage.DayCount{
			{Day: "2026-03-04", Reason: "key_unknown", Count: 2},
			{AccountID: 1, KeyID: 7, Day: "2026-03-04", Reason: "allowed", Count: 2},
			{AccountID: 1, KeyID: 8, Day: "2026-03-04", Reason: "allowed", Count: 1},
		},
		Last: []usage.LastUse{
			{KeyID: 7, At: noon.Add(time.Second), IP: "192.0.2.1", API: "new"},
			{KeyID: 8, At: noon, IP: "192.0.2.1", API: "only"},
		},
	}
	if diff := gocmp.Diff(want, sorted(c.Drain())); diff != "" {
		t.Error(diff)
	}
}

// TestCounterConcurrent counts and drains at once: every record comes out
// exactly once.
func TestCounterConcurrent(t *testing.T) {
	var c usage.Counter
	const writers, each = 8, 2000
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				c.Record(1, int64(i%5), fmt.Sprint("r", w%2), noon, netip.Addr{}, "")
			}
		})
	}
	done := make(chan struct{})
	go func() { writing.Wait(); close(done) }()
	total := int64(0)
	add := func(b usage.Batch) {
		for _, d := range b.Days {
			total += d.Count
		}
	}
	for {
		select {
		case <-done:
			add(c.Drain())
			if total != writers*each {
				t.Errorf("%d counted, want %d", total, writers*each)
			}
			return
		default:
			add(c.Drain())
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	var c usage.Counter
	ip := netip.MustParseAddr("192.0.2.1")
	b.ReportAllocs()
	for i := range b.N {
		c.Record(1, int64(i%1000)+1, models.ReasonAllowed, noon, ip, "data.list")
	}
}
