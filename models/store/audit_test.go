package store_test

import (
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

func verify(t *testing.T, s *store.Store) models.AuditReport {
	t.Helper()
	return must(s.VerifyAudit(t.Context()))(t)
}

// chain returns a store with some audit rows.
func chain(t *testing.T) (*store.Store, storetest.Fixture, *sql.DB) {
	t.Helper()
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	storetest.SeedKeys(t, s, w.Who, 8)
	return s, w, storetest.DB(t, s)
}

func TestAuditVerifies(t *testing.T) {
	s := storetest.New(t)
	if r := verify(t, s); !r.OK || r.Rows != 0 {
		t.Errorf("empty: %+v", r)
	}
	w := storetest.Seed(t, s)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() { _, _, _ = s.CreateKey(t.Context(), w.Who, "", "") })
	}
	wg.Wait()
	if r := verify(t, s); !r.OK || r.Rows != 20 || r.Problem != "" {
		t.Errorf("after parallel changes: %+v", r)
	}
}

// Whatever is done to the audit behind the store's back is found, at once and
// after further rows were written.
func TestTamperingWithTheAuditIsFound(t *testing.T) {
	tamper := map[string][]string{
		"a row deleted":             {"DELETE FROM audit WHERE id = 5"},
		"the first row deleted":     {"DELETE FROM audit WHERE id = 1"},
		"the last row deleted":      {"DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)"},
		"three rows cut off":        {"DELETE FROM audit WHERE id > (SELECT max(id) - 3 FROM audit)"},
		"all rows deleted":          {"DELETE FROM audit"},
		"a row deleted, rest moved": {"DELETE FROM audit WHERE id = 5", "UPDATE audit SET id = -id WHERE id > 5", "UPDATE audit SET id = -id - 1 WHERE id < 0"},
		"two rows swapped": {"UPDATE audit SET id = 1000 WHERE id = 5", "UPDATE audit SET id = 5 WHERE id = 6",
			"UPDATE audit SET id = 6 WHERE id = 1000"},
		"a row doubled": {"INSERT INTO audit SELECT (SELECT max(id) + 1 FROM audit), account_id, at, actor_id, actor_name, ip, event, target_kind, target_id, target_name, before, after, hash, actor_email FROM audit WHERE id = 5"},
		"a row added":   {"INSERT INTO audit SELECT (SELECT max(id) + 1 FROM audit), account_id, at, actor_id, 'Mallory', ip, event, target_kind, target_id, target_name, before, after, zeroblob(32), actor_email FROM audit WHERE id = 5"},
		"tail cut and head set back": {"DELETE FROM audit WHERE id > (SELECT max(id) - 3 FROM audit)",
			"UPDATE audit_heads SET count = (SELECT max(id) FROM audit), hash = (SELECT hash FROM audit ORDER BY id DESC LIMIT 1)"},
		"head deleted":              {"DELETE FROM audit_heads"},
		"head and all rows deleted": {"DELETE FROM audit_heads", "DELETE FROM audit"},
		"head's count changed":      {"UPDATE audit_heads SET count = count - 1"},
		"a field moved to another":  {"UPDATE audit SET target_name = target_id || target_name, target_id = '' WHERE id = 5"},
	}
	for _, column := range []string{"account_id", "actor_id"} {
		tamper[column+" changed"] = []string{"UPDATE audit SET " + column + " = " + column + " + 1 WHERE id = 5"}
	}
	for _, column := range []string{"actor_name", "actor_email", "ip", "event", "target_kind", "target_id", "target_name", "before", "after"} {
		tamper[column+" changed"] = []string{"UPDATE audit SET " + column + " = " + column + " || 'x' WHERE id = 5"}
	}
	tamper["actor_email taken out"] = []string{"UPDATE audit SET actor_email = '' WHERE id = 5"}
	tamper["actor_email moved"] = []string{"UPDATE audit SET after = after || actor_email, actor_email = '' WHERE id = 5"}
	tamper["at changed"] = []string{"UPDATE audit SET at = '2020-01-01 00:00:00+00:00' WHERE id = 5"}
	tamper["hash changed"] = []string{"UPDATE audit SET hash = zeroblob(32) WHERE id = 5"}
	for what, statements := range tamper {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s, w, db := chain(t)
			if r := verify(t, s); !r.OK {
				t.Fatalf("before: %+v", r)
			}
			for _, q := range statements {
				run(t, db, q)
			}
			if r := verify(t, s); r.OK || r.Problem == "" {
				t.Errorf("not found: %+v", r)
			}
			storetest.SeedKeys(t, s, w.Who, 2) // the service goes on
			if r := verify(t, s); r.OK || r.Problem == "" {
				t.Errorf("covered up by later rows: %+v", r)
			}
		})
	}
}

