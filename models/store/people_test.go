package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/storetest"
)

func owner() models.NewOwner {
	return models.NewOwner{AccountName: "北京", Name: "O", Email: " O@Example.COM", PasswordHash: "hash", Language: "zh-CN", Preset: true}
}

func TestSetup(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	ctx := t.Context()
	valid := func(token string) bool { return must(s.SetupTokenValid(ctx, token))(t) }
	old := must(s.NewSetupToken(ctx, models.SetupTTL))(t)
	token := must(s.NewSetupToken(ctx, models.SetupTTL))(t)
	if valid(old) || !valid(token) || valid("") || valid(secret.HashToken(token)) {
		t.Error("not exactly the newest token holds")
	}
	if n := count(t, storetest.DB(t, s), "SELECT count(*) FROM setup_tokens WHERE id_hash = ?", token); n != 0 {
		t.Error("the token itself is stored")
	}
	_, _, err := s.CreateOwner(ctx, old, owner())
	wantCode(t, "a replaced link", err, models.CodeNotFound)
	clock.add(models.SetupTTL)
	if valid(token) {
		t.Error("the token holds after its time")
	}
	_, _, err = s.CreateOwner(ctx, token, owner())
	wantCode(t, "an expired link", err, models.CodeNotFound)
	token = must(s.NewSetupToken(ctx, models.SetupTTL))(t)
	bad := owner()
	bad.Email = "nobody"
	_, _, err = s.CreateOwner(ctx, token, bad)
	wantCode(t, "a bad e-mail", err, models.CodeInvalid)
	if !valid(token) || must(s.OwnerExists(ctx))(t) {
		t.Error("a refused form used the link up")
	}
	u, a, err := s.CreateOwner(ctx, token, owner())
	ok(t, err)
	if u.Email != "o@example.com" || a.Slug != "account" || a.KeyVisibility != models.Revealable || a.Status != models.AccountActive {
		t.Errorf("made %+v, %+v", u, a)
	}
	if valid(token) || !must(s.OwnerExists(ctx))(t) {
		t.Error("the link holds after its use")
	}
	_, _, err = s.CreateOwner(ctx, token, owner())
	wantCode(t, "a second owner", err, models.CodeConflict)
	_, _, err = s.CreateOwner(ctx, "", owner())
	wantCode(t, "a second owner from the command line", err, models.CodeConflict)
	wantCode(t, "one more link", second(s.NewSetupToken(ctx, time.Hour)), models.CodeConflict)

	got, m, err := s.AccountFor(ctx, a.Slug, u.ID)
	ok(t, err)
	if got.ID != a.ID || m.Role != models.RoleOwner {
		t.Errorf("got %+v, %+v", got, m)
	}
	who := must(s.OwnerActor(ctx, ""))(t)
	if who.AccountID != a.ID || who.UserID != u.ID || who.Role != models.RoleOwner || who.Name != "O" {
		t.Errorf("actor %+v", who)
	}
	if c := must(s.NavCounts(ctx, who))(t); c.APIs < 50 || c.Keys != 0 {
		t.Errorf("figures %+v", c)
	}
}

func TestSetupIsDoneOnceAlsoAtTheSameMoment(t *testing.T) {
	s := storetest.New(t)
	token := must(s.NewSetupToken(t.Context(), time.Hour))(t)
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		wg.Go(func() {
			o := owner()
			o.Email = fmt.Sprintf("o%d@example.com", i)
			_, _, errs[i] = s.CreateOwner(t.Context(), token, o)
		})
	}
	wg.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		}
	}
	if n := count(t, storetest.DB(t, s), "SELECT count(*) FROM accounts"); made != 1 || n != 1 {
		t.Errorf("%d owners were told that they are, %d accounts", made, n)
	}
}

// profile returns a change of what a person chooses for themselves.
func profile(name, language, theme string) func(*models.User) {
	return func(u *models.User) { u.Name, u.Language, u.Theme = name, language, theme }
}

