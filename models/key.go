package models

import (
	"errors"
	"strconv"
	"time"
)

// MaxKeysPerAccount is the maximum number of keys in an account, of every channel and status.
const MaxKeysPerAccount = 500

// ReplayTTL is how long a repeated request with the same idempotency key returns the value of the key that the first
// one created.
const ReplayTTL = time.Minute

// Key is a credential with a policy. No field holds its value: Hash is a keyed hash, and Sealed is encrypted or empty.
type Key struct {
	ID                 int64 `gorm:"primaryKey"`
	AccountID          int64
	OwnerID            int64  // the member who owns the key
	Sid                string // public id in addresses, a ULID
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
	Hash               []byte     // HMAC-SHA-256 of the value, or of user name and secret; random for a chosen secret
	Prefix             string     // first characters of the value, shown: "kw_8fQ2"; "" for a chosen secret
	Last4              string     // last four characters, shown; "" for a chosen secret
	CredentialAt       *time.Time // when the credentials were last changed; nil: as old as the key
	Visibility         KeyVisibility
	Sealed             []byte  // AES-256-GCM, or nil when ShowOnce
	KEKID              string  // which master key sealed it
	RateRequests       int     // requests allowed in the window; 0: no limit
	RateWindowSec      int     // the window, in seconds
	IdempotencyKey     *string // of the form that created it; unique for its owner
	IdempotencySession string  // id of the session that created it
	CreatedBy          string
	CreatedAt          time.Time
	UpdatedAt          time.Time
	LastUsedAt         *time.Time // last allowed request
	LastUsedIP         string
	LastUsedAPI        string
}

// Pair reports whether the key is a credential pair, API Key and API Secret, rather than a single token.
func (k Key) Pair() bool { return k.Username != "" }

// Chosen reports whether a person chose the key's API Secret. Such a secret is never shown.
func (k Key) Chosen() bool { return k.Pair() && k.Prefix == "" }

// Stamp returns a text that changes with the key's credentials.
func (k Key) Stamp() string { return strconv.FormatInt(k.CredentialSince().UnixMicro(), 36) }

// CredentialSince returns when the key got its present credentials.
func (k Key) CredentialSince() time.Time {
	if k.CredentialAt != nil {
		return *k.CredentialAt
	}
	return k.CreatedAt
}

// CopiedCredential returns the kind of a copy's credentials: a token for a token, and a generated pair for every pair.
func (k Key) CopiedCredential() CredentialKind {
	if k.Pair() {
		return CredentialPair
	}
	return CredentialToken
}

// NewKey describes a key to create.
type NewKey struct {
	Name        string // "" for the next free number
	Description string
	Channel     Channel
	ExpiresAt   *time.Time
	ScopeApps   ScopeMode
	AppIDs      []int64
	ScopeAPIs   ScopeMode
	APIIDs      []int64
	Credential  NewCredential
}

// CheckNewKey returns n cleaned: its date is in UTC, its lists are sorted, and an empty scope becomes all. Its error
// joins the errors of all fields: name, description, expires_at, apps, apis, and those of CheckCredential. The store
// checks the account's policy, names in use and the ids of the lists.
func CheckNewKey(n NewKey, now time.Time) (NewKey, error) {
	var badName, badDescription, badCredential, badApps, badAPIs error
	n.Name, badName = CleanName("name", n.Name, false)
	n.Description, badDescription = CleanDescription(n.Description)
	n.Credential, badCredential = CheckCredential(n.Channel, n.Credential)
	if n.ExpiresAt != nil {
		utc := n.ExpiresAt.UTC().Truncate(time.Microsecond)
		n.ExpiresAt = &utc
	}
	n.ScopeApps, n.AppIDs, badApps = cleanScope("apps", n.ScopeApps, n.AppIDs)
	n.ScopeAPIs, n.APIIDs, badAPIs = cleanScope("apis", n.ScopeAPIs, n.APIIDs)
	return n, errors.Join(badName, badDescription, badCredential, CheckExpiry(n.ExpiresAt, now), badApps, badAPIs)
}

// CheckKeyBasics returns a key's name and description cleaned. The name is required. Its error joins the errors of the
// fields name and description.
func CheckKeyBasics(name, description string) (cleanName, cleanDescription string, err error) {
	cleanName, badName := CleanName("name", name, true)
	cleanDescription, badDescription := CleanDescription(description)
	return cleanName, cleanDescription, errors.Join(badName, badDescription)
}

// MayCreate reports whether the role can create keys in the account.
func MayCreate(a Account, r Role) bool {
	return r.Can(PermKeysManage) && (r != RoleMember || a.MembersCreate)
}

// CheckMayCreate returns an error with CodeForbidden if the account reserves new keys for Owners and Admins, and r is
// not one of them.
func CheckMayCreate(a Account, r Role) error {
	if !MayCreate(a, r) {
		return Refuse(CodeForbidden, "", "errors.keys.members")
	}
	return nil
}

// CheckRoomForKeys returns an error with CodeLimit if an account with have keys cannot have adding more.
func CheckRoomForKeys(have, adding int) error {
	if have+adding > MaxKeysPerAccount {
		return Refuse(CodeLimit, "", "errors.keys.limit", "Max", MaxKeysPerAccount, "Have", have)
	}
	return nil
}

// CheckDelete returns an error with CodeConflict if the key's Status is on.
func CheckDelete(k Key) error {
	if k.Enabled {
		return Refuse(CodeConflict, "", "errors.key.enabled_delete", "Name", k.Name)
	}
	return nil
}

// KeyDetail is a key with all of its policy.
type KeyDetail struct {
	Key
	Apps []App
	APIs []API
	IPs  []KeyIP

	Plugins  []Plugin            // plugins that use the key
	Previous *PreviousCredential // nil if none still works
}

// Rules returns the rules of the key's IP Whitelist, in the order they were added.
func (d KeyDetail) Rules() []string {
	rules := make([]string, len(d.IPs))
	for i, ip := range d.IPs {
		rules[i] = ip.Rule
	}
	return rules
}

// KeyAndPlugins is a key with the plugins that use it.
type KeyAndPlugins struct {
	Key
	Plugins []Plugin // by name
}
