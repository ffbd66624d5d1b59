// Package web is the console's HTTP side without the console's pages: the
// server with its limits and timeouts, sessions, the access check, the
// cross-site check, headers, the client's address, the reader's language,
// rendering, and the one place where errors become statuses.
//
// Handlers get a *Context and return an error; they never write a status for
// a refusal themselves.
package web
