// Package usage counts what the gate decides and limits how often it may
// allow: counters in memory that are flushed in batches, and the rate buckets
// that the gate asks.
//
// Nothing here does I/O; a Flusher hands batches to the Sink that it is given.
package usage
