package models

// Limits of a key's rate limit.
const (
	MaxRateRequests    = 1_000_000
	MaxRateWindowHours = 24
)

// MaxRatePerSecond is the highest rate of an API or of an account.
const MaxRatePerSecond = 100_000

// CheckRate refuses, at field "rate_requests" or "rate_window", a key's
// limit of so many requests in so many seconds that is out of range. Zero
// requests mean no limit, whatever the window.
func CheckRate(requests, windowSec int) error {
	if requests == 0 {
		return nil
	}
	if requests < 0 || requests > MaxRateRequests {
		return Refuse(CodeInvalid, "rate_requests", "errors.rate.requests", "Max", MaxRateRequests)
	}
	if windowSec < 1 || windowSec > MaxRateWindowHours*3600 {
		return Refuse(CodeInvalid, "rate_window", "errors.rate.window", "Hours", MaxRateWindowHours)
	}
	return nil
}
