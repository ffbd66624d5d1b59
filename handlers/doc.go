// Package handlers is the console: its route table and one small handler for
// each action. A handler reads the form, calls the store and renders the
// result. Rules are in package models; package web turns errors into statuses.
//
// Each area is a package of its own. It returns its part of the route table and
// defines the narrow store interface that it needs.
package handlers
