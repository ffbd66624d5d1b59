// Package models is the product without HTTP and without a database: what an
// account, a key, an app and a call of the catalogue are, the rules for them,
// who may do what, and the errors with which a rule refuses.
//
// Of this module it imports models/netaddr alone. Structs carry GORM tags because the
// store maps them to tables, but no function here opens or queries one.
package models
