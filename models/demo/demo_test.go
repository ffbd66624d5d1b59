package demo_test

import (
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/demo"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// filled returns a store with the workspace, and its owner.
func filled(t *testing.T) (*store.Store, models.Actor, demo.Workspace) {
	t.Helper()
	clock := demo.NewClock()
	s := storetest.New(t, storetest.WithNow(clock.Now))
	w, err := demo.Fill(t.Context(), s, clock, "wicket-test-password")
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := s.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	owner, err := s.OwnerActor(t.Context(), accounts[0].Slug)
	if err != nil || owner.Email != demo.Email {
		t.Fatalf("the owner of %s is %s, %v", accounts[0].Slug, owner.Email, err)
	}
	return s, owner, w
}

// keyNamed returns the key of that name.
func keyNamed(t *testing.T, keys []models.KeyRow, name string) models.Key {
	t.Helper()
	for _, k := range keys {
		if k.Name == name {
			return k.Key
		}
	}
	t.Fatalf("no key %s", name)
	return models.Key{}
}

// The console finds an example of everything that it shows.
func TestFillShowsEverything(t *testing.T) {
	s, owner, _ := filled(t)
	page, err := s.ListKeys(t.Context(), owner, models.KeyQuery{All: true})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, k := range page.Rows {
		seen["channel "+string(k.Channel)] = true
		seen["owner of another"] = seen["owner of another"] || k.OwnerID != owner.UserID
		seen["pair at REST"] = seen["pair at REST"] || k.Pair() && k.Channel == models.ChannelREST
		seen["token"] = seen["token"] || !k.Pair()
		seen["chosen"] = seen["chosen"] || k.Username == "labels"
		seen["expired"] = seen["expired"] || k.Expired(time.Now())
		seen["disabled"] = seen["disabled"] || !k.Enabled
		seen["never used"] = seen["never used"] || k.LastUsedAt == nil
		seen["long unused"] = seen["long unused"] || k.LastUsedAt != nil && time.Since(*k.LastUsedAt) > 90*24*time.Hour
		if k.CreatedAt.After(time.Now()) || k.LastUsedAt != nil && k.LastUsedAt.After(time.Now()) {
			t.Errorf("%s is of the future", k.Name)
		}
	}
	for _, c := range models.Channels() {
		seen["channel "+string(c)] = seen["channel "+string(c)] || false
	}
	rotated := keyNamed(t, page.Rows, "Customer portal")
	detail, err := s.Key(t.Context(), owner, rotated.Sid)
	if err != nil {
		t.Fatal(err)
	}
	seen["old credentials in use"] = detail.Previous != nil && detail.Previous.Uses > 0 && detail.Previous.EndsAt.After(time.Now())
	plugins, err := s.ListPlugins(t.Context(), owner, models.PluginQuery{All: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []models.PluginState{models.PluginReady, models.PluginBlocked, models.PluginDisabled, models.PluginNoKey} {
		seen["plugin "+string(state)] = false
	}
	for _, p := range plugins.Rows {
		seen["plugin "+string(p.State(time.Now()))] = true
	}
	for what, there := range seen {
		if !there {
			t.Errorf("the demo has nothing of this: %s", what)
		}
	}
	if page.Expiring == 0 || page.InUse >= models.MaxKeysPerAccount {
		t.Errorf("%d of %d keys expire soon", page.Expiring, page.InUse)
	}
}

func TestFillPeople(t *testing.T) {
	s, owner, w := filled(t)
	members, err := s.ListMembers(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	roles, disabled := map[models.Role]int{}, 0
	for _, m := range members {
		roles[m.Role]++
		if m.LastSeenAt == nil && m.UserID != owner.UserID {
			t.Errorf("%s was never seen", m.Name)
		}
		if m.DisabledAt != nil {
			disabled++
		}
	}
	if roles[models.RoleOwner] != 1 || roles[models.RoleAdmin] != 1 || roles[models.RoleMember] != 2 || disabled != 1 {
		t.Errorf("the demo has people %v, of which %d disabled", roles, disabled)
	}
	if open, err := s.Invitation(t.Context(), w.Invitation); err != nil || open.Role != models.RoleMember {
		t.Errorf("the invitation is %+v, %v", open, err)
	}
	subs, err := s.ListSubaccounts(t.Context(), owner, models.SubaccountQuery{})
	if err != nil || len(subs.Rows) != 2 {
		t.Fatalf("sub-accounts %+v, %v", subs.Rows, err)
	}
	for _, sub := range subs.Rows {
		if suspended := sub.Status == models.AccountSuspended; suspended != sub.OwnCatalogue || suspended != (sub.Name == "Larkfield Retail") {
			t.Errorf("%s is %s", sub.Name, sub.Status)
		}
	}
	report, err := s.VerifyAudit(t.Context())
	if err != nil || !report.OK || report.Rows < 150 {
		t.Errorf("the audit of the demo: %+v, %v", report, err)
	}
}
