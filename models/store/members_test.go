package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keywicket/models"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// team is an account with two owners, an admin and two members.
type team struct {
	storetest.Fixture
	s                    *store.Store
	second, adam, mia, m models.Actor
}

func newTeam(t *testing.T, change ...func(*store.Options)) team {
	t.Helper()
	s := storetest.New(t, change...)
	w := storetest.Seed(t, s)
	join := func(name string, role models.Role) models.Actor {
		return storetest.SeedMember(t, s, w.Account, name, name+"@example.com", role)
	}
	return team{
		Fixture: w, s: s, second: join("second", models.RoleOwner), adam: join("adam", models.RoleAdmin),
		mia: join("mia", models.RoleMember), m: join("max", models.RoleMember),
	}
}

// roles returns the role of each person by name.
func (w team) roles(t *testing.T) map[string]models.Role {
	t.Helper()
	out := map[string]models.Role{}
	for _, m := range must(w.s.ListMembers(t.Context(), w.Who))(t) {
		out[m.Name] = m.Role
	}
	return out
}

func TestListMembers(t *testing.T) {
	clock := newClock()
	w := newTeam(t, storetest.WithNow(clock.now))
	ctx := t.Context()
	storetest.SeedKeys(t, w.s, w.mia, 2)
	ok(t, w.s.Visit(ctx, w.Account.ID, w.mia.UserID))
	ok(t, w.s.DisableMember(ctx, w.Who, w.adam.UserID, models.Departure{Keys: models.KeysLeave}))
	var got []string
	for _, m := range must(w.s.ListMembers(ctx, w.Who))(t) {
		got = append(got, fmt.Sprintf("%s %s keys=%d seen=%v active=%v", m.Email, m.Role, m.Keys, m.LastSeenAt != nil, m.Active()))
	}
	want := []string{
		"olivia@example.com owner keys=0 seen=false active=true", "second@example.com owner keys=0 seen=false active=true",
		"adam@example.com admin keys=0 seen=false active=false",
		"max@example.com member keys=0 seen=false active=true", "mia@example.com member keys=2 seen=true active=true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	wantCode(t, "a member looks", second(w.s.ListMembers(ctx, w.mia)), models.CodeForbidden)
	wantCode(t, "a member looks at one", second(w.s.Member(ctx, w.mia, w.adam.UserID)), models.CodeForbidden)
}

// Who may give whom which role.
func TestSetMemberRole(t *testing.T) {
	for name, tt := range map[string]struct {
		who, whom func(team) models.Actor
		to        models.Role
		want      models.Code
	}{
		"an owner makes an owner":       {team.owner, team.member, models.RoleOwner, ""},
		"an owner changes an owner":     {team.owner, team.other, models.RoleMember, ""},
		"an owner steps down":           {team.owner, team.owner, models.RoleAdmin, ""},
		"an admin makes an admin":       {team.admin, team.member, models.RoleAdmin, ""},
		"an admin makes an owner":       {team.admin, team.member, models.RoleOwner, models.CodeForbidden},
		"an admin changes an owner":     {team.admin, team.other, models.RoleMember, models.CodeForbidden},
		"an admin changes themselves":   {team.admin, team.admin, models.RoleMember, models.CodeForbidden},
		"an admin makes an owner of it": {team.admin, team.admin, models.RoleOwner, models.CodeForbidden},
		"a member promotes themselves":  {team.member, team.member, models.RoleAdmin, models.CodeForbidden},
		"a role that is none":           {team.owner, team.member, "king", models.CodeInvalid},
		"the role that it is":           {team.owner, team.member, models.RoleMember, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTeam(t)
			before := w.roles(t)
			whom := tt.whom(w)
			wantCode(t, name, w.s.SetMemberRole(t.Context(), tt.who(w), whom.UserID, tt.to, models.Departure{}), tt.want)
			if tt.want == "" {
				for n := range before {
					if n == whom.Name {
						before[n] = tt.to
					}
				}
			}
			w.Who = w.second // the owner may have stepped down
			if whom.UserID == w.second.UserID {
				w.Who = w.owner()
			}
			if diff := cmp.Diff(before, w.roles(t)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func (w team) owner() models.Actor  { return w.Who }
func (w team) other() models.Actor  { return w.second }
func (w team) admin() models.Actor  { return w.adam }
func (w team) member() models.Actor { return w.mia }

// The last owner who can enter stays, whatever is tried.
func TestTheLastOwnerStays(t *testing.T) {
	w := newTeam(t)
	ctx := t.Context()
	leave := models.Departure{Keys: models.KeysLeave}
	ok(t, w.s.DisableMember(ctx, w.Who, w.second.UserID, leave))
	wantCode(t, "the last owner steps down", w.s.SetMemberRole(ctx, w.Who, w.Who.UserID, models.RoleAdmin, models.Departure{}), models.CodeConflict)
	wantCode(t, "nobody removes themselves", w.s.RemoveMember(ctx, w.Who, w.Who.UserID, leave), models.CodeForbidden)
	wantCode(t, "nobody disables themselves", w.s.DisableMember(ctx, w.Who, w.Who.UserID, leave), models.CodeForbidden)
	wantCode(t, "a disabled owner does", w.s.RemoveMember(ctx, w.second, w.Who.UserID, leave), models.CodeNotFound)
	ok(t, w.s.SetMemberRole(ctx, w.Who, w.second.UserID, models.RoleMember, models.Departure{})) // is out already
	ok(t, w.s.EnableMember(ctx, w.Who, w.second.UserID))
	wantCode(t, "a former owner does", w.s.RemoveMember(ctx, w.second, w.Who.UserID, leave), models.CodeForbidden)
	ok(t, w.s.SetMemberRole(ctx, w.Who, w.second.UserID, models.RoleOwner, models.Departure{}))
	ok(t, w.s.RemoveMember(ctx, w.second, w.Who.UserID, leave))
	wantCode(t, "now the other is the last", w.s.SetMemberRole(ctx, w.second, w.second.UserID, models.RoleMember, models.Departure{}), models.CodeConflict)
}

// Two owners who take the role from each other at the same moment, or remove
// each other, leave one.
func TestOwnersAgainstEachOther(t *testing.T) {
	w := newTeam(t)
	ctx := t.Context()
	db := storetest.DB(t, w.s)
	acts := []func(who, whom models.Actor) error{
		func(who, whom models.Actor) error {
			return w.s.SetMemberRole(ctx, who, whom.UserID, models.RoleMember, models.Departure{})
		},
		func(who, whom models.Actor) error {
			return w.s.DisableMember(ctx, who, whom.UserID, models.Departure{Keys: models.KeysLeave})
		},
		func(who, _ models.Actor) error {
			return w.s.SetMemberRole(ctx, who, who.UserID, models.RoleAdmin, models.Departure{})
		},
		func(who, whom models.Actor) error {
			return w.s.RemoveMember(ctx, who, whom.UserID, models.Departure{Keys: models.KeysDisable})
		},
	}
	for round := range 300 {
		act := acts[round%len(acts)]
		var wg sync.WaitGroup
		errs := make([]error, 2)
		start := make(chan struct{})
		for i, pair := range [][2]models.Actor{{w.Who, w.second}, {w.second, w.Who}} {
			wg.Go(func() { <-start; errs[i] = act(pair[0], pair[1]) })
		}
		close(start)
		wg.Wait()
		owners := count(t, db, "SELECT count(*) FROM members WHERE account_id = ? AND role = 'owner' AND disabled_at IS NULL", w.Account.ID)
		if owners != 1 || (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("round %d: %d owners, %v, %v", round, owners, errs[0], errs[1])
		}
		for _, a := range []models.Actor{w.Who, w.second} {
			run(t, db, `INSERT INTO members (account_id, user_id, role, created_at) VALUES (?, ?, 'owner', '2026-01-01')
				ON CONFLICT DO UPDATE SET role = 'owner', disabled_at = NULL`, w.Account.ID, a.UserID)
		}
	}
}

// Whoever is disabled or removed is out at once, in every browser, and finds
// no account; their keys have the fate that was chosen.
func TestDepartures(t *testing.T) {
	for name, tt := range map[string]struct {
		remove bool
		d      func(team) models.Departure
		want   models.Code
		after  string // owner and enabled of each key
	}{
		"disabled, keys stay":        {false, func(team) models.Departure { return models.Departure{Keys: models.KeysLeave} }, "", "mia on, mia on"},
		"removed, keys stay":         {true, func(team) models.Departure { return models.Departure{Keys: models.KeysLeave} }, "", "mia on, mia on"},
		"removed, keys disabled":     {true, func(team) models.Departure { return models.Departure{Keys: models.KeysDisable} }, "", "mia off, mia off"},
		"disabled, keys handed over": {false, func(w team) models.Departure { return models.Departure{Keys: models.KeysHandOver, To: w.m.UserID} }, "", "max on, max on"},
		"removed, keys handed over":  {true, func(w team) models.Departure { return models.Departure{Keys: models.KeysHandOver, To: w.m.UserID} }, "", "max on, max on"},
		"to nobody":                  {true, func(team) models.Departure { return models.Departure{Keys: models.KeysHandOver} }, models.CodeInvalid, "mia on, mia on"},
		"to themselves": {true, func(w team) models.Departure {
			return models.Departure{Keys: models.KeysHandOver, To: w.mia.UserID}
		}, models.CodeInvalid, "mia on, mia on"},
		"to a stranger": {true, func(w team) models.Departure {
			return models.Departure{Keys: models.KeysHandOver, To: 4711}
		}, models.CodeInvalid, "mia on, mia on"},
		"to somebody disabled": {true, func(w team) models.Departure {
			return models.Departure{Keys: models.KeysHandOver, To: w.adam.UserID}
		}, models.CodeInvalid, "mia on, mia on"},
		"no fate": {false, func(team) models.Departure { return models.Departure{} }, models.CodeInvalid, "mia on, mia on"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTeam(t)
			ctx := t.Context()
			storetest.SeedKeys(t, w.s, w.mia, 2)
			ok(t, w.s.DisableMember(ctx, w.Who, w.adam.UserID, models.Departure{Keys: models.KeysLeave}))
			for _, id := range []string{"here", "there"} {
				storetest.SignIn(t, w.s, session(id, w.mia.UserID))
			}
			before := dump(t, storetest.DB(t, w.s))
			act := w.s.DisableMember
			if tt.remove {
				act = w.s.RemoveMember
			}
			wantCode(t, name, act(ctx, w.Who, w.mia.UserID, tt.d(w)), tt.want)
			if got := w.keysOf(t); got != tt.after {
				t.Errorf("the keys are %q", got)
			}
			if tt.want != "" {
				if dump(t, storetest.DB(t, w.s)) != before {
					t.Error("something changed")
				}
				return
			}
			for _, id := range []string{"here", "there"} {
				wantCode(t, "a session goes on", second(w.s.Session(ctx, id)), models.CodeNotFound)
			}
			_, _, err := w.s.AccountFor(ctx, w.Account.Slug, w.mia.UserID)
			wantCode(t, "the account", err, models.CodeNotFound)
			if all := must(w.s.AccountsOf(ctx, w.mia.UserID))(t); len(all) != 0 {
				t.Errorf("accounts %+v", all)
			}
			wantCode(t, "a hand-over to who is gone", w.s.RemoveMember(ctx, w.Who, w.m.UserID,
				models.Departure{Keys: models.KeysHandOver, To: w.mia.UserID}), models.CodeInvalid)
		})
	}
}

func (w team) keysOf(t *testing.T) string {
	t.Helper()
	out := ""
	for _, k := range must(w.s.ListKeys(t.Context(), w.Who, models.KeyQuery{All: true, Sort: "name"}))(t).Rows {
		if out != "" {
			out += ", "
		}
		out += must(w.s.User(t.Context(), k.OwnerID))(t).Name + map[bool]string{true: " on", false: " off"}[k.Enabled]
	}
	return out
}

// An admin who must go keeps no way back in: their invitations go with them.
func TestInvitationsOfWhoeverLeft(t *testing.T) {
	w := newTeam(t)
	ctx := t.Context()
	invite := func(who models.Actor, role models.Role) string {
		_, token, err := w.s.Invite(ctx, who, models.NewInvitation{Role: role})
		ok(t, err)
		return token
	}
	open := func(token string) bool { _, err := w.s.Invitation(ctx, token); return err == nil }
	mine, owners, theirs := invite(w.second, models.RoleAdmin), invite(w.second, models.RoleOwner), invite(w.adam, models.RoleMember)
	ok(t, w.s.SetMemberRole(ctx, w.Who, w.second.UserID, models.RoleAdmin, models.Departure{}))
	if !open(mine) || open(owners) || !open(theirs) {
		t.Error("an admin keeps exactly what an admin may make")
	}
	ok(t, w.s.RemoveMember(ctx, w.Who, w.second.UserID, models.Departure{Keys: models.KeysLeave}))
	if open(mine) || !open(theirs) {
		t.Error("whoever was removed keeps an invitation")
	}
	ok(t, w.s.SetMemberRole(ctx, w.Who, w.adam.UserID, models.RoleMember, models.Departure{}))
	if open(theirs) {
		t.Error("a Member keeps an invitation")
	}
}

func TestMembersAreInTheAudit(t *testing.T) {
	w := newTeam(t)
	ctx := t.Context()
	k := storetest.SeedKeys(t, w.s, w.mia, 1)[0]
	ok(t, w.s.SetMemberRole(ctx, w.Who, w.mia.UserID, models.RoleAdmin, models.Departure{}))
	ok(t, w.s.DisableMember(ctx, w.Who, w.mia.UserID, models.Departure{Keys: models.KeysHandOver, To: w.m.UserID}))
	ok(t, w.s.EnableMember(ctx, w.Who, w.mia.UserID))
	ok(t, w.s.RemoveMember(ctx, w.Who, w.mia.UserID, models.Departure{Keys: models.KeysLeave}))
	var got []string
	for _, r := range must(w.s.ListAudit(ctx, w.Who, models.AuditQuery{Event: "member."}))(t).Rows {
		got = append(got, string(r.Event)+" "+r.TargetID+" "+r.Before+" "+r.After)
	}
	want := []string{
		`member.remove mia@example.com {"role":"admin"} {"count":0,"their_keys":"leave"}`, `member.enable mia@example.com  `,
		`member.disable mia@example.com {"role":"admin"} {"count":1,"their_keys":"hand_over","to":"max@example.com"}`,
		`member.role mia@example.com {"role":"member"} {"role":"admin"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if rows := must(w.s.KeyHistory(ctx, w.m, k.Sid, 10))(t); rows[0].After != `{"owner":"max@example.com"}` {
		t.Errorf("the key's history %+v", rows[0])
	}
}

func TestVisits(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	o := storetest.SeedOther(t, s, "Other")
	storetest.Join(t, s, o.Account, w.Owner, models.RoleAdmin)
	ctx := t.Context()
	last := func() string { return must(s.LastAccount(ctx, w.Owner.ID))(t) }
	if last() != "acme" {
		t.Errorf("without visits: %q", last())
	}
	ok(t, s.Visit(ctx, o.Account.ID, w.Owner.ID))
	if last() != "other" {
		t.Errorf("after a visit: %q", last())
	}
	clock.add(2 * time.Minute)
	ok(t, s.Visit(ctx, w.Account.ID, w.Owner.ID))
	if last() != "acme" {
		t.Errorf("after another: %q", last())
	}
	clock.add(2 * time.Minute)
	ok(t, s.Visit(ctx, o.Account.ID, w.Owner.ID))
	ok(t, s.RemoveMember(ctx, o.Who, w.Owner.ID, models.Departure{Keys: models.KeysLeave}))
	if last() != "acme" {
		t.Errorf("after it is closed: %q", last())
	}
	if got := must(s.LastAccount(ctx, 4711))(t); got != "" {
		t.Errorf("of nobody: %q", got)
	}
}
