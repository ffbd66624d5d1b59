package store_test

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"keywicket/models"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// movedClock is a time that tests move.
type movedClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *movedClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *movedClock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// withApp is a store whose owner has an authenticator app, its secret and the
// recovery codes.
func withApp(t *testing.T) (*store.Store, storetest.Fixture, *movedClock, string, []string) {
	t.Helper()
	c := &movedClock{at: time.Now().UTC().Truncate(time.Second)}
	s := storetest.New(t, storetest.WithNow(c.now))
	w := storetest.Seed(t, s)
	secret := must(s.BeginTOTP(t.Context(), w.Who))(t)
	codes := must(s.ConfirmTOTP(t.Context(), w.Who, appCode(t, secret, c.now())))(t)
	return s, w, c, secret, codes
}

func appCode(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	return must(totp.GenerateCode(secret, at))(t)
}

func TestSetUpOfAnApp(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	wantCode(t, "confirming what was not begun", second(s.ConfirmTOTP(ctx, w.Who, "123456")), models.CodeConflict)
	first := must(s.BeginTOTP(ctx, w.Who))(t)
	secret := must(s.BeginTOTP(ctx, w.Who))(t)
	if first == secret || must(s.PendingTOTP(ctx, w.Who))(t) != secret {
		t.Error("beginning anew gives the former secret")
	}
	wantCode(t, "a code of the former secret", second(s.ConfirmTOTP(ctx, w.Who, appCode(t, first, time.Now()))), models.CodeInvalid)
	if u := must(s.User(ctx, w.Owner.ID))(t); u.TOTPSince != nil || strings.Contains(string(u.TOTPSealed), secret) {
		t.Error("an app that is not confirmed counts, or its secret is kept in plain")
	}
	code := appCode(t, secret, time.Now())
	codes := must(s.ConfirmTOTP(ctx, w.Who, code))(t)
	if len(codes) != 10 || must(s.PendingTOTP(ctx, w.Who))(t) != "" {
		t.Errorf("%d codes, and the secret can be seen again", len(codes))
	}
	wantCode(t, "beginning with an app in use", second(s.BeginTOTP(ctx, w.Who)), models.CodeConflict)
	wantCode(t, "the code that confirmed, at a log-in", s.TakeSecondFactor(ctx, models.Actor{}, w.Owner.ID, code), models.CodeInvalid)
	ok(t, s.EndTOTP(ctx, w.Who))
	wantCode(t, "a code without an app", s.TakeSecondFactor(ctx, models.Actor{}, w.Owner.ID, codes[0]), models.CodeConflict)
	if used := must(s.RecoveryCodes(ctx, w.Owner.ID))(t); len(used) != 0 {
		t.Error("recovery codes outlive the app")
	}
	wantEvents(t, s, w, models.EventUserTOTPOff, models.EventUserTOTPOn)
}

// wantEvents checks the last events of the account, the newest first.
func wantEvents(t *testing.T, s *store.Store, w storetest.Fixture, want ...models.Event) {
	t.Helper()
	page := must(s.ListAudit(t.Context(), w.Who, models.AuditQuery{Page: 1}))(t)
	for i, e := range want {
		if page.Rows[i].Event != e {
			t.Errorf("event %d is %s, want %s", i, page.Rows[i].Event, e)
		}
	}
}

// Of many tries with one code at once, one gets in.
func TestACodeIsTakenOnce(t *testing.T) {
	s, w, c, secret, codes := withApp(t)
	c.pass(time.Minute)
	for _, code := range []string{appCode(t, secret, c.now()), codes[3]} {
		var wg sync.WaitGroup
		results := make([]error, 16)
		for i := range results {
			wg.Go(func() { results[i] = s.TakeSecondFactor(t.Context(), models.Actor{}, w.Owner.ID, code) })
		}
		wg.Wait()
		in := 0
		for _, err := range results {
			if err == nil {
				in++
			} else if models.CodeOf(err) != models.CodeInvalid {
				t.Error(err)
			}
		}
		if in != 1 {
			t.Errorf("%d got in by the code %q", in, code)
		}
	}
}

func TestRecoveryCodesOfAPerson(t *testing.T) {
	s, w, c, _, codes := withApp(t)
	ctx := t.Context()
	other := storetest.SeedOther(t, s, "Other")
	secret := must(s.BeginTOTP(ctx, other.Who))(t)
	must(s.ConfirmTOTP(ctx, other.Who, appCode(t, secret, c.now())))(t)
	wantCode(t, "somebody else's code", s.TakeSecondFactor(ctx, models.Actor{}, other.Owner.ID, codes[0]), models.CodeInvalid)
	ok(t, s.TakeSecondFactor(ctx, models.Actor{IP: "192.0.2.1"}, w.Owner.ID, strings.ToUpper(codes[0])))
	wantEvents(t, s, w, models.EventUserRecoveryUse)
	used := must(s.RecoveryCodes(ctx, w.Owner.ID))(t)
	if len(used) != 10 || used[0] == nil || used[1] != nil {
		t.Errorf("used: %v", used)
	}
	again := must(s.NewRecoveryCodes(ctx, w.Who))(t)
	wantCode(t, "a code of the former set", s.TakeSecondFactor(ctx, models.Actor{}, w.Owner.ID, codes[1]), models.CodeInvalid)
	ok(t, s.TakeSecondFactor(ctx, models.Actor{}, w.Owner.ID, again[9]))
	rows := dump(t, storetest.DB(t, s))
	for _, c := range append(append(codes, again...), secret) {
		if strings.Contains(rows, c) {
			t.Errorf("%s is in the database", c)
		}
	}
}

