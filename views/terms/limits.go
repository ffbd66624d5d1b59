package terms

import (
	"context"

	"keywicket/views/i18n"
	"keywicket/views/ui"
)

// RatePerSecond returns the words for a rate limit of an API, also for none.
func RatePerSecond(ctx context.Context, perSecond int) string {
	if perSecond == 0 {
		return i18n.T(ctx, "catalogue.rate.none")
	}
	return i18n.T(ctx, "catalogue.rate", "Count", ui.Number(perSecond))
}

// UnitSeconds returns the seconds of a unit of time: "s", "m" or "h". It
// returns 0 for any other.
func UnitSeconds(unit string) int {
	switch unit {
	case "s":
		return 1
	case "m":
		return 60
	case "h":
		return 3600
	default:
		return 0
	}
}

// InUnits returns a window of seconds as a count of the largest unit that
// divides it.
func InUnits(seconds int) (count int, unit string) {
	for _, unit := range []string{"h", "m"} {
		if seconds%UnitSeconds(unit) == 0 {
			return seconds / UnitSeconds(unit), unit
		}
	}
	return seconds, "s"
}

// Window returns the words for a window of seconds, such as "2 hours".
func Window(ctx context.Context, seconds int) string {
	n, unit := InUnits(seconds)
	switch unit {
	case "h":
		return i18n.N(ctx, "keys.limits.hours", n)
	case "m":
		return i18n.N(ctx, "keys.limits.minutes", n)
	default:
		return i18n.N(ctx, "keys.limits.seconds", n)
	}
}

// KeyLimit returns the words for a key's own limit of requests in a window of
// seconds. No requests mean no limit.
func KeyLimit(ctx context.Context, requests, seconds int) string {
	if requests == 0 {
		return i18n.T(ctx, "keys.limits.no")
	}
	return i18n.T(ctx, "keys.limits.short", "Requests", ui.Number(requests), "Window", Window(ctx, seconds))
}
