package models

import (
	"errors"
	"fmt"
)

// Code is the kind of a refusal. The web boundary turns it into a status. Callers
// switch on the code, never on the words of a message.
type Code string

// The codes of every refusal.
const (
	CodeInvalid         Code = "invalid"         // a field holds what it may not: 422
	CodeNotFound        Code = "not_found"       // no such thing in this account: 404
	CodeConflict        Code = "conflict"        // clashes with what exists: 409
	CodeStale           Code = "stale"           // was made from what has changed since: 409
	CodeLimit           Code = "limit"           // a documented maximum is reached: 409
	CodeForbidden       Code = "forbidden"       // the role does not allow it: 403
	CodeSuspended       Code = "suspended"       // the account is suspended: 403
	CodeUnauthenticated Code = "unauthenticated" // nobody is signed in: 401
	CodeTooMany         Code = "too_many"        // too many attempts or requests: 429
	CodeUnavailable     Code = "unavailable"     // a fault of ours, try again: 503
	CodeInternal        Code = "internal"        // a fault of ours: 500
)

// Error is a refusal with a stable code, a message that may be shown, and a
// cause that may only be logged.
type Error struct {
	Code  Code
	Field string         // the form field that caused it, or ""
	Key   string         // translation key of the words for the reader, such as "errors.ip.ipv6"
	Args  map[string]any // values for the words; never a secret
	Stale *Stale         // of CodeStale: what changed
	cause error
}

// Refuse makes an Error whose words are the translation key. Args are
// name-value pairs for the words.
func Refuse(code Code, field, key string, args ...any) *Error {
	e := &Error{Code: code, Field: field, Key: key}
	if len(args) > 0 {
		e.Args = make(map[string]any, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			e.Args[fmt.Sprint(args[i])] = args[i+1]
		}
	}
	return e
}

// Because returns a copy of e that carries cause for the log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// Error returns code, field and translation key, for logs; a reader is shown
// the translated words instead.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Key
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap returns the hidden cause.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf returns the code of err, CodeInternal for an error that is not ours,
// and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// asError returns err as an *Error, and one with CodeInternal around an error
// that is not ours.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Refuse(CodeInternal, "", "errors.internal").Because(err)
}
