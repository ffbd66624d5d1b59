// Package models holds the product's rules, without HTTP and without a database: what an account, a key, an app and an
// API are, who may do what, and the errors that the rules return.
//
// Of this module it imports models/netaddr alone. Structs carry GORM tags because the store maps them to tables, but no
// function here opens or queries one.
package models
