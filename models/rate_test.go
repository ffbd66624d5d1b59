package models

import "testing"

func TestCheckRate(t *testing.T) {
	for _, good := range [][2]int{{0, 0}, {0, 60}, {0, -5}, {1, 1}, {100, 60}, {MaxRateRequests, 24 * 3600}} {
		if err := CheckRate(good[0], good[1]); err != nil {
			t.Errorf("%v is refused: %v", good, err)
		}
	}
	wantRefusal(t, CheckRate(-1, 60), "rate_requests", "errors.rate.requests")
	wantRefusal(t, CheckRate(MaxRateRequests+1, 60), "rate_requests", "errors.rate.requests")
	wantRefusal(t, CheckRate(10, 0), "rate_window", "errors.rate.window")
	wantRefusal(t, CheckRate(10, 24*3600+1), "rate_window", "errors.rate.window")
}
