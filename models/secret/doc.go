// Package secret makes and guards what must not be known: the values of API
// keys and their keyed hash, the master keys that seal what is kept,
// passwords and one-time tokens. It also takes keys out of logs.
//
// No error of this package repeats a secret.
package secret
