package models

import (
	"errors"
	"fmt"
)

// Code is the kind of an error. The web layer maps it to a status. Callers switch on the code, never on the text of a
// message.
type Code string

// The codes of an Error, with the HTTP status of each.
const (
	CodeInvalid         Code = "invalid"         // a field has an invalid value: 422
	CodeNotFound        Code = "not_found"       // no such thing in this account: 404
	CodeConflict        Code = "conflict"        // conflicts with existing data: 409
	CodeStale           Code = "stale"           // the form was made from values that have changed since: 409
	CodeLimit           Code = "limit"           // a documented maximum is reached: 409
	CodeForbidden       Code = "forbidden"       // the role does not allow it: 403
	CodeSuspended       Code = "suspended"       // the account is suspended: 403
	CodeUnauthenticated Code = "unauthenticated" // nobody is signed in: 401
	CodeTooMany         Code = "too_many"        // too many attempts or requests: 429
	CodeUnavailable     Code = "unavailable"     // a temporary fault of the server, try again: 503
	CodeInternal        Code = "internal"        // a fault of the server: 500
)

// Error is an error with a stable code, a message that is safe to show, and a cause that is only logged.
type Error struct {
	Code  Code
	Field string         // the invalid form field, or ""
	Key   string         // translation key of the message, such as "errors.ip.ipv6"
	Args  map[string]any // values for the message; never a secret
	Stale *Stale         // what changed, for CodeStale
	cause error
}

// Refuse returns an Error with a code, a form field or "", and the translation key of its message. args are name-value
// pairs for the message.
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

// Error returns code, field and translation key, for logs. Readers get the translated message instead.
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

// CodeOf returns the code of err, CodeInternal if err holds no *Error, and "" for nil.
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

// asError returns the *Error in err, or a new one with CodeInternal that wraps err.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Refuse(CodeInternal, "", "errors.internal").Because(err)
}
