package store_test

import (
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// accountsOfMia is a person with three active memberships, of which the last one
// is of a sub-account, and two that are over.
type accountsOfMia struct {
	s                                 *store.Store
	mia                               models.User
	former, disabled, first, sub, two models.Account
}

func newAccountsOfMia(t *testing.T, clock *movedClock) accountsOfMia {
	t.Helper()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	f := accountsOfMia{s: s, mia: storetest.SeedUser(t, s, "Mia", "mia@example.com"), former: w.Account}
	disabled := storetest.SeedOther(t, s, "Disabled")
	first := storetest.SeedOther(t, s, "First")
	f.disabled, f.first, f.two = disabled.Account, first.Account, storetest.SeedOther(t, s, "Two").Account
	f.sub = storetest.SeedSubaccount(t, s, first, "Branch").Account
	for _, a := range []models.Account{f.former, f.disabled, f.first, f.sub, f.two} {
		storetest.Join(t, s, a, f.mia, models.RoleMember)
	}
	ok(t, s.RemoveMember(t.Context(), w.Who, f.mia.ID, models.Departure{Keys: models.KeysLeave}))
	ok(t, s.DisableMember(t.Context(), disabled.Who, f.mia.ID, models.Departure{Keys: models.KeysLeave}))
	return f
}

// visit notes that Mia is in the accounts, one after the other.
func (f accountsOfMia) visit(t *testing.T, clock *movedClock, accounts ...models.Account) {
	t.Helper()
	for _, a := range accounts {
		ok(t, f.s.Visit(t.Context(), a.ID, f.mia.ID))
		clock.pass(time.Hour)
	}
}

// doEverything does each thing that people do to themselves, and returns the
// events.
func (f accountsOfMia) doEverything(t *testing.T, clock *movedClock) []models.Event {
	t.Helper()
	ctx, who := t.Context(), models.Actor{UserID: f.mia.ID, IP: "192.0.2.1"}
	signIn := func(id string) models.Actor {
		now := clock.now()
		in := models.SignIn{Session: models.Session{ID: id, UserID: f.mia.ID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)}}
		in.PasswordHash = must(f.s.User(ctx, f.mia.ID))(t).PasswordHash
		ok(t, f.s.SignIn(ctx, in))
		return models.Actor{UserID: f.mia.ID, SessionID: id}
	}
	ok(t, f.s.SignOut(ctx, signIn("one")))
	ok(t, f.s.SignOutEverywhere(ctx, signIn("two")))
	ok(t, f.s.RecordFailedSignIn(ctx, "192.0.2.1", f.mia))
	ok(t, f.s.RecordFailedReauth(ctx, who, "password"))
	ok(t, f.s.ChangePassword(ctx, who, "-", "another", session("next", f.mia.ID)))
	ok(t, f.s.UpdateProfile(ctx, who, func(u *models.User) { u.Name += "!" }))
	secret := must(f.s.BeginTOTP(ctx, who))(t)
	codes := must(f.s.ConfirmTOTP(ctx, who, appCode(t, secret, clock.now())))(t)
	ok(t, f.s.TakeSecondFactor(ctx, who, f.mia.ID, codes[0]))
	must(f.s.NewRecoveryCodes(ctx, who))(t)
	ok(t, f.s.EndTOTP(ctx, who))
	ok(t, f.s.AddPasskey(ctx, who, models.Passkey{Name: "Laptop", CredentialID: []byte("id"), Credential: []byte("{}")}))
	keys := must(f.s.Passkeys(ctx, f.mia.ID))(t)
	ok(t, f.s.RemovePasskey(ctx, who, keys[0].ID))
	ok(t, f.s.LinkIdentity(ctx, who, f.mia.ID, "https://id.example", "mia"))
	must(f.s.UnlinkIdentities(ctx, f.mia.ID))(t)
	_, token, err := f.s.NewPasswordReset(ctx, models.Actor{}, f.mia.Email)
	ok(t, err)
	must(f.s.UsePasswordReset(ctx, models.Actor{}, token, "-"))(t)
	must(f.s.ResetSecondFactor(ctx, f.mia.ID))(t)
	return []models.Event{
		models.EventUserSignIn, models.EventUserSignOut, models.EventUserSignIn, models.EventUserSignOutAll, models.EventUserSignInFailed,
		models.EventUserReauthFailed, models.EventUserPassword, models.EventUserUpdate, models.EventUserTOTPOn, models.EventUserRecoveryUse,
		models.EventUserRecoveryNew, models.EventUserTOTPOff, models.EventPasskeyAdd, models.EventPasskeyRemove, models.EventUserSSOLink,
		models.EventUserSSOUnlink, models.EventUserForgot, models.EventUserPassword, models.EventUserTOTPReset,
	}
}

