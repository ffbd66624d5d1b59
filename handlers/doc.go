// Package handlers is the console: its route table and one small handler for
// each action. A handler reads the form, asks the store, and renders; rules
// live in models, statuses in web.
//
// Each area has a file routes_{area}.go with its part of the table, and
// states in it the narrow interface that it needs of the store.
package handlers
