// Package views has the pages of the console as templ components and their
// view models, plain structs that handlers fill. A view never queries.
//
// Page is the frame of every page inside an account, Bare that of log-in,
// set-up and errors. Components are in views/ui, words in views/i18n.
package views
