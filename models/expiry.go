package models

import "time"

// maxExpiryYears is how far in the future an Expiry Date can be.
const maxExpiryYears = 100

// MaxExpiryPolicyDays is the longest MaxExpiryDays of an account.
const MaxExpiryPolicyDays = 3650

// Expired reports whether the key's Expiry Date has passed.
func (k Key) Expired(now time.Time) bool {
	return k.ExpiresAt != nil && !k.ExpiresAt.After(now)
}

// ExpiresSoon reports whether the key's Expiry Date is within the next ExpiringDays.
func (k Key) ExpiresSoon(now time.Time) bool {
	return k.ExpiresAt != nil && !k.Expired(now) && !k.ExpiresAt.After(now.AddDate(0, 0, ExpiringDays))
}

// CheckExpiry returns an error at field "expires_at" if an Expiry Date is not in the future, or too far in it. A nil t,
// for a key that never expires, is valid.
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

// LatestExpiry returns the latest Expiry Date that the account allows: the end of that day, UTC. It returns nil if
// there is no maximum.
func (a Account) LatestExpiry(now time.Time) *time.Time {
	if a.MaxExpiryDays <= 0 {
		return nil
	}
	end := endOfDayIn(now, a.MaxExpiryDays)
	return &end
}

// CheckExpiryPolicy checks an Expiry Date as CheckExpiry does, and against the account's maximum. With a maximum a key
// must have an Expiry Date.
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

// WithinPolicy returns t if the account's maximum allows it, and otherwise the latest date that it allows. It sets the
// Expiry Date of keys for which nobody chose one.
func (a Account) WithinPolicy(t *time.Time, now time.Time) *time.Time {
	latest := a.LatestExpiry(now)
	if latest == nil || (t != nil && !t.After(*latest)) {
		return t
	}
	return latest
}

// ExpiryChoice is an Expiry Date that a form offers.
type ExpiryChoice struct {
	Days int
	At   time.Time // end of that day, UTC
}

// ExpiryChoices returns the Expiry Dates that a form of the account offers, soonest first: those within its maximum,
// and the maximum itself.
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

// EndOfDay returns the last second of t's day, in UTC. Expiry Dates are ends of days.
func EndOfDay(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 23, 59, 59, 0, time.UTC)
}

// endOfDayIn returns the end of the day that many days after now, in UTC.
func endOfDayIn(now time.Time, days int) time.Time { return EndOfDay(now.UTC().AddDate(0, 0, days)) }
