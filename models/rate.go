package models

import "errors"

// Limits of a key's rate limit.
const (
	MaxRateRequests    = 1_000_000
	MaxRateWindowHours = 24
)

// MaxRatePerSecond is the highest rate of an API or of an account.
const MaxRatePerSecond = 100_000

// CheckRate refuses a key's limit of so many requests in so many seconds that is
// out of range. Its error joins the refusals of both fields, rate_requests and
// rate_window. Zero requests mean no limit, whatever the window.
func CheckRate(requests, windowSec int) error {
	if requests == 0 {
		return nil
	}
	var badRequests, badWindow error
	if requests < 0 || requests > MaxRateRequests {
		badRequests = Refuse(CodeInvalid, "rate_requests", "errors.rate.requests", "Max", MaxRateRequests)
	}
	if windowSec < 1 || windowSec > MaxRateWindowHours*3600 {
		badWindow = Refuse(CodeInvalid, "rate_window", "errors.rate.window", "Hours", MaxRateWindowHours)
	}
	return errors.Join(badRequests, badWindow)
}
