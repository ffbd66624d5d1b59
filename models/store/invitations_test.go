package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/storetest"
)

func TestInvite(t *testing.T) {
	for name, tt := range map[string]struct {
		who  func(team) models.Actor
		n    models.NewInvitation
		want models.Code
	}{
		"an owner invites an owner":   {team.owner, models.NewInvitation{Role: models.RoleOwner}, ""},
		"an admin invites an admin":   {team.admin, models.NewInvitation{Role: models.RoleAdmin}, ""},
		"an admin invites an owner":   {team.admin, models.NewInvitation{Role: models.RoleOwner}, models.CodeForbidden},
		"a member invites":            {team.member, models.NewInvitation{Role: models.RoleMember}, models.CodeForbidden},
		"no role":                     {team.owner, models.NewInvitation{}, models.CodeInvalid},
		"by e-mail":                   {team.owner, models.NewInvitation{Role: models.RoleMember, Email: " New@Example.com"}, ""},
		"no e-mail":                   {team.owner, models.NewInvitation{Role: models.RoleMember, Email: "a\nBcc: b@example.com"}, models.CodeInvalid},
		"somebody who is there":       {team.owner, models.NewInvitation{Role: models.RoleMember, Email: "MIA@example.com"}, models.CodeConflict},
		"an admin of a moment before": {func(w team) models.Actor { w.mia.Role = models.RoleAdmin; return w.mia }, models.NewInvitation{Role: models.RoleMember}, models.CodeForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTeam(t)
			i, token, err := w.s.Invite(t.Context(), tt.who(w), tt.n)
			wantCode(t, name, err, tt.want)
			if tt.want != "" {
				return
			}
			got, err := w.s.Invitation(t.Context(), token)
			ok(t, err)
			if got.ID != i.ID || got.AccountName != "Acme" || got.AccountSlug != "acme" || got.Role != tt.n.Role || got.InviterName != tt.who(w).Name {
				t.Errorf("found %+v", got)
			}
			if n := count(t, storetest.DB(t, w.s), "SELECT count(*) FROM invitations WHERE token_hash = ?", token); n != 0 {
				t.Error("the token itself is stored")
			}
		})
	}
}

func TestInvitationsEnd(t *testing.T) {
	clock := newClock()
	w := newTeam(t, storetest.WithNow(clock.now))
	ctx := t.Context()
	invite := func(email string) (models.Invitation, string) {
		i, token, err := w.s.Invite(ctx, w.Who, models.NewInvitation{Role: models.RoleMember, Email: email})
		ok(t, err)
		return i, token
	}
	gone := func(what, token string) {
		t.Helper()
		wantCode(t, what, second(w.s.Invitation(ctx, token)), models.CodeNotFound)
		_, _, err := w.s.AcceptAsNew(ctx, models.Actor{}, token, newPerson("x@example.com"))
		wantCode(t, what+", accepted", err, models.CodeNotFound)
	}
	i, token := invite("")
	wantCode(t, "another account withdraws", w.s.WithdrawInvitation(ctx, storetest.SeedOther(t, w.s, "Other").Who, i.ID), models.CodeNotFound)
	ok(t, w.s.WithdrawInvitation(ctx, w.adam, i.ID))
	gone("withdrawn", token)
	wantCode(t, "withdrawn twice", w.s.WithdrawInvitation(ctx, w.adam, i.ID), models.CodeNotFound)
	owners, _, err := w.s.Invite(ctx, w.Who, models.NewInvitation{Role: models.RoleOwner})
	ok(t, err)
	wantCode(t, "an admin withdraws an owner's", w.s.WithdrawInvitation(ctx, w.adam, owners.ID), models.CodeForbidden)
	_, first := invite("new@example.com")
	_, again := invite("new@example.com")
	gone("sent again", first)
	if open := must(w.s.Invitations(ctx, w.adam))(t); len(open) != 2 || open[0].Email != "new@example.com" || open[1].ID != owners.ID {
		t.Errorf("open %+v", open)
	}
	wantCode(t, "a member looks", second(w.s.Invitations(ctx, w.mia)), models.CodeForbidden)
	clock.add(models.InvitationTTL)
	gone("too old", again)
	gone("never one", "")
	gone("a hash", owners.TokenHash)
	if open := must(w.s.Invitations(ctx, w.Who))(t); len(open) != 0 {
		t.Errorf("open after their time %+v", open)
	}
	if n := must(w.s.PruneInvitations(ctx))(t); n != 2 {
		t.Errorf("forgot %d", n)
	}
}

func newPerson(email string) models.NewPerson {
	return models.NewPerson{Name: "Nina New", Email: email, PasswordHash: "hash", Language: "zh-CN"}
}

