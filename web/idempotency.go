package web

import "crypto/rand"

// Press makes a one-time token for a form. A form that is sent twice carries
// the same one, so that one press makes one thing.
func (c *Context) IdempotencyKey() string { return rand.Text() }
