package store

import "strconv"

// Breaking gives options with settings that nothing may be started with, for
// tests that must notice them.
func Breaking(o Options, txlock, synchronous, sqlite string) Options {
	o.broken = broken{txlock: txlock, synchronous: synchronous, sqlite: sqlite}
	return o
}

// LimitPages lets the database grow no further than to so many pages, as a
// full disk would.
func (s *Store) LimitPages(n int) error {
	return s.wdb.Exec("PRAGMA max_page_count = " + strconv.Itoa(n)).Error
}
