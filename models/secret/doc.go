// Package secret creates and protects secrets: the values of API keys and their keyed hash, the master keys that seal
// stored values, passwords, and one-time tokens. It also removes keys from logs.
//
// No error of this package repeats a secret.
package secret
