package storetest

import (
	"testing"
	"time"
	"unsafe"
)

// SetSystemClock returns now as the operating system would report it if the clock had been set forward by so many whole
// seconds. The date differs, but the monotonic clock, by which Go measures elapsed time, does not. now must come from
// time.Now. There is no other way to make such a time.
func SetSystemClock(t testing.TB, now time.Time, by time.Duration) time.Time {
	t.Helper()
	const secondsAt = 30 // in the first word of a Time with a monotonic reading
	set := now
	*(*uint64)(unsafe.Pointer(&set)) += uint64(by/time.Second) << secondsAt //nolint:gosec // as above
	if set.Sub(now) != 0 || set.Unix()-now.Unix() != int64(by/time.Second) {
		t.Fatalf("%v set by %v is %v, %v later", now, by, set, set.Sub(now))
	}
	return set
}
