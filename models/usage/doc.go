// Package usage counts the gate's decisions and limits their rate. Counters are held in memory and flushed in batches,
// and the gate takes requests from rate buckets.
//
// The package does no I/O. A Flusher passes batches to its Sink.
package usage