func TestPeople(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	u := must(s.UserByEmail(ctx, " OLIVIA@example.com"))(t)
	if u.ID != w.Owner.ID {
		t.Errorf("found %+v", u)
	}
	for _, email := range []string{"nobody@example.com", "", "' OR 1=1 --", "%"} {
		wantCode(t, email, second(s.UserByEmail(ctx, email)), models.CodeNotFound)
	}
	wantCode(t, "no user", second(s.User(ctx, 0)), models.CodeNotFound)
	ok(t, s.UpdateProfile(ctx, w.Who, profile("Olivia", "zh-CN", "dark")))
	if u = must(s.User(ctx, u.ID))(t); u.Name != "Olivia" || u.Language != "zh-CN" || u.Theme != "dark" {
		t.Errorf("profile %+v", u)
	}
	wantCode(t, "a language", s.UpdateProfile(ctx, w.Who, profile("O", "tlh", "")), models.CodeInvalid)
	wantCode(t, "a theme", s.UpdateProfile(ctx, w.Who, profile("O", "", "pink")), models.CodeInvalid)
	wantCode(t, "nobody's profile", s.UpdateProfile(ctx, models.Actor{UserID: 999}, profile("O", "", "")), models.CodeUnauthenticated)
	for _, id := range []string{"here", "there"} {
		storetest.SignIn(t, s, session(id, u.ID))
	}
	self := models.Actor{UserID: u.ID, SessionID: "here"}
	stale := s.ChangePassword(ctx, self, "the one before", "new", session("next", u.ID))
	wantCode(t, "a password that was changed since", stale, models.CodeConflict)
	ok(t, s.ChangePassword(ctx, self, u.PasswordHash, "new", session("next", u.ID)))
	late := s.ChangePassword(ctx, self, "new", "newer", session("later", u.ID))
	wantCode(t, "by a session that has ended", late, models.CodeUnauthenticated)
	if u = must(s.User(ctx, u.ID))(t); u.PasswordHash != "new" {
		t.Errorf("password hash %q", u.PasswordHash)
	}
	must(s.Session(ctx, "next"))(t)
	for _, id := range []string{"here", "there"} {
		wantCode(t, "the session "+id+" after a new password", second(s.Session(ctx, id)), models.CodeNotFound)
	}
	must(s.ResetPassword(ctx, u.ID, "reset"))(t)
	wantCode(t, "the session after a reset", second(s.Session(ctx, "next")), models.CodeNotFound)
	old := s.SignIn(ctx, models.SignIn{Session: session("old", u.ID), PasswordHash: "new"})
	wantCode(t, "a sign-in by the former password", old, models.CodeInvalid)
}

func session(id string, userID int64) models.Session {
	now := time.Now()
	return models.Session{ID: id, UserID: userID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)}
}

func TestAccounts(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	o := storetest.SeedOther(t, s, "Other")
	ctx := t.Context()
	_, _, err := s.AccountFor(ctx, o.Account.Slug, w.Owner.ID)
	wantCode(t, "an account of others", err, models.CodeNotFound)
	_, _, err = s.AccountFor(ctx, "nothing", w.Owner.ID)
	wantCode(t, "no account", err, models.CodeNotFound)
	if mine := must(s.AccountsOf(ctx, w.Owner.ID))(t); len(mine) != 1 || mine[0].Slug != "acme" || mine[0].Role != models.RoleOwner {
		t.Errorf("memberships %+v", mine)
	}
	if all := must(s.Accounts(ctx))(t); len(all) != 2 || all[0].Apps != 3 || all[0].Slug != "acme" {
		t.Errorf("accounts %+v", all)
	}
	wantCode(t, "which account", second(s.OwnerActor(ctx, "")), models.CodeInvalid)
	wantCode(t, "no account", second(s.OwnerActor(ctx, "nothing")), models.CodeNotFound)
	if who := must(s.OwnerActor(ctx, "other"))(t); who.AccountID != o.Account.ID {
		t.Errorf("actor %+v", who)
	}
	a := w.Account
	a.Name, a.KeyVisibility, a.PassUnknownAPIs, a.KeyInQuery = "Acme 2", models.ShowOnce, true, true
	a.ErrorDialect, a.RatePerSecond = models.DialectJodoo, 50
	a.Slug, a.Status, a.ID = "stolen", models.AccountSuspended, o.Account.ID
	ok(t, s.UpdateAccount(ctx, w.Who, as(a)))
	got, _, err := s.AccountFor(ctx, "acme", w.Owner.ID)
	ok(t, err)
	a.Slug, a.Status, a.ID, a.CreatedAt = "acme", models.AccountActive, w.Account.ID, got.CreatedAt
	if got != a {
		t.Errorf("got %+v, want %+v", got, a)
	}
	a.PassUnknownAPIs, a.KeyInQuery, a.RatePerSecond = false, false, 0
	ok(t, s.UpdateAccount(ctx, w.Who, as(a))) // back to zero values
	if got, _, _ = s.AccountFor(ctx, "acme", w.Owner.ID); got != a {
		t.Errorf("got %+v, want %+v", got, a)
	}
	rows := must(s.ListAudit(ctx, w.Who, models.AuditQuery{Event: models.EventAccountUpdate}))(t).Rows
	if len(rows) != 2 || rows[0].After != `{"key_in_query":false,"pass_unknown_apis":false,"rate_per_second":0}` {
		t.Errorf("audit %+v", rows)
	}
	a.ErrorDialect = "xml"
	wantCode(t, "a dialect", s.UpdateAccount(ctx, w.Who, as(a)), models.CodeInvalid)
	if got, _, _ := s.AccountFor(ctx, "other", o.Owner.ID); got.Name != "Other" {
		t.Errorf("the other account is now %+v", got)
	}
}

