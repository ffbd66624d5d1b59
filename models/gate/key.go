package gate

// Key is a key as the engine knows it; it never changes.
type Key struct {
	id, accountID int64
	sid, name     string
}

// ID is the key's id in the store.
func (k *Key) ID() int64 { return k.id }

// AccountID is the id of the key's account.
func (k *Key) AccountID() int64 { return k.accountID }

// Sid is the key's public id.
func (k *Key) Sid() string { return k.sid }

// Name is the key's name.
func (k *Key) Name() string { return k.name }
