package models

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

// Section holds the stored values that one form of the console shows and saves. Each has its own field name.
type Section []Value

// Value is one stored value of a Section.
type Value struct {
	Field string   // "expires_at"; in a section about several things, with the thing's id
	Text  string   // as stored: "2027-01-01T23:59:59Z", "some:3,7", "owner"
	Names []string // names of the ids in Text, for the reader; nil if Text is readable itself
	Of    string   // name of the thing whose id is in Field, "" for none
	Input *Input   // what a form of several values sends for it; nil if the form has only this value
}

// Input is the name and the value of a form field. An unticked checkbox sends nothing.
type Input struct {
	Name, Text string
}

// input returns v, sent by the form field with this name and text.
func (v Value) input(name, text string) Value {
	v.Input = &Input{Name: name, Text: text}
	return v
}

// asTyped returns v, sent as it is by a form field of the same name.
func (v Value) asTyped() Value { return v.input(v.Field, v.Text) }

// asBox returns the flag v, sent by a checkbox of the same name.
func (v Value) asBox() Value {
	if v.Text == flag(true) {
		return v.input(v.Field, "1")
	}
	return v.input(v.Field, "")
}

// Version identifies the values that a form was made from. Callers that saw no values, such as the command line, use
// "": it is never stale.
type Version string

// NoVersion is the version of a form that sends none. It matches no stored value.
const NoVersion Version = "none"

// versionBytes is the number of bytes of each value's hash in a Version.
const versionBytes = 6

// Version returns the version of the values. It holds a hash of each value, so that a form with some of a section's
// values ignores changes of the others.
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
	Yours *Value // the value in the form; nil for a confirmation

	// Untouched is true if the form still has the original value of this field, and its sender changed other fields.
	Untouched bool
}

// Stale holds what changed after a refused form was made.
type Stale struct {
	Version Version // of the stored values
	Changes []Change
}

// CheckStale returns an error with CodeStale if a form made from the version was would undo or overlook a change by
// somebody else: a value in now that differs both from was and from wanted. A value that is missing in wanted was only
// confirmed, and must not have changed.
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
