//go:build race

package handlers_test

// raceEnabled reports whether the race detector is on, which makes tests of all
// routes too slow.
const raceEnabled = true