func TestAcceptAsNew(t *testing.T) {
	w := newTeam(t)
	ctx := t.Context()
	_, token, err := w.s.Invite(ctx, w.Who, models.NewInvitation{Role: models.RoleAdmin})
	ok(t, err)
	before := dump(t, storetest.DB(t, w.s))
	for what, n := range map[string]models.NewPerson{
		"no name": {Email: "n@example.com"}, "no e-mail": {Name: "N"}, "a language": {Name: "N", Email: "n@example.com", Language: "tlh"},
	} {
		_, _, err := w.s.AcceptAsNew(ctx, models.Actor{}, token, n)
		wantCode(t, what, err, models.CodeInvalid)
	}
	_, _, err = w.s.AcceptAsNew(ctx, models.Actor{}, token, newPerson("MIA@example.com"))
	wantCode(t, "an e-mail that has a log-in", err, models.CodeConflict)
	if dump(t, storetest.DB(t, w.s)) != before {
		t.Error("a refused form changed something")
	}
	u, got, err := w.s.AcceptAsNew(ctx, models.Actor{IP: "192.0.2.9"}, token, newPerson(" N@Example.com"))
	ok(t, err)
	if u.Email != "n@example.com" || u.Language != "zh-CN" || got.AccountSlug != "acme" {
		t.Errorf("made %+v, %+v", u, got)
	}
	if _, m, err := w.s.AccountFor(ctx, "acme", u.ID); err != nil || m.Role != models.RoleAdmin {
		t.Errorf("is %+v, %v", m, err)
	}
	_, _, err = w.s.AcceptAsNew(ctx, models.Actor{}, token, newPerson("other@example.com"))
	wantCode(t, "a second person", err, models.CodeNotFound)
	row := must(w.s.ListAudit(ctx, w.Who, models.AuditQuery{Event: models.EventMemberJoin}))(t).Rows[0]
	want := `{"invited_by":"Olivia Owner","role":"admin"}`
	if row.ActorName != "Nina New" || row.IP != "192.0.2.9" || row.TargetID != "n@example.com" || row.After != want {
		t.Errorf("audit %+v", row)
	}
}

// An invitation that was sent by mail makes a log-in with that address alone.
func TestAnInvitationByMailHoldsItsAddress(t *testing.T) {
	w := newTeam(t)
	_, token, err := w.s.Invite(t.Context(), w.Who, models.NewInvitation{Role: models.RoleMember, Email: "sent@example.com"})
	ok(t, err)
	u, _, err := w.s.AcceptAsNew(t.Context(), models.Actor{}, token, newPerson("boss@example.com"))
	ok(t, err)
	if u.Email != "sent@example.com" {
		t.Errorf("the log-in is %q", u.Email)
	}
}

func TestAcceptWithALogIn(t *testing.T) {
	w := newTeam(t)
	ctx := t.Context()
	o := storetest.SeedOther(t, w.s, "Other")
	_, token, err := w.s.Invite(ctx, w.Who, models.NewInvitation{Role: models.RoleMember, Email: "elsewhere@example.com"})
	ok(t, err)
	_, err = w.s.AcceptInvitation(ctx, w.mia, token)
	wantCode(t, "a member", err, models.CodeConflict)
	ok(t, w.s.DisableMember(ctx, w.Who, w.mia.UserID, models.Departure{Keys: models.KeysLeave}))
	_, err = w.s.AcceptInvitation(ctx, w.mia, token)
	wantCode(t, "a disabled member", err, models.CodeConflict)
	_, err = w.s.AcceptInvitation(ctx, models.Actor{}, token)
	wantCode(t, "nobody", err, models.CodeNotFound)
	if _, err := w.s.Invitation(ctx, token); err != nil {
		t.Fatal("a refusal used the invitation up")
	}
	got, err := w.s.AcceptInvitation(ctx, o.Who, token)
	ok(t, err)
	_, m, err := w.s.AccountFor(ctx, got.AccountSlug, o.Owner.ID)
	if err != nil || m.Role != models.RoleMember || got.AccountID != w.Account.ID {
		t.Errorf("is %+v, %v", m, err)
	}
	if all := must(w.s.AccountsOf(ctx, o.Owner.ID))(t); len(all) != 2 {
		t.Errorf("accounts %+v", all)
	}
	_, err = w.s.AcceptInvitation(ctx, o.Who, token)
	wantCode(t, "twice", err, models.CodeNotFound)
}

