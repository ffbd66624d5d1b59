package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/storetest"
)

func TestChallenges(t *testing.T) {
	c := &movedClock{at: time.Now().UTC().Truncate(time.Second)}
	s := storetest.New(t, storetest.WithNow(c.now))
	step := models.SignInStep{Purpose: models.SignInPasskey, UserID: 7, Data: []byte("x")}
	token := must(s.SealChallenge(step, time.Minute))(t)
	if got := must(s.OpenChallenge(models.SignInPasskey, token))(t); got.UserID != 7 || string(got.Data) != "x" {
		t.Errorf("it holds %+v", got)
	}
	wantCode(t, "for something else", second(s.OpenChallenge(models.SignInReauth, token)), models.CodeNotFound)
	body, sum, _ := strings.Cut(token, ".")
	other, _, _ := strings.Cut(must(s.SealChallenge(models.SignInStep{Purpose: models.SignInPasskey, UserID: 8}, time.Hour))(t), ".")
	for _, bad := range []string{"", ".", "x", body, body + ".", "." + sum, other + "." + sum, token + "A"} {
		wantCode(t, "forged: "+bad, second(s.OpenChallenge(models.SignInPasskey, bad)), models.CodeNotFound)
		wantCode(t, "spent, forged: "+bad, s.SpendChallenge(t.Context(), bad), models.CodeNotFound)
	}
	if strings.Count(dumpOf(t, s, "signin_steps"), "\n") != 0 {
		t.Error("a challenge that nobody answered is in the database")
	}
	ok(t, s.SpendChallenge(t.Context(), token))
	wantCode(t, "used twice", s.SpendChallenge(t.Context(), token), models.CodeNotFound)
	if strings.Contains(dumpOf(t, s, "signin_steps"), token) {
		t.Error("the token is in the database")
	}
	must(s.ResetPassword(t.Context(), storetest.Seed(t, s).Owner.ID, "new"))(t)
	wantCode(t, "used twice, after a reset", s.SpendChallenge(t.Context(), token), models.CodeNotFound)
	c.pass(time.Minute)
	wantCode(t, "too old", second(s.OpenChallenge(models.SignInPasskey, token)), models.CodeNotFound)
	wantCode(t, "spent too late", s.SpendChallenge(t.Context(), token), models.CodeNotFound)
	ok(t, s.SpendChallenge(t.Context(), must(s.SealChallenge(step, time.Minute))(t)))
	if n := strings.Count(dumpOf(t, s, "signin_steps"), "\n"); n != 1 {
		t.Errorf("%d rows: old ones stay", n)
	}
}

// Of two answers to one challenge, one counts.
func TestChallengeIsSpentOnce(t *testing.T) {
	s := storetest.New(t)
	for round := range raceRounds {
		token := must(s.SealChallenge(models.SignInStep{Purpose: models.SignInPasskey, Data: []byte{byte(round), byte(round >> 8)}}, time.Minute))(t)
		var errs [2]error
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = s.SpendChallenge(t.Context(), token) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("round %d: %v and %v", round, errs[0], errs[1])
		}
	}
}

// Nobody's sign-ins push out those of somebody else.
func TestSignInStepsOfOthersStay(t *testing.T) {
	s := storetest.New(t)
	ctx := t.Context()
	begin := func(user int64) string {
		return must(s.BeginSignInStep(ctx, models.SignInStep{Purpose: models.SignInCode, UserID: user}, time.Minute))(t)
	}
	mine := begin(1)
	var theirs []string
	for range 30 {
		theirs = append(theirs, begin(2))
	}
	must(s.SignInStep(ctx, models.SignInCode, mine))(t)
	must(s.SignInStep(ctx, models.SignInCode, theirs[29]))(t)
	if n := count(t, storetest.DB(t, s), "SELECT count(*) FROM signin_steps WHERE user_id = 2"); n != 20 {
		t.Errorf("one person has %d under way", n)
	}
}
