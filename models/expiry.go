package models

import "time"

// maxExpiryYears is how far ahead an Expiry Date may be.
const maxExpiryYears = 100

// MaxExpiryPolicyDays is the longest maximum that an account can set.
const MaxExpiryPolicyDays = 3650

// Expired reports whether the key's Expiry Date is no longer in the future.
func (k Key) Expired(now time.Time) bool {
	return k.ExpiresAt != nil && !k.ExpiresAt.After(now)
}

// ExpiresSoon reports whether the key's Expiry Date is in the next ExpiringDays.
func (k Key) ExpiresSoon(now time.Time) bool {
	return k.ExpiresAt != nil && !k.Expired(now) && !k.ExpiresAt.After(now.AddDate(0, 0, ExpiringDays))
}

// CheckExpiry refuses, at field "expires_at", an Expiry Date that is not in
// the future. nil, for a key that never expires, is right.
func CheckExpiry(t *time.Time, now time.Time) error {
	switch {
	case t == nil:
		return nil
	case !t.After(now):
		return Refuse(CodeInvalid, "expires_at", "errors.expiry.past")
	case t.After(now.AddDate(maxExpiryYears, 0, 0)):
		return Refuse(CodeInvalid, "expires_at", "errors.expiry.far", "Years", maxExpiryYears)
	}
	return nil
}

// LatestExpiry returns the last Expiry Date that a key of the account may have:
// the end of that day, UTC. nil means any, or none.
func (a Account) LatestExpiry(now time.Time) *time.Time {
	if a.MaxExpiryDays <= 0 {
		return nil
	}
	end := endOfDayIn(now, a.MaxExpiryDays)
	return &end
}

// CheckExpiryPolicy is CheckExpiry with the account's maximum: with one, a key
// must have an Expiry Date, and none that is later.
func CheckExpiryPolicy(a Account, t *time.Time, now time.Time) error {
	latest := a.LatestExpiry(now)
	switch {
	case latest == nil:
	case t == nil:
		return Refuse(CodeInvalid, "expires_at", "errors.expiry.required", "Days", a.MaxExpiryDays)
	case t.After(*latest):
		return Refuse(CodeInvalid, "expires_at", "errors.expiry.max", "Days", a.MaxExpiryDays, "Date", latest.Format(time.DateOnly))
	}
	return CheckExpiry(t, now)
}

// WithinPolicy returns the date where the account's maximum allows it, and the
// maximum in place of a later date or none. A key that nobody chose a date for
// gets it.
func (a Account) WithinPolicy(t *time.Time, now time.Time) *time.Time {
	latest := a.LatestExpiry(now)
	if latest == nil || (t != nil && !t.After(*latest)) {
		return t
	}
	return latest
}

// ExpiryChoice is an Expiry Date to offer.
type ExpiryChoice struct {
	Days int
	At   time.Time // end of that day, UTC
}

// ExpiryChoices returns the Expiry Dates that a form of the account offers,
// soonest first: those within its maximum, and the maximum itself.
func (a Account) ExpiryChoices(now time.Time) []ExpiryChoice {
	var choices []ExpiryChoice
	for _, days := range []int{30, 90, 180, 365} {
		if a.MaxExpiryDays == 0 || days < a.MaxExpiryDays {
			choices = append(choices, ExpiryChoice{days, endOfDayIn(now, days)})
		}
	}
	if a.MaxExpiryDays > 0 {
		choices = append(choices, ExpiryChoice{a.MaxExpiryDays, endOfDayIn(now, a.MaxExpiryDays)})
	}
	return choices
}

// EndOfDay returns the last second of t's day, in UTC. An Expiry Date is the end
// of a day.
func EndOfDay(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 23, 59, 59, 0, time.UTC)
}

// endOfDayIn returns the end of the day that is so many days after now, UTC.
func endOfDayIn(now time.Time, days int) time.Time { return EndOfDay(now.UTC().AddDate(0, 0, days)) }