// Pressed many times at the same moment, by one person or by several, an
// invitation lets one in.
func TestAnInvitationIsUsedOnce(t *testing.T) {
	w := newTeam(t)
	ctx := t.Context()
	o := storetest.SeedOther(t, w.s, "Other")
	db := storetest.DB(t, w.s)
	for round := range 100 {
		_, token, err := w.s.Invite(ctx, w.Who, models.NewInvitation{Role: models.RoleMember})
		ok(t, err)
		people, members := count(t, db, "SELECT count(*) FROM users"), count(t, db, "SELECT count(*) FROM members")
		var wg sync.WaitGroup
		errs := make([]error, 8)
		start := make(chan struct{})
		for i := range errs {
			wg.Go(func() {
				<-start
				if round%2 == 0 {
					_, _, errs[i] = w.s.AcceptAsNew(ctx, models.Actor{}, token, newPerson(fmt.Sprintf("r%d-%d@example.com", round, i)))
				} else {
					_, errs[i] = w.s.AcceptInvitation(ctx, o.Who, token)
				}
			})
		}
		close(start)
		wg.Wait()
		let := 0
		for _, err := range errs {
			if err == nil {
				let++
			} else {
				wantCode(t, "one too many", err, models.CodeNotFound)
			}
		}
		if more := count(t, db, "SELECT count(*) FROM members") - members; let != 1 || more != 1 {
			t.Fatalf("round %d: %d were let in, %d memberships", round, let, more)
		}
		if more := count(t, db, "SELECT count(*) FROM users") - people; more != (round+1)%2 {
			t.Fatalf("round %d: %d people more", round, more)
		}
		run(t, db, "DELETE FROM members WHERE account_id = ? AND user_id = ?", w.Account.ID, o.Owner.ID)
	}
}

func TestPasswordResets(t *testing.T) {
	clock := newClock()
	w := newTeam(t, storetest.WithNow(clock.now))
	ctx := t.Context()
	ask := func() string {
		_, token, err := w.s.NewPasswordReset(ctx, models.Actor{IP: "192.0.2.1"}, " MIA@example.com")
		ok(t, err)
		return token
	}
	_, _, err := w.s.NewPasswordReset(ctx, models.Actor{}, "nobody@example.com")
	wantCode(t, "nobody", err, models.CodeNotFound)
	old, token := ask(), ask()
	must(w.s.PasswordReset(ctx, old))(t) // asking again spoils nobody's link
	if u := must(w.s.PasswordReset(ctx, token))(t); u.ID != w.mia.UserID {
		t.Errorf("of %+v", u)
	}
	if n := count(t, storetest.DB(t, w.s), "SELECT count(*) FROM password_resets WHERE token_hash = ?", token); n != 0 {
		t.Error("the token itself is stored")
	}
	clock.add(models.ResetTTL)
	wantCode(t, "too old", second(w.s.UsePasswordReset(ctx, models.Actor{}, token, "new")), models.CodeNotFound)
	old, token = ask(), ask()
	storetest.SignIn(t, w.s, sessionAt("here", w.mia.UserID, clock.now()))
	storetest.SignIn(t, w.s, sessionAt("other", w.adam.UserID, clock.now()))
	u := must(w.s.UsePasswordReset(ctx, models.Actor{IP: "192.0.2.1"}, token, "new"))(t).User
	if now := must(w.s.User(ctx, u.ID))(t); now.PasswordHash != "new" || u.ID != w.mia.UserID {
		t.Errorf("it is %+v", now)
	}
	wantCode(t, "the session goes on", second(w.s.Session(ctx, "here")), models.CodeNotFound)
	must(w.s.Session(ctx, "other"))(t)
	wantCode(t, "another link, after one was used", second(w.s.PasswordReset(ctx, old)), models.CodeNotFound)
	wantCode(t, "used twice", second(w.s.UsePasswordReset(ctx, models.Actor{}, token, "newer")), models.CodeNotFound)
	token = ask()
	must(w.s.ResetPassword(ctx, w.mia.UserID, "chosen"))(t)
	wantCode(t, "after another new password", second(w.s.PasswordReset(ctx, token)), models.CodeNotFound)
	token = ask()
	run(t, storetest.DB(t, w.s), "UPDATE users SET disabled_at = '2026-01-01' WHERE id = ?", w.mia.UserID)
	wantCode(t, "of somebody disabled", second(w.s.PasswordReset(ctx, token)), models.CodeNotFound)
	_, _, err = w.s.NewPasswordReset(ctx, models.Actor{}, "mia@example.com")
	wantCode(t, "a link for somebody disabled", err, models.CodeNotFound)
}

func sessionAt(id string, userID int64, now time.Time) models.Session {
	return models.Session{ID: id, UserID: userID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)}
}

func TestResetsAreLimited(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	ctx := t.Context()
	for range 3 {
		ok(t, s.TakeReset(ctx, "mia@example.com", "192.0.2.1"))
	}
	wantCode(t, "a fourth mail", s.TakeReset(ctx, "MIA@example.com", "192.0.2.2"), models.CodeTooMany)
	ok(t, s.CountAttempt(ctx, models.SignInAttempts("mia@example.com", "192.0.2.1"))) // signing in is another matter
	clock.add(16 * time.Minute)
	ok(t, s.TakeReset(ctx, "mia@example.com", "192.0.2.1"))
	for i := range 19 {
		ok(t, s.TakeReset(ctx, fmt.Sprintf("p%d@example.com", i), "192.0.2.1"))
	}
	wantCode(t, "too many of an address", s.TakeReset(ctx, "x@example.com", "192.0.2.1"), models.CodeTooMany)
}
