package models

// KeyDisposition is what happens to the keys of a person who leaves or is
// disabled.
type KeyDisposition string

// The dispositions: the keys stay as they are, are disabled, or get another owner.
const (
	KeysLeave    KeyDisposition = "leave"
	KeysDisable  KeyDisposition = "disable"
	KeysHandOver KeyDisposition = "hand_over"
)

// Departure is what is decided about somebody's keys in each account that
// they can no longer enter. To counts for KeysHandOver alone: somebody who can
// enter each of those accounts.
type Departure struct {
	Keys KeyDisposition
	To   int64
}

// CheckDeparture refuses, at field "keys", an unknown disposition and, at field
// "to", a hand-over to nobody or to the person who leaves.
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

// LostKeys are the keys of a person in an account that they can no longer
// enter.
type LostKeys struct {
	Account string // its name
	Below   bool   // it is a sub-account of the one that they leave
	Sids    []string
}

// Leaving is what a person loses with their place in an account, or with a
// part of it.
type Leaving struct {
	Member    MemberRow
	Stays     Role        // what they still are in the account by its master; "" for nothing
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
