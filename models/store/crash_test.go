package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// writeChild writes until it is killed, and says after each change that it
// was acknowledged.
func writeChild(ctx context.Context, s *store.Store, job childJob) error {
	for i := 0; ; i++ {
		k, _, err := s.CreateKey(ctx, job.Who, "", "")
		if err != nil {
			return err
		}
		fmt.Println("key", k.Sid)
		c, _, err := s.CopyKey(ctx, job.Who, job.Sid, "")
		if err != nil {
			return err
		}
		fmt.Println("copy", c.Sid)
		rule, err := s.AddKeyIP(ctx, job.Who, k.Sid, "10.0.0.*")
		if err != nil {
			return err
		}
		fmt.Println("ip", k.Sid, rule)
		if err := s.SetKeyEnabled(ctx, job.Who, k.Sid, false); err != nil {
			return err
		}
		fmt.Println("disabled", k.Sid)
		if i%3 == 2 {
			if err := s.DeleteKey(ctx, job.Who, k.Sid); err != nil {
				return err
			}
			fmt.Println("deleted", k.Sid)
		}
	}
}

// A process that is killed in the middle of its writes loses nothing that it
// acknowledged, and leaves nothing half done.
func TestKilledWritersLoseNothing(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 5
	}
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	source := storetest.SeedKeys(t, s, w.Who, 1)[0]
	ok(t, s.SetKeyApps(ctx, w.Who, source.Sid, models.ScopeSome, []int64{w.Apps[0].ID, w.Apps[1].ID}))
	ok(t, s.SetKeyAPIs(ctx, w.Who, source.Sid, models.ScopeSome, []int64{w.APIByName(t, "data.list").ID, w.APIByName(t, "data.get").ID, w.APIByName(t, "member.get").ID}))
	for i := range 20 {
		must(s.AddKeyIP(ctx, w.Who, source.Sid, fmt.Sprintf("192.168.7.%d", i)))(t)
	}
	db := storetest.DB(t, s)
	for range kills {
		c := startChild(t, s, childJob{Kind: "write", Who: w.Who, Sid: source.Sid})
		var said []string
		var deadline time.Time
		for c.out.Scan() {
			if said = append(said, c.out.Text()); len(said) == 1 {
				deadline = time.Now().Add(time.Duration(rand.IntN(40)) * time.Millisecond)
				time.AfterFunc(time.Until(deadline), func() { _ = c.cmd.Process.Kill() })
			}
		}
		_ = c.cmd.Wait()
		if len(said) == 0 {
			t.Fatal("the child acknowledged nothing")
		}
		checkAcknowledged(t, db, said)
		checkWhole(t, db)
		if t.Failed() {
			t.FailNow()
		}
		tidy(t, s, w.Who, source.Sid)
	}
	if r, err := s.VerifyAudit(ctx); err != nil || !r.OK {
		t.Errorf("the audit: %+v, %v", r, err)
	}
}

func checkAcknowledged(t *testing.T, db *sql.DB, said []string) {
	t.Helper()
	deleted := map[string]bool{}
	for _, line := range said {
		if f := strings.Fields(line); f[0] == "deleted" {
			deleted[f[1]] = true
		}
	}
	last := ""
	for _, line := range said {
		last = strings.Fields(line)[1]
	}
	for _, line := range said {
		f := strings.Fields(line)
		query := map[string]string{
			"key":      "SELECT count(*) FROM keys WHERE sid = ?",
			"copy":     "SELECT count(*) FROM keys WHERE sid = ?",
			"ip":       "SELECT count(*) FROM key_ips JOIN keys ON keys.id = key_id WHERE sid = ?",
			"disabled": "SELECT count(*) FROM keys WHERE sid = ? AND NOT enabled",
			"deleted":  "SELECT 1 - count(*) FROM keys WHERE sid = ?",
		}[f[0]]
		n := count(t, db, query, f[1])
		if n == 1 || deleted[f[1]] {
			continue
		}
		// The last key may have been deleted without time to say so.
		unsaid := f[1] == last && count(t, db, "SELECT count(*) FROM audit WHERE target_id = ? AND event = ?", f[1], models.EventKeyDelete) == 1
		if !unsaid {
			t.Errorf("%q was acknowledged and is lost", line)
		}
	}
}

// checkWhole looks for changes without their audit row, and the reverse, and
// for copies that lack a part.
func checkWhole(t *testing.T, db *sql.DB) {
	t.Helper()
	var integrity string
	ok(t, db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&integrity))
	if integrity != "ok" {
		t.Errorf("integrity_check: %s", integrity)
	}
	for what, query := range map[string]string{
		"keys without the audit row of their making": `SELECT count(*) FROM keys WHERE (SELECT count(*) FROM audit
			WHERE target_id = sid AND event IN ('api.key.create', 'api.key.copy')) <> 1`,
		"audit rows of makings without key": `SELECT count(*) FROM audit WHERE event IN ('api.key.create', 'api.key.copy')
			AND target_id NOT IN (SELECT sid FROM keys)
			AND target_id NOT IN (SELECT target_id FROM audit WHERE event = 'api.key.delete')`,
		"keys that are deleted according to the audit": `SELECT count(*) FROM keys WHERE sid IN
			(SELECT target_id FROM audit WHERE event = 'api.key.delete')`,
		"statuses without their audit row": `SELECT count(*) FROM keys WHERE NOT enabled AND sid NOT IN
			(SELECT target_id FROM audit WHERE event = 'api.key.disable')`,
		"addresses without their audit row": `SELECT count(*) FROM keys WHERE name LIKE 'API Key%' AND
			(SELECT count(*) FROM key_ips WHERE key_id = keys.id) <>
			(SELECT count(*) FROM audit WHERE target_id = sid AND event = 'api.key.update')`,
		"half copies": `SELECT count(*) FROM keys WHERE name LIKE '%(copy%' AND NOT (
			(SELECT count(*) FROM key_apps WHERE key_id = keys.id) = 2 AND
			(SELECT count(*) FROM key_apis WHERE key_id = keys.id) = 3 AND
			(SELECT count(*) FROM key_ips WHERE key_id = keys.id) = 20)`,
	} {
		if n := count(t, db, query); n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
}

// tidy makes room for the next round.
func tidy(t *testing.T, s *store.Store, who models.Actor, keep string) {
	t.Helper()
	for {
		page := must(s.ListKeys(t.Context(), who, models.KeyQuery{}))(t)
		var sids []string
		for _, r := range page.Rows {
			if r.Sid != keep {
				sids = append(sids, r.Sid)
			}
		}
		if len(sids) == 0 {
			return
		}
		must(s.BulkKeys(t.Context(), who, sids, models.BulkDisable))(t)
		must(s.BulkKeys(t.Context(), who, sids, models.BulkDelete))(t)
	}
}