func TestSessions(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	ctx := t.Context()
	for i := range 3 {
		storetest.SignIn(t, s, models.Session{
			ID: fmt.Sprint("s", i), UserID: w.Owner.ID, IP: "192.0.2.7", UserAgent: "Firefox", CreatedAt: clock.now(),
			SeenAt: clock.now().Add(time.Duration(i) * time.Minute), ExpiresAt: clock.now().Add(time.Duration(i+1) * time.Hour),
		})
	}
	seen := clock.now().Add(20 * time.Minute)
	ok(t, s.TouchSession(ctx, "s0", seen, []byte("flash")))
	if got := must(s.Session(ctx, "s0"))(t); !got.SeenAt.Equal(seen) || string(got.Values) != "flash" || got.IP != "192.0.2.7" {
		t.Errorf("session %+v", got)
	}
	wantCode(t, "touch what is gone", s.TouchSession(ctx, "s9", seen, nil), models.CodeNotFound)
	list := must(s.ListSessions(ctx, w.Owner.ID))(t)
	if len(list) != 3 || list[0].ID != "s0" || list[1].ID != "s2" {
		t.Errorf("sessions %+v", list)
	}
	clock.add(time.Hour)
	wantCode(t, "a session at its end", second(s.Session(ctx, "s0")), models.CodeNotFound)
	if n := must(s.PruneSessions(ctx))(t); n != 1 {
		t.Errorf("pruned %d", n)
	}
	must(s.Session(ctx, "s2"))(t)
	run(t, storetest.DB(t, s), "UPDATE users SET disabled_at = '2026-01-01' WHERE id = ?", w.Owner.ID)
	wantCode(t, "a disabled person's session", second(s.Session(ctx, "s2")), models.CodeNotFound)
	ok(t, s.DeleteSession(ctx, "s2"))
	ok(t, s.DeleteSession(ctx, "s2"))
}

