// Package web is the console's HTTP server without its pages: limits and timeouts,
// sessions, the access check, the cross-site check, headers, the client's
// address, the language, rendering, and the answers to errors.
//
// A handler gets a *Context and returns an error. It does not write the status of
// a refusal itself.
package web
