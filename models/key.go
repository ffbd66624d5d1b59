package models

import (
	"errors"
	"strconv"
	"time"
)

// MaxKeysPerAccount is the most keys that an account has, of every channel
// and status.
const MaxKeysPerAccount = 500

// ReplayTTL is how long after a key was made the same press, sent again, is
// answered with the key's value.
const ReplayTTL = time.Minute

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

// CheckNewKey returns what the form asks for with its texts cleaned, its date in
// UTC, its lists sorted and empty scopes as all. Its error joins the refusals of
// all fields: name, description, expires_at, apps, apis, and those of
// CheckCredential. Names that are taken and ids of the lists are the store's to
// check.
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

// CheckKeyBasics returns a key's name, which it must have, and its description
// cleaned. Its error joins the refusals of both fields, name and description.
func CheckKeyBasics(name, description string) (cleanName, cleanDescription string, err error) {
	cleanName, badName := CleanName("name", name, true)
	cleanDescription, badDescription := CleanDescription(description)
	return cleanName, cleanDescription, errors.Join(badName, badDescription)
}

// MayCreate reports whether somebody with the role may add keys to the account.
func MayCreate(a Account, r Role) bool {
	return r.Can(PermKeysManage) && (r != RoleMember || a.MembersCreate)
}

// CheckMayCreate refuses with CodeForbidden a new key by a Member where the
// account leaves that to Owners and Admins.
func CheckMayCreate(a Account, r Role) error {
	if !MayCreate(a, r) {
		return Refuse(CodeForbidden, "", "errors.keys.members")
	}
	return nil
}

// CheckRoomForKeys refuses with CodeLimit when an account that has so many
// keys, of every channel and status, has no room for so many more.
func CheckRoomForKeys(have, adding int) error {
	if have+adding > MaxKeysPerAccount {
		return Refuse(CodeLimit, "", "errors.keys.limit", "Max", MaxKeysPerAccount, "Have", have)
	}
	return nil
}

// CheckDelete refuses with CodeConflict to delete a key whose Status is on.
func CheckDelete(k Key) error {
	if k.Enabled {
		return Refuse(CodeConflict, "", "errors.key.enabled_delete", "Name", k.Name)
	}
	return nil
}

// KeyDetail is a key with its whole policy.
type KeyDetail struct {
	Key
	Apps []App
	APIs []API
	IPs  []KeyIP

	Plugins  []Plugin            // that use it
	Previous *PreviousCredential // that still works; nil when there is none
}

// Rules are the rules of the key's IP Whitelist, in the order they were added.
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
