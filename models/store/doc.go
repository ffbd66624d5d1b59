// Package store keeps the product's data in SQLite: it opens and migrates the
// database, runs every change in one transaction together with its audit row,
// and tells the gate what changed before the change's method returns.
//
// Every query and every change takes the account, through a models.Actor.
// Another account's id is answered exactly as one that never was. Refusals are
// *models.Error; any other error is a fault of ours.
package store
