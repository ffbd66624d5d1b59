package handlers_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/models/usage"
)

// BenchmarkKeyList requests a page of the list like a browser, from the session
// to the last byte. The account has 500 keys that were all used on each of the
// last 30 days. Aim: under 5 ms.
func BenchmarkKeyList(b *testing.B) {
	a, w := newFixture(b)
	keys := storetest.SeedKeys(b, a.store, w.Who, models.MaxKeysPerAccount)
	var batch usage.Batch
	for _, k := range keys {
		for day := range 30 {
			for reason, n := range map[string]int64{"allowed": 100, "ip_denied": 3} {
				batch.Days = append(batch.Days, usage.DayCount{
					AccountID: w.Account.ID, KeyID: k.ID, Day: a.now().AddDate(0, 0, -day).Format(time.DateOnly), Reason: reason, Count: n,
				})
			}
		}
		batch.Last = append(batch.Last, usage.LastUse{KeyID: k.ID, At: a.now(), IP: "10.1.2.3", API: "data.list"})
	}
	if err := a.store.AddUsage(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
	c := a.as(b, w.Owner.ID)
	for _, page := range []struct{ name, path string }{
		{"page", keysPath}, {"search", keysPath + "?q=seeded+4&sort=name"}, {"last", fmt.Sprintf("%s?page=10", keysPath)},
	} {
		b.Run(page.name, func(b *testing.B) {
			r := c.Request(http.MethodGet, page.path, nil)
			bytes := 0
			b.ReportAllocs()
			for b.Loop() {
				rec := &counter{header: http.Header{}}
				a.ServeHTTP(rec, r.Clone(b.Context()))
				if rec.status != http.StatusOK {
					b.Fatalf("answered with %d", rec.status)
				}
				bytes = rec.bytes
			}
			b.ReportMetric(float64(bytes), "bytes/page")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/page")
		})
	}
}

// counter is a ResponseWriter that only counts bytes.
type counter struct {
	header        http.Header
	status, bytes int
}

// Header returns the headers.
func (c *counter) Header() http.Header { return c.header }

// WriteHeader stores the status.
func (c *counter) WriteHeader(status int) { c.status = status }

// Write counts the bytes of p.
func (c *counter) Write(p []byte) (int, error) {
	c.bytes += len(p)
	return len(p), nil
}
