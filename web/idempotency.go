package web

import "crypto/rand"

// IdempotencyKey returns a new random key for a form. A form that is sent twice carries the same key, so that it takes
// effect once.
func (c *Context) IdempotencyKey() string { return rand.Text() }
