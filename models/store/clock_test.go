package store_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store"
	"keywicket/models/storetest"
	"keywicket/models/usage"
)

// jumps are the ways in which a clock is set back.
func jumps() map[string]time.Duration {
	return map[string]time.Duration{"an hour": time.Hour, "a day": 24 * time.Hour, "a year": 365 * 24 * time.Hour}
}

// ahead is a store whose clock is ahead by a jump, and is then set back. noticed
// is true if the store learns of that before the next step.
type ahead struct {
	*store.Store
	*clock
	t    *testing.T
	w    storetest.Fixture
	jump time.Duration
}

// eachJump runs the test for each jump. set returns the clock to the truth.
func eachJump(t *testing.T, test func(t *testing.T, a ahead, set func(notice bool))) {
	for name, jump := range jumps() {
		for how, notice := range map[string]bool{"noticed": true, "not yet noticed": false} {
			t.Run(name+", "+how, func(t *testing.T) {
				c := newClock()
				s := storetest.New(t, storetest.WithNow(c.now))
				a := ahead{s, c, t, storetest.Seed(t, s), jump}
				ok(t, s.FollowClock(t.Context()))
				c.add(jump)
				ok(t, s.FollowClock(t.Context()))
				test(t, a, func(always bool) {
					c.add(-jump)
					if notice || always {
						ok(t, s.FollowClock(t.Context()))
					}
				})
			})
		}
	}
}

// Tries that were made when the clock was ahead are neither forgotten nor kept
// longer than their window.
func TestAttemptsAfterTheClockWasSetBack(t *testing.T) {
	eachJump(t, func(t *testing.T, a ahead, set func(bool)) {
		counts := []models.AttemptCount{{Kind: "email", Value: "ada@example.com", Most: 3}}
		for range 3 {
			ok(t, a.CountAttempt(t.Context(), counts))
		}
		set(false)
		if err := a.CountAttempt(t.Context(), counts); models.CodeOf(err) != models.CodeTooMany {
			t.Errorf("the tries are forgotten: %v", err)
		}
		a.add(models.AttemptWindow)
		ok(t, a.CountAttempt(t.Context(), counts))
	})
}

// A code of an app that was taken ahead of time locks nobody out for more than
// two steps, and is not taken twice in the ordinary way.
func TestTOTPAfterTheClockWasSetBack(t *testing.T) {
	eachJump(t, func(t *testing.T, a ahead, set func(bool)) {
		plain, err := a.BeginTOTP(t.Context(), a.w.Who)
		ok(t, err)
		code := func() string {
			code, err := totp.GenerateCode(plain, a.now())
			ok(t, err)
			return code
		}
		_, err = a.ConfirmTOTP(t.Context(), a.w.Who, code())
		ok(t, err)
		set(false)
		a.add(90 * time.Second)
		ok(t, a.TakeSecondFactor(t.Context(), a.w.Who, a.w.Owner.ID, code()))
		if err := a.TakeSecondFactor(t.Context(), a.w.Who, a.w.Owner.ID, code()); models.CodeOf(err) != models.CodeInvalid {
			t.Errorf("a code was taken twice: %v", err)
		}
	})
}

// "Last used" never lies in the future, and what is used after the clock was
// set back shows.
func TestLastUseAfterTheClockWasSetBack(t *testing.T) {
	eachJump(t, func(t *testing.T, a ahead, set func(bool)) {
		k := storetest.SeedKeys(t, a.Store, a.w.Who, 1)[0]
		use := func(at time.Time, ip string) {
			ok(t, a.AddUsage(t.Context(), usage.Batch{Last: []usage.LastUse{{KeyID: k.ID, At: at, IP: ip}}}))
		}
		last := func(want string) {
			t.Helper()
			d, err := a.Key(t.Context(), a.w.Who, k.Sid)
			ok(t, err)
			if d.LastUsedAt == nil || d.LastUsedAt.After(a.now()) || d.LastUsedIP != want {
				t.Errorf("last used %v by %s, now it is %v", d.LastUsedAt, d.LastUsedIP, a.now())
			}
		}
		use(a.now(), "10.0.0.1")
		recorded := a.now() // but not stored yet
		set(false)
		use(recorded, "10.0.0.2")
		last("10.0.0.2")
		a.add(time.Minute)
		use(a.now(), "10.0.0.3")
		last("10.0.0.3")
	})
}

