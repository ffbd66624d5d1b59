package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keywicket/models"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// family is a master with a sub-account, and another Owner in each.
type family struct {
	s           *store.Store
	master, sub storetest.Fixture
}

func newFamily(t *testing.T) family {
	t.Helper()
	s := storetest.New(t)
	f := family{s: s, master: storetest.Seed(t, s)}
	f.sub = storetest.SeedSubaccount(t, s, f.master, "North")
	storetest.SeedMember(t, s, f.sub.Account, "Sofia", "sofia@example.com", models.RoleOwner)
	return f
}

func (f family) worlds() []storetest.Fixture { return []storetest.Fixture{f.master, f.sub} }

// places are a person's roles in the master and in the sub-account, "" for
// none.
type places [2]models.Role

// in is the role that they have there: an Owner or Admin of the master has
// theirs in the sub-account too.
func (p places) in(i int) models.Role {
	if i == 1 && (p[0] == models.RoleOwner || p[0] == models.RoleAdmin && p[1] != models.RoleOwner) {
		return p[0]
	}
	return p[i]
}

// mayInvite says which roles somebody of the role makes invitations for.
func mayInvite(r models.Role) []models.Role {
	switch r {
	case models.RoleOwner:
		return []models.Role{models.RoleOwner, models.RoleAdmin, models.RoleMember}
	case models.RoleAdmin:
		return []models.Role{models.RoleAdmin, models.RoleMember}
	}
	return nil
}

// belongings are what somebody has in one account.
type belongings struct {
	key  string                 // Sid
	made map[models.Role]string // tokens of invitations that they made
	held map[models.Role]string // of those sent to their address
}

func (f family) settle(t *testing.T, who models.Actor, p places) [2]belongings {
	t.Helper()
	var all [2]belongings
	for i, w := range f.worlds() {
		b := belongings{made: map[models.Role]string{}, held: map[models.Role]string{}}
		who.AccountID, who.Role = w.Account.ID, p.in(i)
		if who.Role != "" {
			b.key = storetest.SeedKeys(t, f.s, who, 1)[0].Sid
		}
		for _, r := range mayInvite(who.Role) {
			_, token, err := f.s.Invite(t.Context(), who, models.NewInvitation{Role: r})
			ok(t, err)
			b.made[r] = token
		}
		if p[i] == "" {
			role := models.RoleMember
			if i == 1 && p.in(i) == models.RoleAdmin {
				role = models.RoleAdmin // no more than they have
			}
			_, token, err := f.s.Invite(t.Context(), w.Who, models.NewInvitation{Role: role, Email: who.Email})
			ok(t, err)
			b.held[role] = token
		}
		all[i] = b
	}
	storetest.SignIn(t, f.s, session("s"+who.Email, who.UserID))
	must(f.s.BeginSignInStep(t.Context(), models.SignInStep{Purpose: models.SignInCode, UserID: who.UserID}, time.Hour))(t)
	return all
}

// ways are how somebody's role in an account becomes less, and what it is then.
func (f family) ways(from models.Role) map[string]models.Role {
	w := map[string]models.Role{"remove": "", "disable": ""}
	if from == models.RoleOwner {
		w["to Admin"] = models.RoleAdmin
	}
	if from != models.RoleMember {
		w["to Member"] = models.RoleMember
	}
	return w
}

func (f family) take(t *testing.T, account int, userID int64, way string, to models.Role) {
	t.Helper()
	who, d := f.worlds()[account].Who, models.Departure{Keys: models.KeysDisable}
	switch way {
	case "remove":
		ok(t, f.s.RemoveMember(t.Context(), who, userID, d))
	case "disable":
		ok(t, f.s.DisableMember(t.Context(), who, userID, d))
	default:
		ok(t, f.s.SetMemberRole(t.Context(), who, userID, to, d))
	}
}

// Whatever somebody had in an account that they can no longer enter is gone,
// and whatever their role still allows stays: for members of the master, of
// the sub-account and of both, and for every way in which a role becomes less.
func TestWhatLeavingTakes(t *testing.T) {
	f := newFamily(t)
	roles := []models.Role{"", models.RoleOwner, models.RoleAdmin, models.RoleMember}
	n := 0
	for _, inMaster := range roles {
		for _, inSub := range roles {
			before := places{inMaster, inSub}
			for account, role := range before {
				if role == "" {
					continue
				}
				for way, to := range f.ways(role) {
					n++
					after := before
					after[account] = to
					name := fmt.Sprintf("%q in the master and %q in the sub-account: %s, %d", inMaster, inSub, way, account)
					t.Run(name, func(t *testing.T) { f.leave(t, n, account, way, before, after) })
				}
			}
		}
	}
}

