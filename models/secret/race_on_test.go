//go:build race

package secret

// raceEnabled says that the race detector is on, which makes sync.Pool throw
// things away.
const raceEnabled = true
