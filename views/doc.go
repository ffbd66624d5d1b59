// Package views contains the pages of the console as templ components, and
// their view models: plain structs that handlers fill in. A view never queries.
//
// Page is the frame of every page inside an account; Bare is the frame of
// sign-in, set-up and errors. Each area has a package of its own. Components
// are in views/ui, words in views/i18n.
package views
