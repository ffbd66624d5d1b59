package models

// BulkOp is what happens to the selected rows.
type BulkOp string

// The bulk operations.
const (
	BulkEnable  BulkOp = "enable"
	BulkDisable BulkOp = "disable"
	BulkDelete  BulkOp = "delete"
)

// BulkResult says what a bulk operation did.
type BulkResult struct {
	Done    int      // keys changed
	Same    int      // keys that were so already
	Refused []string // names of keys that it may not be done to (enabled ones, for delete)
	Gone    int      // keys that no longer exist
}