// What people do to themselves is in the audit of one account, the same for
// everything: the one that they were in last, else their first. No account that
// they left, or where they are disabled, learns of it.
func TestAuditOfAPersonIsInOneAccount(t *testing.T) {
	for what, c := range map[string]struct {
		visits func(accountsOfMia) []models.Account
		want   func(accountsOfMia) int64
	}{
		"they were in none": {func(accountsOfMia) []models.Account { return nil }, func(f accountsOfMia) int64 { return f.first.ID }},
		"they were in the last one": {
			func(f accountsOfMia) []models.Account { return []models.Account{f.first, f.two} }, func(f accountsOfMia) int64 { return f.two.ID },
		},
		"they were in a sub-account": {
			func(f accountsOfMia) []models.Account { return []models.Account{f.two, f.sub} }, func(f accountsOfMia) int64 { return f.sub.ID },
		},
		"they were in one that they left": {
			func(f accountsOfMia) []models.Account { return []models.Account{f.two, f.disabled, f.former} },
			func(f accountsOfMia) int64 { return f.two.ID },
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			clock := &movedClock{at: time.Now().UTC().Truncate(time.Second)}
			f := newAccountsOfMia(t, clock)
			f.visit(t, clock, c.visits(f)...)
			db := storetest.DB(t, f.s)
			from := count(t, db, "SELECT max(id) FROM audit")
			want := f.doEverything(t, clock)
			if got := auditedAfter(t, db, from); !slices.Equal(got, inAccount(want, c.want(f))) {
				t.Errorf("audited\n%v, want\n%v", got, inAccount(want, c.want(f)))
			}
			if r := verify(t, f.s); !r.OK {
				t.Errorf("the audit: %+v", r)
			}
		})
	}
}

// Owners of a master enter its sub-accounts, whose audit has nothing of how they
// sign in.
func TestAuditOfAMastersOwnerIsInTheMaster(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	sub := storetest.SeedSubaccount(t, s, w, "Branch")
	ok(t, s.Visit(t.Context(), sub.Account.ID, w.Owner.ID))
	db := storetest.DB(t, s)
	from := count(t, db, "SELECT max(id) FROM audit")
	ok(t, s.RecordFailedSignIn(t.Context(), "192.0.2.1", w.Owner))
	if got, want := auditedAfter(t, db, from), inAccount([]models.Event{models.EventUserSignInFailed}, w.Account.ID); !slices.Equal(got, want) {
		t.Errorf("audited %v, want %v", got, want)
	}
}

// A person whose memberships are all over signs in to nobody's audit.
func TestAuditOfAPersonWithoutAccounts(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	mia := storetest.SeedMember(t, s, w.Account, "Mia", "mia@example.com", models.RoleMember)
	ok(t, s.Visit(t.Context(), w.Account.ID, mia.UserID))
	ok(t, s.DisableMember(t.Context(), w.Who, mia.UserID, models.Departure{Keys: models.KeysLeave}))
	db := storetest.DB(t, s)
	from := count(t, db, "SELECT max(id) FROM audit")
	ok(t, s.RecordFailedSignIn(t.Context(), "192.0.2.1", must(s.User(t.Context(), mia.UserID))(t)))
	if got, want := auditedAfter(t, db, from), inAccount([]models.Event{models.EventUserSignInFailed}, 0); !slices.Equal(got, want) {
		t.Errorf("audited %v, want %v", got, want)
	}
}

func inAccount(events []models.Event, id int64) []string {
	var all []string
	for _, e := range events {
		all = append(all, fmt.Sprintf("%d %s", id, e))
	}
	return all
}

// auditedAfter returns the account and the event of the rows after the id from.
func auditedAfter(t *testing.T, db *sql.DB, from int) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT account_id || ' ' || event FROM audit WHERE id > ? ORDER BY id", from)
	ok(t, err)
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var s string
		ok(t, rows.Scan(&s))
		all = append(all, s)
	}
	ok(t, rows.Err())
	return all
}

// Of two requests that sign the same session out, one is recorded.
func TestSignOutIsRecordedOnce(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	who := models.Actor{UserID: w.Owner.ID, SessionID: "here", IP: "192.0.2.1"}
	storetest.SignIn(t, s, session("here", w.Owner.ID))
	db := storetest.DB(t, s)
	ok(t, s.SignOut(t.Context(), who))
	ok(t, s.SignOut(t.Context(), who))
	wantCode(t, "the session", second(s.Session(t.Context(), "here")), models.CodeNotFound)
	if n := count(t, db, "SELECT count(*) FROM audit WHERE event = ? AND actor_id = ? AND actor_email = ?", models.EventUserSignOut, w.Owner.ID, w.Owner.Email); n != 1 {
		t.Errorf("%d rows", n)
	}
	storetest.SignIn(t, s, session("one", w.Owner.ID))
	storetest.SignIn(t, s, session("other", w.Owner.ID))
	ok(t, s.SignOutEverywhere(t.Context(), models.Actor{UserID: w.Owner.ID, SessionID: "one"}))
	if all := must(s.ListSessions(t.Context(), w.Owner.ID))(t); len(all) != 0 {
		t.Errorf("%d sessions after signing out everywhere", len(all))
	}
}
