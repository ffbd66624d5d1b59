package models

// KeysPerPage is the number of keys on a page of the list.
const KeysPerPage = 50

// ExpiringDays is how many days before its Expiry Date an enabled key counts as
// expiring soon.
const ExpiringDays = 30

// UnusedDays is how many days without an allowed request make a key count as
// unused. A key that was never used counts as unused once it is that old.
const UnusedDays = 90

// KeyFilter selects the keys in one state.
type KeyFilter string

// The filters of the list.
const (
	FilterAll      KeyFilter = ""
	FilterEnabled  KeyFilter = "enabled"
	FilterDisabled KeyFilter = "disabled"
	FilterExpired  KeyFilter = "expired"
	FilterExpiring KeyFilter = "expiring" // enabled, and expires in ExpiringDays
)

// KeySort is the order of the list.
type KeySort string

// The orders of the list.
const (
	SortCreated KeySort = ""       // newest first
	SortName    KeySort = "name"   //
	SortUsed    KeySort = "used"   // last used first
	SortExpiry  KeySort = "expiry" // the next to expire first, those that never do last
)

// KeyQuery selects a page of keys that match all of its conditions. The page's address holds all of it.
type KeyQuery struct {
	Search    string // in name, description, Sid, prefix, last four, user name and owner
	Filter    KeyFilter
	Channel   Channel // "" for all
	OwnerID   int64   // 0 for everybody
	CreatedBy string  // name of the creator; "" for everybody
	Unused    bool    // only keys without a use for UnusedDays
	Sort      KeySort
	Page      int  // from 1; less counts as 1
	All       bool // every key at once, without spark lines, for pickers
}

// Narrowed reports whether the query excludes any keys.
func (q KeyQuery) Narrowed() bool {
	q.Sort, q.Page, q.All = "", 0, false
	return q != KeyQuery{}
}

// KeyRow is a key in the list.
type KeyRow struct {
	Key
	OwnerName  string
	OwnerEmail string
	AppCount   int
	APICount   int
	IPCount    int
	Spark      []int `gorm:"-"` // allowed requests of the last ChartDays, oldest first; nil when none
}

// KeyOwner is a person who owns keys in the account.
type KeyOwner struct {
	ID    int64
	Name  string
	Email string
}

// KeyPage is one page of the list.
type KeyPage struct {
	Rows     []KeyRow
	Total    int // that match the query
	InUse    int // keys in the account, of MaxKeysPerAccount
	Enabled  int
	Disabled int
	Expired  int
	Expiring int        // enabled keys that expire in ExpiringDays
	Owners   []KeyOwner // owners of the keys that the actor may see, by name
	Creators []string   // creators of the keys that the actor may see, by name
	Page     int
	Pages    int
}