// A session that began, and a proof that was given, when the clock was ahead
// are no older and no younger than they may be.
func TestSessionsAfterTheClockWasSetBack(t *testing.T) {
	const length = 7 * 24 * time.Hour
	eachJump(t, func(t *testing.T, a ahead, set func(bool)) {
		now := a.now()
		ok(t, a.SignIn(t.Context(), models.SignIn{PasswordHash: a.w.Owner.PasswordHash, Session: models.Session{
			ID: "session", UserID: a.w.Owner.ID, CreatedAt: now, SeenAt: now, ReauthAt: &now, ExpiresAt: now.Add(length),
		}}))
		set(false)
		at := a.now()
		session, err := a.Session(t.Context(), "session")
		ok(t, err)
		if session.RecentlySignedIn(at) {
			t.Error("a proof of the future counts")
		}
		ok(t, a.FollowClock(t.Context())) // within a quarter of a second, in a server
		session, err = a.Session(t.Context(), "session")
		ok(t, err)
		if session.SeenAt.After(at) || session.CreatedAt.After(at) || !session.ExpiresAt.Equal(at.Add(length)) {
			t.Errorf("seen %v, made %v, until %v; now it is %v", session.SeenAt, session.CreatedAt, session.ExpiresAt, at)
		}
		for range 3 { // also when the clock comes to the time of the proof again
			if a.add(a.jump / 3); session.RecentlySignedIn(a.now()) {
				t.Errorf("at %v the proof counts again", a.now())
			}
		}
	})
}