// An earlier state of the audit verifies by itself; the mark beside the
// database tells that it is not the latest.
func TestEarlierStateOfTheAuditIsFound(t *testing.T) {
	s, w, db := chain(t)
	run(t, db, "CREATE TABLE old_audit AS SELECT * FROM audit")
	run(t, db, "CREATE TABLE old_heads AS SELECT * FROM audit_heads")
	storetest.SeedKeys(t, s, w.Who, 3)
	for _, q := range []string{
		"DELETE FROM audit", "INSERT INTO audit SELECT * FROM old_audit",
		"DELETE FROM audit_heads", "INSERT INTO audit_heads SELECT * FROM old_heads",
	} {
		run(t, db, q)
	}
	if r := verify(t, s); r.OK {
		t.Error("not found")
	}
	storetest.SeedKeys(t, s, w.Who, 10) // beyond the mark
	r := verify(t, s)
	if r.OK || !strings.Contains(r.Problem, ".anchor") {
		t.Errorf("covered up by later rows: %+v", r)
	}
	// Somebody who restored a backup on purpose says so by removing the mark.
	ok(t, os.Remove(s.Path()+".anchor"))
	if r := verify(t, s); !r.OK {
		t.Errorf("%+v", r)
	}
}

func TestForgedMarkIsFound(t *testing.T) {
	s, _, _ := chain(t)
	text, err := os.ReadFile(s.Path() + ".anchor")
	ok(t, err)
	for _, forged := range []string{"rubbish", strings.Replace(string(text), "0", "1", 1)} {
		ok(t, os.WriteFile(s.Path()+".anchor", []byte(forged), 0o600))
		if r := verify(t, s); r.OK {
			t.Errorf("%q passes", forged)
		}
	}
}

// The mark survives another process's writes and a restart.
func TestMarkFollowsOtherWriters(t *testing.T) {
	o := storetest.Options(t)
	s := storetest.Open(t, o)
	w := storetest.Seed(t, s)
	beside := storetest.Open(t, o)
	for range 3 {
		storetest.SeedKeys(t, s, w.Who, 2)
		storetest.SeedKeys(t, beside, w.Who, 2)
	}
	if r := verify(t, s); !r.OK {
		t.Errorf("%+v", r)
	}
	text, err := os.ReadFile(s.Path() + ".anchor")
	ok(t, err)
	if want := fmt.Sprintf("%020d ", verify(t, s).Rows); !strings.HasPrefix(string(text), want) {
		t.Errorf("the mark is %.30q, want %q", text, want)
	}
}

func TestListAudit(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	o := storetest.SeedOther(t, s, "Other")
	ctx := t.Context()
	storetest.SeedKeys(t, s, o.Who, 1)
	clock.add(time.Hour)
	from := clock.now()
	keys := storetest.SeedKeys(t, s, w.Who, 55)
	clock.add(time.Hour)
	until := clock.now()
	ok(t, s.SetKeyEnabled(ctx, w.Who, keys[3].Sid, false))
	ok(t, s.RecordAudit(ctx, models.AuditRow{
		AccountID: w.Account.ID, ActorName: "unknown_100%", IP: "203.0.113.9", Event: models.EventUserSignInFailed, TargetKind: "user", TargetID: "x@example.com",
	}))
	for what, c := range map[string]struct {
		q     models.AuditQuery
		total int
		rows  int
	}{
		"keys":           {models.AuditQuery{Event: "api.key."}, 56, 50},
		"second page":    {models.AuditQuery{Event: "api.key.", Page: 2}, 56, 6},
		"one event":      {models.AuditQuery{Event: models.EventKeyDisable}, 1, 1},
		"no such event":  {models.AuditQuery{Event: "api.key"}, 0, 0},
		"by actor":       {models.AuditQuery{Actor: "olivia", Event: "api."}, 56, 50},
		"by a wildcard":  {models.AuditQuery{Actor: "_1__%"}, 0, 0},
		"literally":      {models.AuditQuery{Actor: "_100%"}, 1, 1},
		"by target name": {models.AuditQuery{Target: "seeded 55"}, 1, 1},
		"by target":      {models.AuditQuery{Target: keys[3].Sid}, 2, 2},
		"from until":     {models.AuditQuery{From: &from, Until: &until}, 55, 50},
		"from":           {models.AuditQuery{From: &until}, 2, 2},
		"other accounts": {models.AuditQuery{Target: "Other"}, 0, 0},
	} {
		p := must(s.ListAudit(ctx, w.Who, c.q))(t)
		if p.Total != c.total || len(p.Rows) != c.rows {
			t.Errorf("%s: %d rows of %d", what, len(p.Rows), p.Total)
		}
		for i, r := range p.Rows {
			if r.AccountID != w.Account.ID || i > 0 && r.ID >= p.Rows[i-1].ID {
				t.Errorf("%s: row %+v", what, r)
			}
		}
	}
}
