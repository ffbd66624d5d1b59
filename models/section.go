package models

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

// Section is what one form of the console shows and saves: stored values,
// each under a name of its own.
type Section []Value

// Value is one stored value of a Section.
type Value struct {
	Field string   // "expires_at"; of a section about many things the thing's id
	Text  string   // as stored: "2027-01-01T23:59:59Z", "some:3,7", "owner"
	Names []string // what a reader knows Text's ids by; nil: Text says it
	Of    string   // name of the thing that Field is the id of, "" for none
	Input *Input   // what a form of several values sends for it; nil for a form of this value alone
}

// Input is a field of a form and what it sends. A box that is not ticked sends
// nothing.
type Input struct {
	Name, Text string
}

// input returns the value with the field that sends it.
func (v Value) input(name, text string) Value {
	v.Input = &Input{Name: name, Text: text}
	return v
}

// asTyped returns the value as one that a field of its own name sends.
func (v Value) asTyped() Value { return v.input(v.Field, v.Text) }

// asBox returns the flag as one that a box of its own name sends.
func (v Value) asBox() Value {
	if v.Text == flag(true) {
		return v.input(v.Field, "1")
	}
	return v.input(v.Field, "")
}

// Version identifies the values that a form was made from. "" leaves them
// open: it is of callers that saw no values before, such as the command line.
type Version string

// NoVersion is of a form that does not say what it was made from. It agrees
// with nothing that is stored.
const NoVersion Version = "none"

// versionBytes is how much of a value's hash a Version holds.
const versionBytes = 6

// Version returns the version of the values. It holds a hash for each value, so
// that a form of some values of a section is told from a change of others.
func (s Section) Version() Version {
	hashes := make([]string, len(s))
	for i, v := range s {
		hashes[i] = v.hash()
	}
	return Version(strings.Join(hashes, "."))
}

func (v Value) hash() string {
	sum := sha256.Sum256([]byte(v.Field + "\x00" + v.Text))
	return base64.RawURLEncoding.EncodeToString(sum[:versionBytes])
}

// field returns the value with the name, or nil.
func (s Section) field(name string) *Value {
	if i := slices.IndexFunc(s, func(v Value) bool { return v.Field == name }); i >= 0 {
		return &s[i]
	}
	return nil
}

// Change is a value that somebody else changed while a form was open.
type Change struct {
	Now   Value
	Yours *Value // what the form would make of it; nil for a confirmation

	// Untouched reports whether the form still has the value that it was made
	// with, beside others that were changed in it: its sender meant those.
	Untouched bool
}

// Stale says why a form was refused that was made from values which have
// changed since.
type Stale struct {
	Version Version // of what is stored now
	Changes []Change
}

// CheckStale refuses, with CodeStale, to go on from a form that was made from
// the version was, where that would undo or overlook what somebody else has
// changed since: a value that is not as it was, and not as wanted either. What
// wanted does not have was only confirmed, and may not have changed at all.
func CheckStale(was Version, now, wanted Section) error {
	if was == "" {
		return nil
	}
	seen := strings.Split(string(was), ".")
	stale := Stale{Version: now.Version()}
	for _, v := range now {
		if slices.Contains(seen, v.hash()) {
			continue
		}
		yours := wanted.field(v.Field)
		if yours != nil && yours.Text == v.Text {
			continue
		}
		untouched := yours != nil && v.Input != nil && slices.Contains(seen, yours.hash())
		stale.Changes = append(stale.Changes, Change{Now: v, Yours: yours, Untouched: untouched})
	}
	if len(stale.Changes) == 0 {
		return nil
	}
	e := Refuse(CodeStale, "", "errors.stale")
	e.Stale = &stale
	return e
}
