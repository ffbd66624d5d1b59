// Package engine decides: may this key do this, from here, now?
//
// An Engine holds an immutable compiled snapshot of accounts and keys behind
// an atomic pointer. Decide reads it without a lock, without I/O and without
// allocating; Apply makes the next snapshot, which every later Decide sees.
// The checks and their order are those of Reasons; a decision names the first
// that failed and all that failed. A denial is a result, not an error.
package engine
