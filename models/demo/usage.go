package demo

import (
	"context"
	"math/rand/v2"
	"strings"
	"time"

	"keywicket/models"
	"keywicket/models/usage"
)

// unknownDays is for how many days the gate has seen unknown keys.
const unknownDays = 31

// addUsage writes the counts of requests since each key was created.
func (b *builder) addUsage(ctx context.Context) error {
	r := rand.New(rand.NewPCG(20, 26)) //nolint:gosec // the same plausible figures each time
	var counted usage.Batch
	now := time.Now().UTC()
	for _, k := range b.created {
		for ago := k.daysAgo; ago >= 0; ago-- {
			if k.usedUntil > ago {
				break
			}
			day := now.AddDate(0, 0, -ago)
			counted.Days = append(counted.Days, b.dayOf(r, k, day, ago)...)
		}
		if k.perDay > 0 {
			counted.Last = append(counted.Last, usage.LastUse{
				KeyID: k.key.ID, At: now.AddDate(0, 0, -k.usedUntil).Add(-time.Duration(1+r.IntN(90)) * time.Minute), IP: lastIP(k), API: lastAPI(k),
			})
		}
	}
	for ago := unknownDays - 1; ago >= 0; ago-- {
		counted.Days = append(counted.Days, usage.DayCount{Day: now.AddDate(0, 0, -ago).Format(time.DateOnly), Reason: "key_unknown", Count: int64(2 + r.IntN(17))})
	}
	return b.st.AddUsage(ctx, counted)
}

// dayOf returns a key's counts of one day. Weekends are quieter, and today is not over.
func (b *builder) dayOf(r *rand.Rand, k createdKey, day time.Time, ago int) []usage.DayCount {
	share := 0.8 + 0.4*r.Float64()
	if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
		share *= 0.3
	}
	if ago == 0 {
		share *= 0.4
	}
	var counts []usage.DayCount
	add := func(reason string, perDay int) {
		if n := int64(float64(perDay) * share); n > 0 {
			counts = append(counts, usage.DayCount{AccountID: k.key.AccountID, KeyID: k.key.ID, Day: day.Format(time.DateOnly), Reason: reason, Count: n})
		}
	}
	add(models.ReasonAllowed, k.perDay)
	if k.reason != "key_expired" || ago < -k.expiresIn {
		add(k.reason, k.denied)
	}
	return counts
}

// lastIP returns the address that used the key last.
func lastIP(k createdKey) string {
	if len(k.ips) > 0 {
		return strings.ReplaceAll(k.ips[0], "*", "42")
	}
	return "203.0.113.118"
}

// lastAPI returns the API that was called last.
func lastAPI(k createdKey) string {
	for _, a := range k.apis {
		switch a {
		case "Data":
			return "data.list"
		case "Contact":
			return "member.get"
		case "Workflow":
			return "workflow.task.approve"
		}
	}
	return "app.list"
}