func TestAttempts(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	ctx := t.Context()
	for i := range models.MaxAttempts {
		ok(t, s.CountAttempt(ctx, models.SignInAttempts("Olivia@example.com ", fmt.Sprintf("192.0.2.%d", i))))
		clock.add(time.Second)
	}
	err := s.CountAttempt(ctx, models.SignInAttempts("olivia@example.com", "198.51.100.1"))
	wantCode(t, "the 21st guess", err, models.CodeTooMany)
	clock.add(14 * time.Minute)
	wantCode(t, "later", s.CountAttempt(ctx, models.SignInAttempts("olivia@example.com", "198.51.100.1")), models.CodeTooMany)
	ok(t, s.CountAttempt(ctx, models.SignInAttempts("somebody@example.com", "198.51.100.1")))
	clock.add(40 * time.Second) // the first has left the window
	ok(t, s.CountAttempt(ctx, models.SignInAttempts("olivia@example.com", "198.51.100.1")))
	wantCode(t, "one for one", s.CountAttempt(ctx, models.SignInAttempts("olivia@example.com", "198.51.100.1")), models.CodeTooMany)
	ok(t, s.RefundAttempt(ctx, models.SignInAttempts("olivia@example.com", "198.51.100.1")))
	ok(t, s.CountAttempt(ctx, models.SignInAttempts("olivia@example.com", "198.51.100.1")))
	wantCode(t, "more for somebody else", s.CountAttempt(ctx, models.SignInAttempts("olivia@example.com", "203.0.113.1")), models.CodeTooMany)
	for range 3 * models.MaxAttemptsPerAddress { // the right password, again and again
		ok(t, s.CountAttempt(ctx, models.SignInAttempts("ann@example.com", "203.0.113.2")))
		ok(t, s.RefundAttempt(ctx, models.SignInAttempts("ann@example.com", "203.0.113.2")))
	}
	for i := range models.MaxAttemptsPerAddress {
		err = s.CountAttempt(ctx, models.SignInAttempts(fmt.Sprintf("p%d@example.com", i), fmt.Sprintf("2001:db8::%x", i+1)))
		ok(t, err)
	}
	wantCode(t, "the 61st of a network", s.CountAttempt(ctx, models.SignInAttempts("x@example.com", "2001:db8::ffff")), models.CodeTooMany)
	ok(t, s.CountAttempt(ctx, models.SignInAttempts("x@example.com", "2001:db8:1::1")))
	if n := count(t, storetest.DB(t, s), "SELECT count(*) FROM attempts WHERE subject LIKE '%example%'"); n != 0 {
		t.Error("what was typed is stored")
	}
}

func TestAttemptsAtTheSameMoment(t *testing.T) {
	s := storetest.New(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	taken := 0
	for range 64 {
		wg.Go(func() {
			if s.CountAttempt(t.Context(), models.SignInAttempts("o@example.com", "192.0.2.1")) == nil {
				mu.Lock()
				taken++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if taken != models.MaxAttempts {
		t.Errorf("%d guesses were taken", taken)
	}
}

// What people do to themselves stands in the audit of their account, also
// where it is done outside of every account.
func TestProfileIsInTheAudit(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	self := models.Actor{UserID: w.Owner.ID, Name: w.Owner.Name, IP: "10.0.0.9"} // as on the profile page
	ok(t, s.UpdateProfile(ctx, self, profile("Somebody Else", "en", "dark")))
	ok(t, s.UpdateProfile(ctx, self, profile("Somebody Else", "zh-CN", "light")))
	storetest.SignIn(t, s, session("next", w.Owner.ID))
	ok(t, s.ChangePassword(ctx, self, "-", "new", session("after", w.Owner.ID)))
	must(s.ResetPassword(ctx, w.Owner.ID, "reset"))(t)
	rows := must(s.ListAudit(ctx, w.Who, models.AuditQuery{Event: "user."}))(t).Rows
	var got []string
	for _, r := range rows {
		got = append(got, string(r.Event)+" by "+r.ActorName+" "+r.Before+r.After)
	}
	want := []string{
		`user.password by command line {"sessions":1}`, "user.password by Somebody Else ",
		`user.update by Olivia Owner {"name":"Olivia Owner"}{"name":"Somebody Else"}`, `user.create by Olivia Owner {"role":"owner"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// as makes the account what a is.
func as(a models.Account) func(*models.Account) { return func(x *models.Account) { *x = a } }

// Two people who save two sections at the same moment undo nothing of each
// other's.
func TestSettingsChangeWhatTheyAreAboutAlone(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			ok(t, s.UpdateAccount(ctx, w.Who, func(a *models.Account) { a.PassUnknownAPIs = !a.PassUnknownAPIs }))
		})
		wg.Go(func() {
			ok(t, s.UpdateAccount(ctx, w.Who, func(a *models.Account) { a.RatePerSecond++ }))
		})
	}
	wg.Wait()
	a, _, err := s.AccountFor(ctx, w.Account.Slug, w.Owner.ID)
	ok(t, err)
	if a.PassUnknownAPIs || a.RatePerSecond != 50 {
		t.Errorf("after 50 changes of each: %+v", a)
	}
}
