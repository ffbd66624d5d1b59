package models

// ChartDays is how many days, today included, the charts and spark lines show.
const ChartDays = 30

// ReasonAllowed is the reason under which an allowed request is counted. Only these requests are uses of a key.
const ReasonAllowed = "allowed"

// UsageDay is how often the gate gave one reason on one day.
type UsageDay struct {
	Day    string // UTC date, 2006-01-02
	Reason string // the gate's word: "allowed", "ip_denied", …
	Count  int64
}
