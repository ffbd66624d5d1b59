package gate

import (
	"log/slog"
	"sync/atomic"
	"time"

	"keywicket/models/usage"
)

// linesPerSecond is how many lines the gate logs in a second. Who has no key
// can make the gate deny as often as they like; the disk is not theirs to
// fill. Usage counts every decision all the same.
const linesPerSecond = 100

// lineLimit leaves lines out of a log that is flooded. The zero value is
// ready; it is safe for concurrent use.
type lineLimit struct {
	bucket  usage.Bucket
	leftOut atomic.Int64
}

// take says whether a line of the level may be written now, and how many were
// left out since the last one. Who asks for debug lines gets all of them.
func (l *lineLimit) take(level slog.Level, now time.Time) (leftOut int64, ok bool) {
	if level <= slog.LevelDebug {
		return 0, true
	}
	rate := usage.Rate{Requests: linesPerSecond, Window: time.Second}
	if _, ok := l.bucket.Take(rate, now.UnixNano()); !ok {
		l.leftOut.Add(1)
		return 0, false
	}
	return l.leftOut.Swap(0), true
}
