package models

// BulkOp is an operation on the selected rows.
type BulkOp string

// The bulk operations.
const (
	BulkEnable  BulkOp = "enable"
	BulkDisable BulkOp = "disable"
	BulkDelete  BulkOp = "delete"
)

// BulkResult is the outcome of a bulk operation.
type BulkResult struct {
	Done    int      // keys changed
	Same    int      // keys that were already in that state
	Refused []string // names of keys that do not permit it, such as enabled keys for delete
	Gone    int      // keys that no longer exist
}
