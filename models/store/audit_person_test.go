package store_test

import (
	"testing"

	"keywicket/models"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// A database of a version that kept no e-mail in the audit verifies after the
// migration, with the rows that follow, and an e-mail that somebody puts into
// one of its rows is found.
func TestAuditOfAnOlderVersionVerifies(t *testing.T) {
	opts := storetest.Options(t)
	s := storetest.Open(t, opts)
	old := models.AuditRow{ActorID: 7, ActorName: "Ada King", IP: "192.0.2.1", Event: models.EventUserLogin, TargetKind: "user", TargetID: "ada@example.com"}
	for range 3 {
		ok(t, s.RecordAudit(t.Context(), old))
	}
	ok(t, s.Close())
	const before = 8 // the last schema without the e-mail
	ok(t, store.MigrateDownTo(t.Context(), opts.Path, before))

	s = storetest.Open(t, opts)
	if r := verify(t, s); !r.OK || r.Rows != 3 {
		t.Fatalf("after the migration: %+v", r)
	}
	w := storetest.Seed(t, s)
	if r := verify(t, s); !r.OK || r.Rows < 5 {
		t.Fatalf("with new rows: %+v", r)
	}
	backup := t.TempDir() + "/backup.db"
	ok(t, s.Backup(t.Context(), backup))
	restored := opts
	restored.Path = backup
	if r := verify(t, storetest.Open(t, restored)); !r.OK || r.Rows < 5 {
		t.Errorf("restored from a backup: %+v", r)
	}
	if page := must(s.ListAudit(t.Context(), models.Actor{UserID: w.Owner.ID, Role: models.RoleOwner}, models.AuditQuery{Actor: "ada king"}))(t); page.Total != 3 {
		t.Errorf("the old rows are found %d times by the name", page.Total)
	}
	run(t, storetest.DB(t, s), "UPDATE audit SET actor_email = 'eve@example.com' WHERE id = 2")
	if r := verify(t, s); r.OK || r.FirstBad != 2 {
		t.Errorf("an e-mail put into an old row: %+v", r)
	}
}

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
