// Package store stores the product's data. It runs every change in one transaction together with its audit row, and
// updates the gate before the change's method returns.
//
// Every query and every change takes the account, through a [models.Actor]. The id of another account is answered
// exactly like one that never existed. Refusals are of type *[models.Error]; any other error is a fault of the program
// or of its environment.
//
// Code for one kind of database is in package sqlite, and the audit's hash chain in package chain.
package store
