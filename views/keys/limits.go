package keys

import (
	"strconv"

	"keywicket/views/terms"

	"keywicket/models"
)

// KeyLimits is a key's own limit as typed: a number of requests in a window of
// time.
type KeyLimits struct {
	Requests string
	Window   string // how many of Unit
	Unit     string // "s", "m" or "h"
}

// LimitsOf returns the key's own limit, with its window in the largest unit
// that divides it.
func LimitsOf(k models.Key) KeyLimits {
	if k.RateRequests == 0 {
		return KeyLimits{Window: "1", Unit: "m"}
	}
	count, unit := terms.InUnits(k.RateWindowSec)
	return KeyLimits{Requests: strconv.Itoa(k.RateRequests), Window: strconv.Itoa(count), Unit: unit}
}
