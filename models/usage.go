package models

// ChartDays is the number of days, including today, in the charts and spark lines.
const ChartDays = 30

// ReasonAllowed is the reason under which an allowed request is counted. Only these requests are uses of a key.
const ReasonAllowed = "allowed"

// UsageDay is the number of decisions with one reason on one day.
type UsageDay struct {
	Day    string // UTC date, 2006-01-02
	Reason string // reason of the gate: "allowed", "ip_denied", …
	Count  int64
}
