package conns

import "syscall"

// reserve is the number of files reserved for everything but incoming connections: the database, its journals, the log,
// mail, and the OpenID provider.
const reserve = 128

// The default limits of connections.
const (
	mostConsole = 2048
	mostGate    = 8192
	clientPart  = 128 // of the console, of one client
)

// Files returns how many files the process may have open. The Go runtime has
// raised the soft limit to the hard limit.
func Files() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024 // the usual minimum
	}
	const plenty = 1 << 20
	return int(min(limit.Cur, plenty)) //nolint:gosec // at most plenty
}

// Room returns how many of the files are available for connections.
func Room(files int) int { return max(files-reserve, files/4) }

// Defaults returns the limits of console and gate for a process with so many
// files. Many browsers come from one address in an office; the callers of a
// gate are few proxies, and one may hold most of its connections.
func Defaults(files int) (console, gate Limits) {
	half := Room(files) / 2
	console.All, gate.All = min(half, mostConsole), min(half, mostGate)
	console.PerClient = min(clientPart, console.All/4)
	gate.PerClient = gate.All * 3 / 4
	return console, gate
}
