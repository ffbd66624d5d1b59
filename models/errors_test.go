package models

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

// wantRefusal fails unless err is an *Error with the field and key.
func wantRefusal(t interface {
	Helper()
	Errorf(string, ...any)
}, err error, field, key string,
) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("error is %v, want the refusal %s", err, key)
		return
	}
	if e.Key != key || e.Field != field {
		t.Errorf("refusal is %s at %q, want %s at %q", e.Key, e.Field, key, field)
	}
}

func asErr(err error, target **Error) bool {
	*target = asError(err)
	return err != nil && CodeOf(err) == CodeInvalid
}

func TestErrorKeepsItsCauseFromTheReader(t *testing.T) {
	plain := Refuse(CodeInvalid, "ip", "errors.ip.octet", "Octet", "300", "odd")
	e := plain.Because(io.ErrUnexpectedEOF)
	if !errors.Is(e, io.ErrUnexpectedEOF) || errors.Is(plain, io.ErrUnexpectedEOF) {
		t.Error("Because changed the error it was called on, or lost the cause")
	}
	if got, want := plain.Error(), "invalid: errors.ip.octet (ip)"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if got, want := e.Error(), plain.Error()+": unexpected EOF"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if len(e.Args) != 1 || e.Args["Octet"] != "300" {
		t.Errorf("Args = %v", e.Args)
	}
	if got := Refuse(CodeConflict, "", "errors.x").Error(); got != "conflict: errors.x" {
		t.Errorf("Error() = %q", got)
	}
}

func TestCodeOf(t *testing.T) {
	if got := CodeOf(nil); got != "" {
		t.Errorf("nil has the code %q", got)
	}
	if got := CodeOf(io.EOF); got != CodeInternal {
		t.Errorf("an error that is not ours has the code %q", got)
	}
	if got := CodeOf(fmt.Errorf("wrapped: %w", Refuse(CodeLimit, "", "errors.keys.limit"))); got != CodeLimit {
		t.Errorf("a wrapped refusal has the code %q", got)
	}
}

func TestAsError(t *testing.T) {
	e := Refuse(CodeLimit, "", "errors.keys.limit")
	if asError(fmt.Errorf("wrapped: %w", e)) != e {
		t.Error("a wrapped refusal is another one")
	}
	if got := asError(io.EOF); got.Code != CodeInternal || !errors.Is(got, io.EOF) {
		t.Errorf("an error that is not ours became %v", got)
	}
}
