package store_test

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// waysIn fills every table that has something to do with how a person signs in.
func waysIn(t *testing.T, s *store.Store, w storetest.Fixture) (resetToken string) {
	t.Helper()
	ctx := t.Context()
	for _, name := range []string{"Laptop", "Phone"} {
		ok(t, s.AddPasskey(ctx, w.Who, models.Passkey{Name: name, CredentialID: []byte(name), Credential: []byte("{}")}))
	}
	storetest.SignIn(t, s, session("here", w.Owner.ID))
	must(s.BeginSignInStep(ctx, models.SignInStep{Purpose: models.SignInCode, UserID: w.Owner.ID}, time.Hour))(t)
	ok(t, s.LinkIdentity(ctx, models.Actor{}, w.Owner.ID, "https://id.example.com", "4711"))
	_, token, err := s.NewPasswordReset(ctx, models.Actor{}, w.Owner.Email)
	ok(t, err)
	return token
}

// tablesOfPeople are those with a column user_id.
func tablesOfPeople(t *testing.T, db *sql.DB) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'user_id' ORDER BY 1")
	ok(t, err)
	defer func() { ok(t, rows.Close()) }()
	var names []string
	for rows.Next() {
		var name string
		ok(t, rows.Scan(&name))
		names = append(names, name)
	}
	ok(t, rows.Err())
	return names
}

// A reset takes away what somebody with the former password could have added,
// and leaves the second factor: both ways of resetting do the same. A new table
// of people fails here until somebody decides what a reset does to it.
func TestResetTakesAwayWhatThePasswordAdded(t *testing.T) {
	taken := map[string]bool{"passkeys": true, "sessions": true, "signin_steps": true, "password_resets": true}
	kept := map[string]bool{"recovery_codes": true, "identities": true, "members": true, "visits": true}
	resets := map[string]func(s *store.Store, w storetest.Fixture, token string) (models.ResetOutcome, error){
		"mail": func(s *store.Store, _ storetest.Fixture, token string) (models.ResetOutcome, error) {
			return s.UsePasswordReset(t.Context(), models.Actor{}, token, "new")
		},
		"operator": func(s *store.Store, w storetest.Fixture, _ string) (models.ResetOutcome, error) {
			return s.ResetPassword(t.Context(), w.Owner.ID, "new")
		},
	}
	for name, reset := range resets {
		s, w, _, _, codes := withApp(t)
		token := waysIn(t, s, w)
		ok(t, s.Visit(t.Context(), w.Account.ID, w.Owner.ID))
		db := storetest.DB(t, s)
		out := must(reset(s, w, token))(t)
		if strings.Join(out.Passkeys, " ") != "Laptop Phone" || out.Sessions != 1 || out.User.PasswordHash != "new" {
			t.Errorf("%s: it is said to take %+v", name, out)
		}
		for _, table := range tablesOfPeople(t, db) {
			n := count(t, db, "SELECT count(*) FROM "+table+" WHERE user_id = ?", w.Owner.ID)
			if !taken[table] && !kept[table] {
				t.Errorf("what does a reset do to the table %s?", table)
			}
			if (n == 0) != taken[table] {
				t.Errorf("%s: %d rows are left in %s", name, n, table)
			}
		}
		if u := must(s.User(t.Context(), w.Owner.ID))(t); u.TOTPSince == nil || u.PasswordHash != "new" {
			t.Errorf("%s: the authenticator app is gone, or the password is the former one", name)
		}
		ok(t, s.TakeSecondFactor(t.Context(), models.Actor{}, w.Owner.ID, codes[0]))
		row := must(s.ListAudit(t.Context(), w.Who, models.AuditQuery{Event: models.EventUserPassword}))(t).Rows[0]
		if !strings.Contains(row.After, `"passkeys":["Laptop","Phone"]`) || !strings.Contains(row.After, `"sessions":1`) {
			t.Errorf("%s: the audit says %s", name, row.After)
		}
	}
}

func TestResetForgetsAnAppThatIsBeingSetUp(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	must(s.BeginTOTP(t.Context(), w.Who))(t)
	must(s.ResetPassword(t.Context(), w.Owner.ID, "new"))(t)
	if left := must(s.PendingTOTP(t.Context(), w.Who))(t); left != "" {
		t.Error("whoever began the set-up can still confirm it")
	}
	wantCode(t, "nobody's password", second(s.ResetPassword(t.Context(), 999, "new")), models.CodeNotFound)
}

// Of two uses with one count, one was made by a copy: one passes, in whatever
// order they come. An older count never does.
func TestCountOfAPasskey(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	ok(t, s.AddPasskey(ctx, w.Who, models.Passkey{Name: "Stick", CredentialID: []byte("stick"), Credential: []byte("{}")}))
	p := must(s.Passkeys(ctx, w.Owner.ID))(t)[0]
	use := func(n int64) error {
		u := p
		u.SignCount, u.Credential = n, fmt.Appendf(nil, `{"authenticator":{"signCount":%d}}`, n)
		return s.UsePasskey(ctx, u)
	}
	ok(t, use(0))
	ok(t, use(0)) // it does not count
	for round := range int64(raceRounds) {
		var errs [2]error
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = use(round + 1) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("round %d: %v and %v", round, errs[0], errs[1])
		}
		for _, err := range errs {
			if err != nil {
				wantCode(t, "the copy", err, models.CodeInvalid)
			}
		}
	}
	wantCode(t, "an older count", use(7), models.CodeInvalid)
	wantCode(t, "no count any more", use(0), models.CodeInvalid)
	if now := must(s.Passkeys(ctx, w.Owner.ID))(t)[0]; now.SignCount != raceRounds || !strings.Contains(string(now.Credential), "300") {
		t.Errorf("it is kept with %d and %s", now.SignCount, now.Credential)
	}
	ok(t, s.RemovePasskey(ctx, w.Who, p.ID))
	wantCode(t, "one that is gone", use(301), models.CodeNotFound)
}

// A request that was let in before a reset adds no way in after it.
func TestResetStopsRequestsUnderWay(t *testing.T) {
	s, w, _, _, _ := withApp(t)
	ctx := t.Context()
	storetest.SignIn(t, s, session("thief", w.Owner.ID))
	thief := models.Actor{UserID: w.Owner.ID, SessionID: "thief"}
	must(s.ResetPassword(ctx, w.Owner.ID, "new"))(t)
	for name, err := range map[string]error{
		"a passkey":      s.AddPasskey(ctx, thief, models.Passkey{Name: "x", CredentialID: []byte("x"), Credential: []byte("{}")}),
		"recovery codes": second(s.NewRecoveryCodes(ctx, thief)),
		"the end of 2FA": s.EndTOTP(ctx, thief),
		"a password":     s.ChangePassword(ctx, thief, "new", "theirs", session("next", w.Owner.ID)),
		"an identity":    s.LinkIdentity(ctx, thief, w.Owner.ID, "https://id.example.com", "666"),
	} {
		wantCode(t, name, err, models.CodeUnauthenticated)
	}
}
