// Package verifier proves the API Secrets that people chose. They are under a
// slow hash, so it works on a few at once, remembers what it has proven, and
// slows down who guesses.
package verifier