func (f family) leave(t *testing.T, n, account int, way string, before, after places) {
	ctx := t.Context()
	u := storetest.SeedUser(t, f.s, fmt.Sprintf("Person %d", n), fmt.Sprintf("p%d@example.com", n))
	for i, w := range f.worlds() {
		if before[i] != "" {
			storetest.Join(t, f.s, w.Account, u, before[i])
		}
	}
	who := models.Actor{UserID: u.ID, Name: u.Name, Email: u.Email, IP: "192.0.2.1"}
	have := f.settle(t, who, before)
	lost := must(f.s.Leaving(ctx, f.worlds()[account].Who, u.ID, after[account]))(t)
	f.take(t, account, u.ID, way, after[account])
	out := 0
	for i, w := range f.worlds() {
		_, m, err := f.s.AccountFor(ctx, w.Account.Slug, u.ID)
		if m.Role != after.in(i) || (err == nil) != (after.in(i) != "") {
			t.Errorf("%s: they are %q, %v", w.Account.Slug, m.Role, err)
		}
		if had := before.in(i) != ""; had && after.in(i) == "" {
			out++
		}
		f.left(t, w, have[i], before.in(i), after.in(i))
	}
	if lost.Count() != out {
		t.Errorf("the question counts %d keys, want %d", lost.Count(), out)
	}
	_, err := f.s.Session(ctx, "s"+u.Email)
	steps := count(t, storetest.DB(t, f.s), "SELECT count(*) FROM signin_steps WHERE user_id = ?", u.ID)
	if signedOut := !strings.HasPrefix(way, "to "); signedOut != (err != nil) || signedOut != (steps == 0) {
		t.Errorf("session %v, %d sign-ins halfway", err, steps)
	}
}

// left compares what is left in an account with what should be.
func (f family) left(t *testing.T, w storetest.Fixture, b belongings, was, is models.Role) {
	t.Helper()
	ctx := t.Context()
	open := func(token string) bool { _, err := f.s.Invitation(ctx, token); return err == nil }
	if b.key != "" {
		k := must(f.s.Key(ctx, w.Who, b.key))(t)
		if k.Enabled != (is != "") {
			t.Errorf("%s: the key is enabled: %v", w.Account.Slug, k.Enabled)
		}
		rows := must(f.s.KeyHistory(ctx, w.Who, b.key, 10))(t)
		if (rows[0].Event == models.EventKeyDisable) != (is == "") {
			t.Errorf("%s: the audit of the account says %s", w.Account.Slug, rows[0].Event)
		}
	}
	may := map[models.Role]bool{}
	for _, r := range mayInvite(is) {
		may[r] = true
	}
	for r, token := range b.made {
		if open(token) != may[r] {
			t.Errorf("%s: their invitation of an %s is open: %v", w.Account.Slug, r, open(token))
		}
	}
	for r, token := range b.held {
		if want := was == is || is != "" && r == is || r == models.RoleMember && is != ""; open(token) != want {
			t.Errorf("%s: the invitation to them as %s is open: %v, want %v", w.Account.Slug, r, open(token), want)
		}
	}
}

