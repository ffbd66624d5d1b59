package models

import "errors"

// Limits of a key's rate limit.
const (
	MaxRateRequests    = 1_000_000
	MaxRateWindowHours = 24
)

// MaxRatePerSecond is the highest rate of an API or of an account.
const MaxRatePerSecond = 100_000

// CheckRate returns an error if a key's rate limit, requests per windowSec seconds, is out of range. It joins the
// errors of the fields rate_requests and rate_window. Zero requests mean no limit, with any window.
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
