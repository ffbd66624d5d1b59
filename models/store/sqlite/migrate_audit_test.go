package sqlite_test

import (
	"testing"

	"keywicket/models"
	"keywicket/models/store/sqlite"
	"keywicket/models/storetest"
)

// A database of a version that kept no e-mail in the audit verifies after the migration, with the rows that follow, and
// an e-mail that somebody puts into one of its rows is found.
func TestAuditOfAnOlderVersionVerifies(t *testing.T) {
	opts := storetest.Options(t)
	s := storetest.Open(t, opts)
	ada := storetest.SeedUser(t, s, "Ada King", "") // without an e-mail, her rows are as they were then
	for range 3 {
		ok(t, s.RecordFailedReauth(t.Context(), models.Actor{UserID: ada.ID}, ""))
	}
	ok(t, s.Close())
	const before = 8 // the last schema without the e-mail
	ok(t, sqlite.MigrateDownTo(t.Context(), opts.Path, before))

	s = storetest.Open(t, opts)
	verify := func(when string, rows int, bad int64) {
		t.Helper()
		if r, err := s.VerifyAudit(t.Context()); err != nil || r.Rows != rows || r.OK != (bad == 0) || r.FirstBad != bad {
			t.Errorf("%s: %+v, %v", when, r, err)
		}
	}
	verify("after the migration", 3, 0)
	w := storetest.Seed(t, s)
	page, err := s.ListAudit(t.Context(), models.Actor{UserID: w.Owner.ID, Role: models.RoleOwner}, models.AuditQuery{Actor: "ada king"})
	if err != nil || page.Total != 3 {
		t.Errorf("the old rows are found %d times by the name, %v", page.Total, err)
	}
	report, err := s.VerifyAudit(t.Context())
	if err != nil || !report.OK || report.Rows < 5 {
		t.Fatalf("with new rows: %+v, %v", report, err)
	}
	backup := t.TempDir() + "/backup.db"
	ok(t, s.Backup(t.Context(), backup))
	restored := opts
	restored.Path = backup
	if r, err := storetest.Open(t, restored).VerifyAudit(t.Context()); err != nil || !r.OK || r.Rows != report.Rows {
		t.Errorf("restored from a backup: %+v, %v", r, err)
	}
	_, err = storetest.DB(t, s).ExecContext(t.Context(), "UPDATE audit SET actor_email = 'eve@example.com' WHERE id = 2")
	ok(t, err)
	verify("an e-mail put into an old row", report.Rows, 2)
}
