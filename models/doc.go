// Package models is the product without HTTP and without a database: what an
// account, a key, an app and a call of the catalogue are, the rules they keep,
// who may do what, and the errors with which a rule says no.
//
// It imports nothing of this module. Structs carry GORM tags because the
// store maps them to tables, but no function here opens or queries one.
package models