func TestResetSecondFactor(t *testing.T) {
	s, w, _, _, codes := withApp(t)
	ctx := t.Context()
	now := time.Now().UTC()
	storetest.SignIn(t, s, models.Session{ID: "x", UserID: w.Owner.ID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)})
	must(s.ResetSecondFactor(ctx, w.Owner.ID))(t)
	if u := must(s.User(ctx, w.Owner.ID))(t); u.TOTPSince != nil || u.TOTPSealed != nil || u.TOTPKEKID != "" {
		t.Errorf("%+v", u)
	}
	wantCode(t, "a session", second(s.Session(ctx, "x")), models.CodeNotFound)
	wantCode(t, "a recovery code", s.TakeSecondFactor(ctx, models.Actor{}, w.Owner.ID, codes[0]), models.CodeConflict)
	wantEvents(t, s, w, models.EventUserTOTPReset)
}

// A new master key seals the secrets of apps too, and a secret opens for its
// own person alone.
func TestResealIncludesAuthenticatorApps(t *testing.T) {
	o := storetest.Options(t)
	s := storetest.Open(t, o)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	secret := must(s.BeginTOTP(ctx, w.Who))(t)
	must(s.ConfirmTOTP(ctx, w.Who, appCode(t, secret, time.Now())))(t)
	before := must(s.User(ctx, w.Owner.ID))(t)
	must(s.Reseal(ctx))(t)
	after := must(s.User(ctx, w.Owner.ID))(t)
	if after.TOTPKEKID == before.TOTPKEKID || after.TOTPKEKID != o.Box.ActiveID() || string(after.TOTPSealed) == string(before.TOTPSealed) {
		t.Fatalf("sealed by %s, then by %s", before.TOTPKEKID, after.TOTPKEKID)
	}
	forget(t, filepath.Join(filepath.Dir(o.Path), "master.key"), before.TOTPKEKID)
	ok(t, o.Box.Reload())
	ok(t, s.TakeSecondFactor(ctx, models.Actor{}, w.Owner.ID, appCode(t, secret, time.Now().Add(30*time.Second))))

	other := storetest.SeedUser(t, s, "Eve", "eve@example.com")
	run(t, storetest.DB(t, s), "UPDATE users SET totp_sealed = (SELECT totp_sealed FROM users WHERE id = ?), totp_kek_id = ?, totp_since = ? WHERE id = ?", w.Owner.ID, after.TOTPKEKID, time.Now().UTC(), other.ID)
	wantCode(t, "a secret moved to another row", s.TakeSecondFactor(ctx, models.Actor{}, other.ID, appCode(t, secret, time.Now())), models.CodeUnavailable)
}

func TestSignInSteps(t *testing.T) {
	c := &movedClock{at: time.Now().UTC().Truncate(time.Second)}
	s := storetest.New(t, storetest.WithNow(c.now))
	ctx := t.Context()
	begin := func() string {
		return must(s.BeginSignInStep(ctx, models.SignInStep{Purpose: models.SignInCode, UserID: 7, Data: []byte("x")}, time.Minute))(t)
	}
	token := begin()
	if strings.Contains(dumpOf(t, s, "signin_steps"), token) {
		t.Error("the token is in the database")
	}
	step := must(s.SignInStep(ctx, models.SignInCode, token))(t)
	if step.UserID != 7 || string(step.Data) != "x" {
		t.Errorf("%+v", step)
	}
	wantCode(t, "for something else", second(s.SignInStep(ctx, models.SignInPasskey, token)), models.CodeNotFound)
	if must(s.EndSignInStep(ctx, models.SignInPasskey, token))(t) {
		t.Error("it was ended for something else")
	}
	for range 5 {
		ok(t, s.TrySignInStep(ctx, models.SignInCode, token, 5))
	}
	wantCode(t, "a try too many", s.TrySignInStep(ctx, models.SignInCode, token, 5), models.CodeNotFound)
	wantCode(t, "after a try too many", second(s.SignInStep(ctx, models.SignInCode, token)), models.CodeNotFound)

	token = begin()
	if !must(s.EndSignInStep(ctx, models.SignInCode, token))(t) || must(s.EndSignInStep(ctx, models.SignInCode, token))(t) {
		t.Error("it is not used once")
	}
	token = begin()
	c.pass(time.Minute)
	wantCode(t, "one that is too old", second(s.SignInStep(ctx, models.SignInCode, token)), models.CodeNotFound)
	if must(s.EndSignInStep(ctx, models.SignInCode, token))(t) {
		t.Error("an old one was used")
	}
	begin()
	if n := strings.Count(dumpOf(t, s, "signin_steps"), "\n"); n != 1 {
		t.Errorf("%d rows: old ones stay", n)
	}
	for _, bad := range []string{"", "x", token + "x"} {
		if err := s.TrySignInStep(ctx, models.SignInCode, bad, 5); models.CodeOf(err) != models.CodeNotFound {
			t.Errorf("%q: %v", bad, errors.Unwrap(err))
		}
	}
}

func dumpOf(t *testing.T, s *store.Store, table string) string {
	t.Helper()
	var b strings.Builder
	dumpTable(t, storetest.DB(t, s), table, &b)
	return b.String()
}