// Each account that somebody loses has it in its own audit.
func TestLeavingIsInEveryAudit(t *testing.T) {
	f := newFamily(t)
	ctx := t.Context()
	adam := storetest.SeedMember(t, f.s, f.master.Account, "Adam", "adam@example.com", models.RoleAdmin)
	below := adam
	below.AccountID = f.sub.Account.ID
	storetest.SeedKeys(t, f.s, below, 2)
	must2(t)(f.s.Invite(ctx, below, models.NewInvitation{Role: models.RoleMember}))
	ok(t, f.s.RemoveMember(ctx, f.master.Who, adam.UserID, models.Departure{Keys: models.KeysHandOver, To: f.master.Owner.ID}))
	var got []string
	for _, w := range f.worlds() {
		for _, r := range must(f.s.ListAudit(ctx, w.Who, models.AuditQuery{}))(t).Rows {
			switch r.Event {
			case models.EventMemberRemove, models.EventMemberWithdraw, models.EventKeyUpdate:
				got = append(got, w.Account.Slug+" "+string(r.Event)+" "+r.Before+" "+r.After)
			}
		}
	}
	want := []string{
		`acme member.remove {"role":"admin"} {"count":0,"their_keys":"hand_over","to":"olivia@example.com"}`,
		`north member.remove {"role":"admin"} {"count":2,"master":"Acme","their_keys":"hand_over","to":"olivia@example.com"}`,
		`north api.key.update {"owner":"adam@example.com"} {"owner":"olivia@example.com"}`,
		`north api.key.update {"owner":"adam@example.com"} {"owner":"olivia@example.com"}`,
		`north member.withdraw {"email":"","role":"member"} `,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func must2(t *testing.T) func(models.Invitation, string, error) string {
	return func(_ models.Invitation, token string, err error) string {
		t.Helper()
		ok(t, err)
		return token
	}
}

// Keys in a sub-account go to somebody who can enter it, and a role that takes
// them is not given before somebody says where they go.
func TestWhoTakesKeysOver(t *testing.T) {
	f := newFamily(t)
	ctx := t.Context()
	join := func(w storetest.Fixture, name string, role models.Role) models.Actor {
		return storetest.SeedMember(t, f.s, w.Account, name, strings.ToLower(name)+"@example.com", role)
	}
	adam, mia, eve := join(f.master, "Adam", models.RoleAdmin), join(f.master, "Mia", models.RoleMember), join(f.master, "Eve", models.RoleAdmin)
	both := join(f.master, "Bo", models.RoleMember)
	storetest.Join(t, f.s, f.sub.Account, must(f.s.User(ctx, both.UserID))(t), models.RoleMember)
	below := adam
	below.AccountID = f.sub.Account.ID
	sid := storetest.SeedKeys(t, f.s, below, 1)[0].Sid
	run(t, storetest.DB(t, f.s), "UPDATE users SET disabled_at = '2026-01-01' WHERE id = ?", eve.UserID)
	set := func(d models.Departure) error {
		return f.s.SetMemberRole(ctx, f.master.Who, adam.UserID, models.RoleMember, d)
	}
	before := dump(t, storetest.DB(t, f.s))
	wantCode(t, "nothing said", set(models.Departure{}), models.CodeInvalid)
	for name, id := range map[string]int64{"who cannot enter the sub-account": mia.UserID, "who can sign in nowhere": eve.UserID, "themselves": adam.UserID, "nobody": 0} {
		wantCode(t, name, set(models.Departure{Keys: models.KeysHandOver, To: id}), models.CodeInvalid)
	}
	if dump(t, storetest.DB(t, f.s)) != before {
		t.Error("a refusal changed something")
	}
	names := func(l models.Leaving) string {
		var all []string
		for _, h := range l.NewOwners {
			all = append(all, h.Name)
		}
		return strings.Join(all, ", ")
	}
	l := must(f.s.Leaving(ctx, f.master.Who, adam.UserID, models.RoleMember))(t)
	if got := names(l); got != "Olivia Owner, Bo" || !cmp.Equal(l.Keys, []models.LostKeys{{Account: "North", Below: true, Sids: []string{sid}}}) {
		t.Errorf("offered are %s for %+v", got, l.Keys)
	}
	ok(t, set(models.Departure{Keys: models.KeysHandOver, To: both.UserID}))
	if k := must(f.s.Key(ctx, f.sub.Who, sid))(t); k.OwnerID != both.UserID || !k.Enabled {
		t.Errorf("the key is %d's, enabled %v", k.OwnerID, k.Enabled)
	}
	// In the sub-account: whoever acts from the master can take keys over, and
	// nobody else of the master is named to its people.
	l = must(f.s.Leaving(ctx, f.sub.Who, both.UserID, ""))(t)
	if got := names(l); got != "Sofia, Olivia Owner" {
		t.Errorf("offered to the master's Owner are %s", got)
	}
}

// A person who keeps their place in the master keeps the rights that come with it.
func TestStayingByTheMaster(t *testing.T) {
	f := newFamily(t)
	adam := storetest.SeedMember(t, f.s, f.master.Account, "Adam", "adam@example.com", models.RoleAdmin)
	storetest.Join(t, f.s, f.sub.Account, must(f.s.User(t.Context(), adam.UserID))(t), models.RoleMember)
	l := must(f.s.Leaving(t.Context(), f.sub.Who, adam.UserID, ""))(t)
	if l.Stays != models.RoleAdmin || l.Count() != 0 {
		t.Errorf("they stay as %q and lose %d keys", l.Stays, l.Count())
	}
	if l := must(f.s.Leaving(t.Context(), f.master.Who, adam.UserID, ""))(t); l.Stays != "" {
		t.Errorf("they stay in the master as %q", l.Stays)
	}
}

// Somebody who can sign in nowhere lets nobody in either.
func TestInvitationsOfALockedPerson(t *testing.T) {
	f := newFamily(t)
	adam := storetest.SeedMember(t, f.s, f.master.Account, "Adam", "adam@example.com", models.RoleAdmin)
	other := storetest.SeedOther(t, f.s, "Other")
	for _, w := range f.worlds() {
		who := adam
		who.AccountID = w.Account.ID
		token := must2(t)(f.s.Invite(t.Context(), who, models.NewInvitation{Role: models.RoleMember}))
		run(t, storetest.DB(t, f.s), "UPDATE users SET disabled_at = '2026-01-01' WHERE id = ?", adam.UserID)
		wantCode(t, w.Account.Slug, second(f.s.Invitation(t.Context(), token)), models.CodeNotFound)
		wantCode(t, w.Account.Slug+" lets in", second(f.s.AcceptInvitation(t.Context(), other.Who, token)), models.CodeNotFound)
		if open := must(f.s.Invitations(t.Context(), w.Who))(t); len(open) != 0 {
			t.Errorf("%s lists %+v", w.Account.Slug, open)
		}
		run(t, storetest.DB(t, f.s), "UPDATE users SET disabled_at = NULL WHERE id = ?", adam.UserID)
	}
}

// Only a member of the master can enable a person who was disabled there. A
// later invitation into a sub-account grants its own role, and none in the
// master.
func TestDisabledInTheMaster(t *testing.T) {
	f := newFamily(t)
	ctx := t.Context()
	adam := storetest.SeedMember(t, f.s, f.master.Account, "Adam", "adam@example.com", models.RoleAdmin)
	ok(t, f.s.DisableMember(ctx, f.master.Who, adam.UserID, models.Departure{Keys: models.KeysLeave}))
	_, _, err := f.s.Invite(ctx, f.master.Who, models.NewInvitation{Role: models.RoleMember, Email: adam.Email})
	wantCode(t, "invited to the master again", err, models.CodeConflict)
	link := must2(t)(f.s.Invite(ctx, f.master.Who, models.NewInvitation{Role: models.RoleMember}))
	wantCode(t, "a link to the master", second(f.s.AcceptInvitation(ctx, adam, link)), models.CodeConflict)
	below := must2(t)(f.s.Invite(ctx, f.sub.Who, models.NewInvitation{Role: models.RoleMember, Email: adam.Email}))
	must(f.s.AcceptInvitation(ctx, adam, below))(t)
	roles := func() string {
		var all []string
		for _, m := range must(f.s.AccountsOf(ctx, adam.UserID))(t) {
			all = append(all, m.Slug+" "+string(m.Role))
		}
		return strings.Join(all, ", ")
	}
	if got := roles(); got != "north member" {
		t.Errorf("they are %s", got)
	}
	ok(t, f.s.EnableMember(ctx, f.master.Who, adam.UserID))
	if got := roles(); got != "acme admin, north admin" {
		t.Errorf("enabled again they are %s", got)
	}
}

// The list of the master's members says how many keys they have below.
func TestMembersAndTheirKeysBelow(t *testing.T) {
	f := newFamily(t)
	storetest.SeedKeys(t, f.s, f.master.Who, 1)
	storetest.SeedKeys(t, f.s, f.sub.Who, 2)
	if m := must(f.s.ListMembers(t.Context(), f.master.Who))(t)[0]; m.Keys != 1 || m.SubKeys != 2 {
		t.Errorf("%d keys, %d below", m.Keys, m.SubKeys)
	}
}
