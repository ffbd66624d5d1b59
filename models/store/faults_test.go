package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/secret"
	"keywicket/models/store/sqlite"
	"keywicket/models/storetest"
)

// On a full disk nothing is acknowledged, readers and the gate go on, and
// writes resume by themselves.
func TestFullDisk(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	e := engine.New(s.Hasher().Hash, secret.WellFormed, time.Now)
	ctx := t.Context()
	ok(t, s.AttachGate(ctx, e))
	k, value, err := s.CreateKey(ctx, w.Who, "", "")
	ok(t, err)
	ok(t, s.LimitPages(1)) // SQLite takes the present size for it
	made := 1
	for range 200 {
		if _, _, err = s.CreateKey(ctx, w.Who, strings.Repeat("n", 100), ""); err != nil {
			break
		}
		made++
	}
	wantCode(t, "create on a full disk", err, models.CodeUnavailable)
	if p := must(s.ListKeys(ctx, w.Who, models.KeyQuery{}))(t); p.InUse != made {
		t.Errorf("%d keys were acknowledged, %d are there", made, p.InUse)
	}
	if got := e.Decide(dataList(value)).Reason; got != engine.Allowed {
		t.Errorf("the gate says %s", got)
	}
	ok(t, s.LimitPages(1<<20))
	ok(t, s.SetKeyEnabled(ctx, w.Who, k.Sid, false))
	if got := e.Decide(dataList(value)).Reason; got != engine.KeyDisabled {
		t.Errorf("the gate says %s", got)
	}
	if r := verify(t, s); !r.OK {
		t.Errorf("%+v", r)
	}
	if found := must(s.CheckIntegrity(ctx))(t); found != "" {
		t.Error(found)
	}
}

func TestCheckSealed(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	keys := storetest.SeedKeys(t, s, w.Who, 3)
	sealed, lost, err := s.CheckSealed(t.Context())
	ok(t, err)
	if sealed != 3 || lost != 0 {
		t.Errorf("%d sealed, %d lost", sealed, lost)
	}
	run(t, storetest.DB(t, s), "UPDATE keys SET kek_id = 'dropped' WHERE sid = ?", keys[1].Sid)
	if sealed, lost, _ = s.CheckSealed(t.Context()); sealed != 3 || lost != 1 {
		t.Errorf("%d sealed, %d lost", sealed, lost)
	}
	wantCode(t, "reveal a lost value", second(s.RevealKey(t.Context(), w.Who, keys[1].Sid)), models.CodeInternal)
}

// A table that is damaged is a fault of ours, never a refusal, and never an
// acknowledged change.
func TestFaultsAreNoRefusals(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	sid := storetest.SeedKeys(t, s, w.Who, 1)[0].Sid
	db := storetest.DB(t, s)
	run(t, db, "ALTER TABLE audit RENAME TO elsewhere")
	for what, err := range map[string]error{
		"create": func() error { _, _, err := s.CreateKey(ctx, w.Who, "", ""); return err }(),
		"reveal": second(s.RevealKey(ctx, w.Who, sid)),
		"switch": s.SetKeyEnabled(ctx, w.Who, sid, false),
		"apps":   second(s.AddApps(ctx, w.Who, []models.NewApp{{AppID: "n"}})),
	} {
		if code := models.CodeOf(err); code != models.CodeInternal && code != models.CodeUnavailable {
			t.Errorf("%s without an audit: %v", what, err)
		}
	}
	run(t, db, "ALTER TABLE elsewhere RENAME TO audit")
	if d := must(s.Key(ctx, w.Who, sid))(t); !d.Enabled {
		t.Error("a change without its audit row was kept")
	}
	if n := count(t, db, "SELECT count(*) FROM keys"); n != 1 {
		t.Errorf("%d keys", n)
	}
	ok(t, s.Close())
	if err := s.Ping(ctx); err == nil || errors.Is(err, sqlite.ErrNotWritable) {
		t.Errorf("a closed store answers a ping with %v", err)
	}
}

// Whether the database is ready is what its last write met: it is not while the
// disk is full, and is again once there is room. However often it is asked, it
// is tried rarely.
func TestPingTriesToWrite(t *testing.T) {
	c := &movedClock{at: time.Now().UTC().Truncate(time.Second)}
	s := storetest.New(t, storetest.WithNow(c.now))
	w := storetest.Seed(t, s)
	ctx := t.Context()
	probes := func() int { return count(t, storetest.DB(t, s), "SELECT coalesce(max(id), 0) FROM write_probe") }
	for range 100 {
		ok(t, s.Ping(ctx))
	}
	if n := probes(); n != 1 {
		t.Errorf("asked 100 times at once, it was tried %d times", n)
	}
	c.pass(10 * time.Second)
	ok(t, s.Ping(ctx))
	if n := probes(); n != 2 {
		t.Errorf("after a while, it was tried %d times", n)
	}
	if n := count(t, storetest.DB(t, s), "SELECT count(*) FROM write_probe"); n != 1 {
		t.Errorf("%d rows are left", n)
	}

	// A change fails: the next answer says so, without a try of its own.
	ok(t, s.LimitPages(1))
	var err error
	for range 200 {
		if _, _, err = s.CreateKey(ctx, w.Who, strings.Repeat("n", 100), ""); err != nil {
			break
		}
	}
	wantCode(t, "create on a full disk", err, models.CodeUnavailable)
	wantCode(t, "ping on a full disk", s.Ping(ctx), models.CodeUnavailable)
	c.pass(time.Second)
	wantCode(t, "a second one", s.Ping(ctx), models.CodeUnavailable)
	wantCode(t, "a write on a full disk", s.CheckWrites(ctx), models.CodeUnavailable)
	ok(t, s.LimitPages(1<<20))
	wantCode(t, "ping before it is tried again", s.Ping(ctx), models.CodeUnavailable)
	c.pass(time.Second)
	ok(t, s.Ping(ctx))
	ok(t, s.CheckWrites(ctx))

	// Nobody writes, and the disk fills up.
	for range 30 {
		if _, _, err = s.CreateKey(ctx, w.Who, "", ""); err != nil {
			break
		}
	}
	run(t, storetest.DB(t, s), "VACUUM") // no free page is left
	ok(t, s.LimitPages(1))
	ok(t, s.Ping(ctx))
	c.pass(10 * time.Second)
	wantCode(t, "ping on a disk that filled up", s.Ping(ctx), models.CodeUnavailable)
}

// A refusal of the rules and a caller who went away say nothing of the disk.
func TestPingAfterARefusal(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ok(t, s.Ping(t.Context()))
	ctx, gone := context.WithCancel(t.Context())
	gone()
	if _, _, err := s.CreateKey(ctx, w.Who, "", ""); err == nil {
		t.Error("who is gone made a key")
	}
	wantCode(t, "a key that is not there", s.SetKeyEnabled(t.Context(), w.Who, "none", false), models.CodeNotFound)
	ok(t, s.Ping(t.Context()))
}

// Many ask at once while the probe waits for another writer: they wait a
// little, and hear what is known.
func TestPingBesideALongWrite(t *testing.T) {
	s := storetest.New(t)
	storetest.Seed(t, s)
	db := storetest.DB(t, s)
	db.SetMaxOpenConns(1)
	run(t, db, "BEGIN IMMEDIATE")
	var work sync.WaitGroup
	for range 20 {
		work.Go(func() {
			if err := s.Ping(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	run(t, db, "ROLLBACK")
	ok(t, s.Ping(t.Context()))
}
