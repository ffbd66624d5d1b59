package models

// KeyDisposition is what happens to the keys of a person who is removed or disabled.
type KeyDisposition string

// The dispositions: the keys stay as they are, are disabled, or get another owner.
const (
	KeysLeave    KeyDisposition = "leave"
	KeysDisable  KeyDisposition = "disable"
	KeysHandOver KeyDisposition = "hand_over"
)

// Departure is the decision about a person's keys in every account that they can no longer enter. To is the new owner,
// for KeysHandOver only. The new owner must be able to enter all of these accounts.
type Departure struct {
	Keys KeyDisposition
	To   int64
}

// CheckDeparture returns an error at field "keys" for an unknown disposition, and at field "to" for a hand-over to
// nobody or to the person who leaves.
func CheckDeparture(d Departure, leaving int64) error {
	switch d.Keys {
	case KeysLeave, KeysDisable:
		return nil
	case KeysHandOver:
		if d.To == 0 || d.To == leaving {
			return Refuse(CodeInvalid, "to", "people.error.hand_over")
		}
		return nil
	}
	return Refuse(CodeInvalid, "keys", "errors.choice")
}

// LostKeys lists the keys of a person in an account that they can no longer enter.
type LostKeys struct {
	Account string // its name
	Below   bool   // a sub-account of the account that they leave
	Sids    []string
}

// Leaving is what a person loses with their place in an account, or with a higher role.
type Leaving struct {
	Member    MemberRow
	Stays     Role        // role that they keep through the master account, "" for none
	Keys      []LostKeys  // of the account and of its sub-accounts
	NewOwners []MemberRow // who can take over all of these keys
}

// Count returns the number of keys that the person loses.
func (l Leaving) Count() int {
	n := 0
	for _, k := range l.Keys {
		n += len(k.Sids)
	}
	return n
}

// Below reports whether some of the keys are in a sub-account.
func (l Leaving) Below() bool {
	for _, k := range l.Keys {
		if k.Below {
			return true
		}
	}
	return false
}
