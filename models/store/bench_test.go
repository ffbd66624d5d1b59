package store_test

import (
	"fmt"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/store"
	"keywicket/models/storetest"
	"keywicket/models/usage"
)

// fullWorld is an account with 500 keys, 30 days of usage and many apps.
func fullWorld(b testing.TB, apps int) (*store.Store, storetest.Fixture) {
	b.Helper()
	s := storetest.New(b)
	w := storetest.Seed(b, s)
	many := make([]models.NewApp, apps)
	for i := range many {
		many[i] = models.NewApp{AppID: fmt.Sprintf("bench-%05d", i), Name: fmt.Sprintf("Bench %d", i)}
	}
	if _, err := s.AddApps(b.Context(), w.Who, many); err != nil {
		b.Fatal(err)
	}
	var days []usage.DayCount
	for i, k := range storetest.SeedKeys(b, s, w.Who, models.MaxKeysPerAccount) {
		if i%3 == 0 {
			if err := s.SetKeyApps(b.Context(), w.Who, k.Sid, models.ScopeSome, []int64{w.Apps[0].ID, w.Apps[1].ID}); err != nil {
				b.Fatal(err)
			}
		}
		for d := range 30 {
			day := time.Now().UTC().AddDate(0, 0, -d).Format("2006-01-02")
			days = append(days, usage.DayCount{AccountID: w.Account.ID, KeyID: k.ID, Day: day, Reason: models.ReasonAllowed, Count: 10},
				usage.DayCount{AccountID: w.Account.ID, KeyID: k.ID, Day: day, Reason: "ip_denied", Count: 1})
		}
	}
	if err := s.AddUsage(b.Context(), usage.Batch{Days: days}); err != nil {
		b.Fatal(err)
	}
	return s, w
}

func BenchmarkStore(b *testing.B) {
	s, w := fullWorld(b, 5000)
	sid := ""
	for name, do := range map[string]func() error{
		"ListKeys": func() error {
			p, err := s.ListKeys(b.Context(), w.Who, models.KeyQuery{})
			sid = p.Rows[0].Sid
			return err
		},
		"SearchKeys": func() error { return second(s.ListKeys(b.Context(), w.Who, models.KeyQuery{Search: "seeded 4"})) },
		"NavCounts":  func() error { return second(s.NavCounts(b.Context(), w.Who)) },
		"ListApps":   func() error { return second(s.ListApps(b.Context(), w.Who, models.AppQuery{Page: 3})) },
		"AllApps":    func() error { return second(s.ListApps(b.Context(), w.Who, models.AppQuery{All: true})) },
		"Catalogue":  func() error { return second(s.Catalogue(b.Context(), w.Who)) },
		"ListAudit":  func() error { return second(s.ListAudit(b.Context(), w.Who, models.AuditQuery{})) },
		"PollGate":   func() error { return s.PollGate(b.Context()) },
		"Rename": func() error {
			if sid == "" {
				sid = must1(s.ListKeys(b.Context(), w.Who, models.KeyQuery{})).Rows[0].Sid
			}
			return s.SetKeyBasics(b.Context(), w.Who, sid, fmt.Sprint("n", time.Now().UnixNano()), "", nil)
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func must1[T any](v T, _ error) T { return v }
