package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"keywicket/models"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

const (
	raceRounds  = 300
	raceWorkers = 32 // in each of two processes
	raceKeys    = models.MaxKeysPerAccount - 7
	raceIPs     = models.MaxIPsPerKey - 4
)

// raceRound runs all workers at once: a third each creates keys, copies keys and
// adds addresses. It returns every answer other than success and "full".
func raceRound(ctx context.Context, s *store.Store, job childJob, base int) []string {
	var wg sync.WaitGroup
	start := make(chan struct{})
	said := make([]string, raceWorkers)
	for i := range raceWorkers {
		wg.Go(func() {
			<-start
			var err error
			switch i % 3 {
			case 0:
				_, _, err = s.CreateKey(ctx, job.Who, "", "")
			case 1:
				_, _, err = s.CopyKey(ctx, job.Who, job.Sid, "")
			default:
				_, err = s.AddKeyIP(ctx, job.Who, job.Sid, fmt.Sprintf("10.9.%d.%d", base, i))
			}
			if err != nil && models.CodeOf(err) != models.CodeLimit {
				said[i] = err.Error()
			}
		})
	}
	close(start)
	wg.Wait()
	var bad []string
	for _, e := range said {
		if e != "" {
			bad = append(bad, e)
		}
	}
	return bad
}

// raceChild does a round for each line that it reads.
func raceChild(ctx context.Context, s *store.Store, job childJob, round func(context.Context, *store.Store, childJob, int) []string) error {
	lines := bufio.NewScanner(os.Stdin)
	fmt.Println(`["ready"]`)
	for lines.Scan() {
		base, err := strconv.Atoi(lines.Text())
		if err != nil {
			return err
		}
		text, err := json.Marshal(round(ctx, s, job, base))
		if err != nil {
			return err
		}
		fmt.Println(string(text))
	}
	return errors.Join(lines.Err(), s.Close())
}

// race runs rounds with two processes on one file until one of them breaks a
// limit or meets an error, and says what it was.
func race(t *testing.T, rounds int, txlock string) string {
	t.Helper()
	o := storetest.Options(t)
	s := storetest.Open(t, store.Beginning(o, txlock))
	w := storetest.Seed(t, s)
	k := storetest.SeedKeys(t, s, w.Who, 1)[0]
	db := storetest.DB(t, s)
	prefill(t, db, k)
	job := childJob{Kind: "race", Who: w.Who, Sid: k.Sid, Txlock: txlock}
	c := startChild(t, s, job)
	defer func() { _ = c.in.Close(); _ = c.cmd.Wait() }()
	if !c.out.Scan() {
		t.Fatal("the child did not start")
	}
	for round := range rounds {
		if _, err := fmt.Fprintln(c.in, 100); err != nil {
			t.Fatal(err)
		}
		bad := raceRound(t.Context(), s, job, 200)
		if !c.out.Scan() {
			t.Fatal("the child ended")
		}
		var childBad []string
		if err := json.Unmarshal(c.out.Bytes(), &childBad); err != nil {
			t.Fatal(err)
		}
		if all := append(bad, childBad...); len(all) > 0 {
			return fmt.Sprintf("round %d: %s", round, strings.Join(all, "; "))
		}
		keys, ips := count(t, db, "SELECT count(*) FROM keys"), count(t, db, "SELECT count(*) FROM key_ips WHERE key_id = "+strconv.FormatInt(k.ID, 10))
		if keys != models.MaxKeysPerAccount || ips != models.MaxIPsPerKey {
			return fmt.Sprintf("round %d: %d keys and %d addresses", round, keys, ips)
		}
		run(t, db, "DELETE FROM keys WHERE id NOT IN (SELECT id FROM keys ORDER BY id LIMIT ?)", raceKeys)
		run(t, db, "DELETE FROM key_ips WHERE id NOT IN (SELECT id FROM key_ips ORDER BY id LIMIT ?)", raceIPs)
	}
	if r, err := s.VerifyAudit(t.Context()); err != nil || !r.OK {
		return fmt.Sprintf("the audit: %+v, %v", r, err)
	}
	return ""
}

// numbers is a table n of the numbers from 1 to its argument.
const numbers = "WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?) "

// prefill brings account and key close to their limits.
func prefill(t *testing.T, db *sql.DB, k models.Key) {
	t.Helper()
	run(t, db, numbers+`INSERT INTO keys SELECT NULL, account_id, owner_id, 'fill-' || n.value, 'Fill', '', channel, 0, NULL, scope_apps,
		scope_apis, randomblob(32), prefix, last4, 'show_once', NULL, '', 0, 0, NULL, '', created_at, updated_at, NULL, '', '', '', '', NULL, '', NULL
		FROM keys, n WHERE id = ? AND n.value > 1`, raceKeys, k.ID)
	run(t, db, numbers+`INSERT INTO key_ips SELECT NULL, ?, '10.8.0.' || n.value, '2026-01-01' FROM n`, raceIPs, k.ID)
}

// Two processes and 64 hands at once never make the 501st key or the 51st
// address, and nobody is told that the database is locked.
func TestLimitsHoldUnderConcurrency(t *testing.T) {
	rounds := raceRounds
	if testing.Short() {
		rounds = 20
	}
	if bad := race(t, rounds, ""); bad != "" {
		t.Error(bad)
	}
}

// The test above proves something only if it notices transactions that take
// their lock too late.
func TestLimitsTestNoticesDeferredTransactions(t *testing.T) {
	if bad := race(t, 100, "deferred"); bad == "" {
		t.Error("100 rounds with deferred transactions went unnoticed")
	} else {
		t.Log(bad)
	}
}

func count(t *testing.T, db *sql.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func run(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
