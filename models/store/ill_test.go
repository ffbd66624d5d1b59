package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/gate"
	"keywicket/models/secret"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// On a full disk nothing is acknowledged, readers and the gate go on, and
// writes resume by themselves.
func TestFullDisk(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	e := gate.New(s.Hasher().Hash, secret.WellFormed, time.Now)
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
	if got := e.Decide(dataList(value)).Reason; got != gate.Allowed {
		t.Errorf("the gate says %s", got)
	}
	ok(t, s.LimitPages(1<<20))
	ok(t, s.SetKeyEnabled(ctx, w.Who, k.Sid, false))
	if got := e.Decide(dataList(value)).Reason; got != gate.KeyDisabled {
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
	if err := s.Ping(ctx); err == nil || errors.Is(err, store.ErrNotWritable) {
		t.Errorf("a closed store answers a ping with %v", err)
	}
}
