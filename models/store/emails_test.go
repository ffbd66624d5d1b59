package store_test

import (
	"testing"

	"keywicket/models"
	"keywicket/models/storetest"
)

// People whose address was stored in a form of before are found by it, and are
// nobody else; all others are found however they write theirs.
func TestUserByEmail(t *testing.T) {
	s := storetest.New(t)
	ids := map[string]int64{}
	for _, email := range []string{"ada@example.com", "ａda@example.com", "a\u200dda@example.com", "eve@bücher.de"} {
		ids[email] = storetest.SeedUser(t, s, email, email).ID
	}
	for typed, stored := range map[string]string{
		" ADA@example.com": "ada@example.com", "ａda@example.com": "ａda@example.com", "a\u200dda@example.com": "a\u200dda@example.com",
		"𝐚da@example.com": "ada@example.com", "eve@xn--bcher-kva.de": "eve@bücher.de", "EVE@BÜCHER.DE": "eve@bücher.de",
	} {
		if u := must(s.UserByEmail(t.Context(), typed))(t); u.ID != ids[stored] {
			t.Errorf("%+q is %+q, not %+q", typed, u.Email, stored)
		}
	}
	wantCode(t, "nobody", second(s.UserByEmail(t.Context(), "ad\u200da@example.com")), models.CodeNotFound)
}

// No second log-in is made with an address that somebody has in another
// writing.
func TestOneLogInForOneAddress(t *testing.T) {
	w := newTeam(t)
	for _, email := range []string{"ｍｉａ@example.com", "MIA@example。com"} {
		_, token, err := w.s.Invite(t.Context(), w.owner(), models.NewInvitation{Role: models.RoleMember})
		ok(t, err)
		_, _, err = w.s.AcceptAsNew(t.Context(), models.Actor{}, token, models.NewPerson{Name: "Not Mia", Email: email, PasswordHash: "-"})
		wantCode(t, email, err, models.CodeConflict)
	}
	_, _, err := w.s.Invite(t.Context(), w.owner(), models.NewInvitation{Role: models.RoleMember, Email: "m\u200dia@example.com"})
	wantCode(t, "an invisible character", err, models.CodeInvalid)
}
