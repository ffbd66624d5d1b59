package store_test

import (
	"testing"

	"keywicket/models"
	"keywicket/models/storetest"
)

// A person is found under each name that they had, in all their rows, and
// their e-mail stands in each.
func TestAuditFindsAPerson(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	mallory := storetest.SeedMember(t, s, w.Account, "Mallory", "mallory@example.com", models.RoleAdmin)
	make := func(name string) {
		t.Helper()
		ok(t, s.UpdateProfile(ctx, mallory, profile(name, "", "")))
		_, _, err := s.CreateKey(ctx, mallory, "by "+name, "")
		ok(t, err)
	}
	make("Mallory")
	make("Ada King") // the owner's name, for a minute
	make("Mallory")
	keysOf := func(who models.Actor, q models.AuditQuery) []models.AuditRow {
		t.Helper()
		q.Event = models.EventKeyCreate
		return must(s.ListAudit(ctx, who, q))(t).Rows
	}
	for what, q := range map[string]models.AuditQuery{
		"e-mail": {Actor: "mallory@"}, "name": {Actor: "mallory"}, "person": {Person: mallory.UserID},
	} {
		rows := keysOf(w.Who, q)
		if len(rows) != 3 {
			t.Errorf("by %s: %d rows", what, len(rows))
		}
		for _, r := range rows {
			if r.ActorEmail != "mallory@example.com" || r.ActorID != mallory.UserID {
				t.Errorf("by %s: %+v", what, r)
			}
		}
	}
	if rows := keysOf(w.Who, models.AuditQuery{Actor: "ada@example.com"}); len(rows) != 0 {
		t.Errorf("the owner's e-mail finds %+v", rows)
	}
	page := must(s.ListAudit(ctx, w.Who, models.AuditQuery{Person: mallory.UserID}))(t)
	if len(page.Names) != 2 {
		t.Errorf("the names of a person: %+v", page.Names)
	}
	member := storetest.SeedMember(t, s, w.Account, "Mel", "mel@example.com", models.RoleMember)
	if page := must(s.ListAudit(ctx, member, models.AuditQuery{Person: mallory.UserID}))(t); len(page.Rows)+len(page.Names) != 0 {
		t.Errorf("a member sees another person: %+v", page)
	}
	// Somebody who left is found as before.
	ok(t, s.RemoveMember(ctx, w.Who, mallory.UserID, models.Departure{Keys: models.KeysLeave}))
	if rows := keysOf(w.Who, models.AuditQuery{Actor: "mallory@example.com"}); len(rows) != 3 {
		t.Errorf("after they left: %d rows", len(rows))
	}
}
