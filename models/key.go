package models

import (
	"strconv"
	"time"
)

// Channel is what a key is for.
type Channel string

// The channels.
const (
	ChannelREST       Channel = "rest"
	ChannelHTTP       Channel = "http"
	ChannelWebService Channel = "web_service"
	ChannelFTP        Channel = "ftp"
	ChannelEmail      Channel = "email"
)

// ScopeMode is the choice of Scope (App) and of Scope (API).
type ScopeMode string

// All Apps or All APIs, and Some Apps or Some APIs: with an empty list the
// latter allows nothing.
const (
	ScopeAll  ScopeMode = "all"
	ScopeSome ScopeMode = "some"
)

// Limits of the documented console, and of fields.
const (
	MaxKeysPerAccount  = 500
	MaxIPsPerKey       = 50
	MaxNameLen         = 100 // characters
	MaxDescriptionLen  = 500 // characters
	KeysPerPage        = 50
	AppsPerPage        = 50
	AuditRowsPerPage   = 50
	AuditListed        = 1000 // rows of the audit that a list leads to at once
	MaxRateRequests    = 1_000_000
	MaxRateWindowHours = 24
)

// Key is a credential with a policy. Its value is in none of these fields:
// Hash is a keyed hash, Sealed is encrypted or empty.
type Key struct {
	ID                 int64 `gorm:"primaryKey"`
	AccountID          int64
	OwnerID            int64  // the member whose key it is
	Sid                string // public id, ULID; stands in addresses
	Name               string
	Description        string
	Channel            Channel
	Enabled            bool
	StatusAt           *time.Time // when Enabled last changed; nil: never
	ExpiresAt          *time.Time
	ScopeApps          ScopeMode
	ScopeAPIs          ScopeMode
	Username           string     // API Key of a credential pair, as typed; case does not count; "" for a single token
	SecretHash         string     // argon2id, PHC form, of a secret that a person chose; "" for a generated one
	Hash               []byte     // HMAC-SHA-256 of the value, of user name and secret, or of nothing that anybody knows
	Prefix             string     // first characters of the value, shown: "kw_8fQ2"; "" for a chosen secret
	Last4              string     // last four characters, shown; "" for a chosen secret
	CredentialAt       *time.Time // when the credentials were last changed; nil: as old as the key
	Visibility         KeyVisibility
	Sealed             []byte  // AES-256-GCM, or nil when ShowOnce
	KEKID              string  // which master key sealed it
	RateRequests       int     // so many requests …; 0: no limit
	RateWindowSec      int     // … in so many seconds
	IdempotencyKey     *string // one-time token of the press that made it; unique for its owner
	IdempotencySession string  // id of the session that the press came in by
	CreatedBy          string
	CreatedAt          time.Time
	UpdatedAt          time.Time
	LastUsedAt         *time.Time // last allowed request
	LastUsedIP         string
	LastUsedAPI        string
}

// ReplayTTL is how long after a key was made the same press, sent again, is
// answered with the key's value.
const ReplayTTL = time.Minute

// Pair reports whether the key is a credential pair, API Key and API Secret,
// and not a single token.
func (k Key) Pair() bool { return k.Username != "" }

// Chosen reports whether a person chose the key's API Secret, which then nobody
// can be shown.
func (k Key) Chosen() bool { return k.Pair() && k.Prefix == "" }

// Stamp tells a key's present credentials from those that it had before.
func (k Key) Stamp() string { return strconv.FormatInt(k.CredentialSince().UnixMicro(), 36) }

// CredentialSince is when the key got its present credentials.
func (k Key) CredentialSince() time.Time {
	if k.CredentialAt != nil {
		return *k.CredentialAt
	}
	return k.CreatedAt
}

// CopiedCredential is the form of a copy's credentials: a token for a token,
// and a generated pair for every pair.
func (k Key) CopiedCredential() CredentialKind {
	if k.Pair() {
		return CredentialPair
	}
	return CredentialToken
}

// PreviousCredential is what a key had before its credentials were changed. It
// works until EndsAt; its columns are as in Key.
type PreviousCredential struct {
	ID          int64 `gorm:"primaryKey"`
	AccountID   int64
	KeyID       int64
	Channel     Channel
	Username    string
	Hash        []byte
	SecretHash  string
	Prefix      string
	Last4       string
	EndsAt      time.Time
	CreatedAt   time.Time // when it became the old one
	Uses        int64     // allowed requests since then
	LastUsedAt  *time.Time
	LastUsedIP  string
	LastUsedAPI string
}

// CredentialKind is the form of a key's credentials.
type CredentialKind string

// A single token, for REST alone; a generated pair; and a pair that the
// person chose, whose secret is never revealable.
const (
	CredentialToken  CredentialKind = "token"
	CredentialPair   CredentialKind = "pair"
	CredentialChosen CredentialKind = "chosen"
)

// NewCredential asks for a key's credentials. Username and Secret count for
// CredentialChosen alone.
type NewCredential struct {
	Kind     CredentialKind
	Username string
	Secret   string
	Replaces string // a Key's Stamp: refused where the credentials are others by now; "" whatever they are
}

// Credential is what a caller needs to use a key, as it is shown once. A
// token has no Username. Value is "" where it cannot be shown: chosen by the
// person, or shown once before.
type Credential struct {
	Username string
	Value    string // the token, or the API Secret
}

// NewKey is what the form asks for.
type NewKey struct {
	Name        string // "" is numbered
	Description string
	Channel     Channel
	ExpiresAt   *time.Time
	ScopeApps   ScopeMode
	AppIDs      []int64
	ScopeAPIs   ScopeMode
	APIIDs      []int64
	Credential  NewCredential
}

// KeyIP is one entry of a key's IP Whitelist.
type KeyIP struct {
	ID        int64 `gorm:"primaryKey"`
	KeyID     int64
	Rule      string // canonical: 10.1.*.7
	CreatedAt time.Time
}

// KeyFilter narrows the list to keys in one state.
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

// When a key counts as expiring, and when as unused: a key that was never
// used does once it is as old as that.
const (
	ExpiringDays = 30
	UnusedDays   = 90
)

// KeyQuery asks for a page of keys; what it asks for holds together. All of it
// stands in the address.
type KeyQuery struct {
	Search    string // in name, description, Sid, prefix, last four, user name and owner
	Filter    KeyFilter
	Channel   Channel // "" for all
	OwnerID   int64   // 0 for everybody
	CreatedBy string  // the name that CreatedBy has; "" for everybody
	Unused    bool    // for UnusedDays
	Sort      KeySort
	Page      int  // from 1; less counts as 1
	All       bool // every key at once, without spark lines, for a choice of one
}

// Narrowed reports whether the query leaves keys out.
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
	Spark      []int `gorm:"-"` // allowed requests of the last 30 days, oldest first; nil when none
}

// KeyOwner is somebody who has keys in the account.
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
	Owners   []KeyOwner // whose keys there are to see, by name
	Creators []string   // who made keys that there are to see, by name
	Page     int
	Pages    int
}

// KeyDetail is a key with its whole policy.
type KeyDetail struct {
	Key
	Apps []App
	APIs []API
	IPs  []KeyIP

	Plugins []Plugin            // that use it
	Old     *PreviousCredential // that still works; nil when there is none
}

// KeyAndPlugins is a key with the plugins that use it.
type KeyAndPlugins struct {
	Key
	Plugins []Plugin // by name
}

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
