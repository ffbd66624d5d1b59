package store

// Breaking gives options with settings that nothing may be started with, for
// tests that must notice them.
func Breaking(o Options, txlock, synchronous, sqlite string) Options {
	o.broken = broken{txlock: txlock, synchronous: synchronous, sqlite: sqlite}
	return o
}
