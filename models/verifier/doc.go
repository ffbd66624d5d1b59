// Package verifier checks the API Secrets that people chose. They are stored
// under a slow hash, so it hashes only a few at once, remembers which it has
// verified, and slows down guessing.
package verifier
