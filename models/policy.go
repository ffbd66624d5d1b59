package models

import "time"

// maxExpiryYears is how far ahead an Expiry Date may be.
const maxExpiryYears = 100

// Expired says whether the key's Expiry Date is no longer in the future.
func (k Key) Expired(now time.Time) bool {
	return k.ExpiresAt != nil && !k.ExpiresAt.After(now)
}

// CheckExpiry refuses, at field "expires_at", an Expiry Date that is not in
// the future. nil, for a key that never expires, is right.
func CheckExpiry(t *time.Time, now time.Time) error {
	switch {
	case t == nil:
		return nil
	case !t.After(now):
		return Errorf(CodeInvalid, "expires_at", "errors.expiry.past")
	case t.After(now.AddDate(maxExpiryYears, 0, 0)):
		return Errorf(CodeInvalid, "expires_at", "errors.expiry.far", "Years", maxExpiryYears)
	}
	return nil
}

// ExpiryChoice is an Expiry Date to offer.
type ExpiryChoice struct {
	Days int
	At   time.Time // end of that day, UTC
}

// NextExpiryChoices gives the Expiry Dates that a form offers, soonest
// first.
func NextExpiryChoices(now time.Time) []ExpiryChoice {
	y, m, d := now.UTC().Date()
	var choices []ExpiryChoice
	for _, days := range []int{30, 90, 180, 365} {
		choices = append(choices, ExpiryChoice{days, time.Date(y, m, d+days, 23, 59, 59, 0, time.UTC)})
	}
	return choices
}

// CheckRate refuses, at field "rate_requests" or "rate_window", a key's
// limit of so many requests in so many seconds that is out of range. Zero
// requests mean no limit, whatever the window.
func CheckRate(requests, windowSec int) error {
	if requests == 0 {
		return nil
	}
	if requests < 0 || requests > MaxRateRequests {
		return Errorf(CodeInvalid, "rate_requests", "errors.rate.requests", "Max", MaxRateRequests)
	}
	if windowSec < 1 || windowSec > MaxRateWindowHours*3600 {
		return Errorf(CodeInvalid, "rate_window", "errors.rate.window", "Hours", MaxRateWindowHours)
	}
	return nil
}

// CheckAccount gives the account with its name cleaned, or the refusal of a
// name or policy: field name, key_visibility, error_dialect or rate.
func CheckAccount(a Account) (Account, error) {
	name, err := CleanName("name", a.Name, true)
	if err != nil {
		return a, err
	}
	a.Name = name
	switch {
	case a.KeyVisibility != Revealable && a.KeyVisibility != ShowOnce:
		return a, Errorf(CodeInvalid, "key_visibility", "errors.choice")
	case a.ErrorDialect != DialectProblem && a.ErrorDialect != DialectJodoo:
		return a, Errorf(CodeInvalid, "error_dialect", "errors.choice")
	case a.RatePerSecond < 0 || a.RatePerSecond > MaxRatePerSecond:
		return a, Errorf(CodeInvalid, "rate", "errors.rate.per_second", "Max", MaxRatePerSecond)
	}
	return a, nil
}