// Links and previous credentials work from now for as long as they were to.
func TestTermsAfterTheClockWasSetBack(t *testing.T) {
	eachJump(t, func(t *testing.T, a ahead, set func(bool)) {
		db := storetest.DB(t, a.Store)
		rows := map[string]string{
			"invitations":     "INSERT INTO invitations (id, account_id, token_hash, email, role, invited_by, inviter_name, created_at, expires_at) VALUES (1, 1, 'a', '', 'member', 1, '', ?, ?)",
			"password_resets": "INSERT INTO password_resets (token_hash, user_id, created_at, expires_at) VALUES ('b', 1, ?, ?)",
			"setup_tokens":    "INSERT INTO setup_tokens (id_hash, created_at, expires_at) VALUES ('c', ?, ?)",
			"sessions":        "INSERT INTO sessions (id, user_id, ip, user_agent, seen_at, created_at, expires_at) VALUES ('d', 1, '', '', '2026-01-01 00:00:00+00:00', ?, ?)",
		}
		for table, insert := range rows {
			if _, err := db.ExecContext(t.Context(), insert, a.now(), a.now().Add(time.Hour)); err != nil {
				t.Fatalf("%s: %v", table, err)
			}
		}
		k := storetest.SeedKeys(t, a.Store, a.w.Who, 1)[0]
		if _, err := db.ExecContext(t.Context(), `INSERT INTO previous_credentials (account_id, key_id, channel, username, hash, secret_hash, prefix, last4, uses, last_used_ip, last_used_api, created_at, ends_at)
			VALUES (?, ?, 'rest', '', x'00', '', '', '', 0, '', '', ?, ?)`, k.AccountID, k.ID, a.now(), a.now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		set(true)
		for table, end := range store.Terms() {
			var created, ends time.Time
			if err := db.QueryRowContext(t.Context(), "SELECT created_at, "+end+" FROM "+table+" LIMIT 1").Scan(&created, &ends); err != nil {
				t.Fatalf("%s: %v", table, err)
			}
			if !created.Equal(a.now()) || !ends.Equal(a.now().Add(time.Hour)) {
				t.Errorf("%s: made %v, until %v; now it is %v", table, created, ends, a.now())
			}
		}
	})
}

// A token that the browser holds is refused when it was made in the future.
func TestChallengesAfterTheClockWasSetBack(t *testing.T) {
	eachJump(t, func(t *testing.T, a ahead, set func(bool)) {
		token, err := a.SealChallenge(models.SignInStep{Purpose: models.SignInPasskey}, models.SignInTTL)
		ok(t, err)
		if _, err := a.OpenChallenge(models.SignInPasskey, token); err != nil {
			t.Fatal(err)
		}
		set(false)
		if _, err := a.OpenChallenge(models.SignInPasskey, token); models.CodeOf(err) != models.CodeNotFound {
			t.Errorf("it is open: %v", err)
		}
	})
}

// A small correction is no jump, and nothing is written for it.
func TestFollowClockIgnoresCorrections(t *testing.T) {
	c := newClock()
	s := storetest.New(t, storetest.WithNow(c.now))
	w := storetest.Seed(t, s)
	ok(t, s.FollowClock(t.Context()))
	k := storetest.SeedKeys(t, s, w.Who, 1)[0]
	c.add(time.Second)
	ok(t, s.FollowClock(t.Context()))
	ok(t, s.AddUsage(t.Context(), usage.Batch{Last: []usage.LastUse{{KeyID: k.ID, At: c.now()}}}))
	c.add(-time.Second / 2)
	ok(t, s.FollowClock(t.Context()))
	d, err := s.Key(t.Context(), w.Who, k.Sid)
	ok(t, err)
	if !d.LastUsedAt.After(c.now()) {
		t.Error("a correction of half a second changed what is stored")
	}
}

// Every time in the database is in one of the lists by which FollowClock works,
// or here, with the reason why it stays.
func TestEveryTimeIsThoughtOf(t *testing.T) {
	const (
		record   = "a record of what the clock said; nothing depends on how long ago it is"
		calendar = "a date that somebody chose"
		special  = "has a rule of its own in settleClock"
	)
	stays := map[string]string{
		"accounts.created_at": record, "accounts.status_at": record, "users.created_at": record, "users.disabled_at": record, "users.totp_since": record,
		"members.created_at": record, "members.disabled_at": record, "apps.created_at": record, "keys.created_at": record,
		"keys.updated_at": record, "keys.credential_at": record, "keys.status_at": record, "keys.expires_at": calendar, "key_ips.created_at": record,
		"audit.at": record, "recovery_codes.used_at": record, "passkeys.created_at": record, "identities.created_at": record,
		"plugins.created_at": record, "sessions.reauth_at": special, "signin_steps.expires_at": special,
	}
	s := storetest.New(t)
	for _, column := range times(t, storetest.DB(t, s)) {
		table, name, _ := strings.Cut(column, ".")
		end, term := store.Terms()[table]
		listed := slices.Contains(store.Moments()[table], name) || term && (name == end || name == "created_at")
		if _, here := stays[column]; listed == here {
			t.Errorf("%s: in the lists of FollowClock %v, kept by this test %v", column, listed, here)
		}
	}
}

// times are the columns that hold times, as table.column.
func times(t *testing.T, db *sql.DB) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.type = 'DATETIME' AND m.name NOT LIKE 'goose%'`)
	ok(t, err)
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var column string
		ok(t, rows.Scan(&column))
		all = append(all, column)
	}
	ok(t, rows.Err())
	if len(all) < 20 {
		t.Fatalf("only %d columns hold times", len(all))
	}
	return all
}

// The present step's code works when the clock is right, whatever was taken.
func TestCheckTOTPNeverTwice(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	plain, err := secret.NewTOTPSecret(strings.NewReader(strings.Repeat("x", 20)))
	ok(t, err)
	next, err := totp.GenerateCode(plain, now.Add(30*time.Second))
	ok(t, err)
	step, right := secret.CheckTOTP(plain, next, now, 0)
	if !right {
		t.Fatal("the next step's code does not count")
	}
	if _, again := secret.CheckTOTP(plain, next, now, step); again {
		t.Error("the next step's code was taken twice")
	}
}
