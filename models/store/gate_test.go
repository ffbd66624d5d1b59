package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/secret"
	"keywicket/models/store"
	"keywicket/models/storetest"
	"keywicket/models/verifier"
)

func attach(t *testing.T, s *store.Store) *engine.Engine {
	t.Helper()
	p := verifier.New(s.Hasher(), time.Now)
	e := engine.New(s.Hasher().Hash, secret.WellFormed, time.Now).WithPairs(p)
	ok(t, s.AttachGate(t.Context(), e))
	return e
}

func dataList(value string) engine.Request {
	return engine.Request{
		Credential: value, Channel: models.ChannelREST, Method: "POST", Path: "/api/v5/app/entry/data/list", App: "app-orders",
		IP: netip.MustParseAddr("10.0.0.1"), Dry: true,
	}
}

// Each change holds at the gate of its process when its method returns, and
// at the one of another process after a look.
func TestChangesHoldAtTheGate(t *testing.T) {
	o := storetest.Options(t)
	s := storetest.Open(t, o)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	before, valueBefore, err := s.CreateKey(ctx, w.Who, "before", "")
	ok(t, err)
	here := attach(t, s)
	other := storetest.Open(t, o)
	there := attach(t, other)
	if got := here.Decide(dataList(valueBefore)).Reason; got != engine.Allowed {
		t.Errorf("a key from before: %s", got)
	}
	k, value, err := s.CreateKey(ctx, w.Who, "", "")
	ok(t, err)
	list := w.APIByName(t, "data.list")
	orders := w.Apps[0].ID
	policies := func(change func(*models.Account)) error {
		a, _, err := s.AccountFor(ctx, "acme", w.Owner.ID)
		ok(t, err)
		change(&a)
		return s.UpdateAccount(ctx, w.Who, as(a))
	}
	for _, c := range []struct {
		what string
		do   func() error
		want engine.Reason
	}{
		{"created", func() error { return nil }, engine.Allowed},
		{"disabled", func() error { return s.SetKeyEnabled(ctx, w.Who, k.Sid, false) }, engine.KeyDisabled},
		{"enabled", func() error { return s.SetKeyEnabled(ctx, w.Who, k.Sid, true) }, engine.Allowed},
		{"another address", func() error { return second(s.AddKeyIP(ctx, w.Who, k.Sid, "10.0.0.2")) }, engine.IPDenied},
		{"its address", func() error { return second(s.AddKeyIP(ctx, w.Who, k.Sid, "10.0.*.1")) }, engine.Allowed},
		{"without its address", func() error { return s.RemoveKeyIP(ctx, w.Who, k.Sid, "10.0.*.1", false) }, engine.IPDenied},
		{"without addresses", func() error { return s.RemoveKeyIP(ctx, w.Who, k.Sid, "10.0.0.2", true) }, engine.Allowed},
		{"no app", func() error { return s.SetKeyApps(ctx, w.Who, k.Sid, models.ScopeSome, nil) }, engine.AppDenied},
		{"its app", func() error { return s.SetKeyApps(ctx, w.Who, k.Sid, models.ScopeSome, []int64{orders}) }, engine.Allowed},
		{"the app gone", func() error { return s.RemoveApp(ctx, w.Who, orders) }, engine.AppDenied},
		{"the app anew", func() error { return second(s.AddApps(ctx, w.Who, []models.NewApp{{AppID: "app-orders"}})) }, engine.AppDenied},
		{"all apps", func() error { return s.SetKeyApps(ctx, w.Who, k.Sid, models.ScopeAll, nil) }, engine.Allowed},
		{"no call", func() error { return s.SetKeyAPIs(ctx, w.Who, k.Sid, models.ScopeSome, nil) }, engine.APIDenied},
		{"its call", func() error { return s.SetKeyAPIs(ctx, w.Who, k.Sid, models.ScopeSome, []int64{list.ID}) }, engine.Allowed},
		{"the call elsewhere", func() error { a := list; a.Path = "/elsewhere"; return s.UpdateAPI(ctx, w.Who, a) }, engine.APIUnknown},
		{"the call back", func() error { return s.UpdateAPI(ctx, w.Who, list) }, engine.Allowed},
		{"the call gone", func() error { return s.RemoveAPI(ctx, w.Who, list.ID) }, engine.APIUnknown},
		{"all calls", func() error { return s.SetKeyAPIs(ctx, w.Who, k.Sid, models.ScopeAll, nil) }, engine.APIUnknown},
		{"unknown calls pass", func() error { return policies(func(a *models.Account) { a.PassUnknownAPIs = true }) }, engine.Allowed},
		{"unknown calls do not", func() error { return policies(func(a *models.Account) { a.PassUnknownAPIs = false }) }, engine.APIUnknown},
		{"the preset", func() error { return second(s.ApplyPreset(ctx, w.Who)) }, engine.Allowed},
		{"disabled in bulk", func() error { return second(s.BulkKeys(ctx, w.Who, []string{k.Sid}, models.BulkDisable)) }, engine.KeyDisabled},
		{"deleted", func() error { return s.DeleteKey(ctx, w.Who, k.Sid) }, engine.KeyUnknown},
	} {
		ok(t, c.do())
		if got := here.Decide(dataList(value)).Reason; got != c.want {
			t.Errorf("%s: %s in the same process, want %s", c.what, got, c.want)
		}
		ok(t, other.PollGate(ctx))
		if got := there.Decide(dataList(value)).Reason; got != c.want {
			t.Errorf("%s: %s in the other process, want %s", c.what, got, c.want)
		}
	}
	ok(t, other.SetKeyEnabled(ctx, w.Who, before.Sid, false))
	if got := here.Decide(dataList(valueBefore)).Reason; got != engine.Allowed {
		t.Errorf("before a look: %s", got)
	}
	ok(t, s.PollGate(ctx))
	if got := here.Decide(dataList(valueBefore)).Reason; got != engine.KeyDisabled {
		t.Errorf("after a look: %s", got)
	}
}

// A gate that slept for longer than changes are kept loads everything.
func TestGateThatSleptLoadsEverything(t *testing.T) {
	o := storetest.Options(t)
	s := storetest.Open(t, o)
	w := storetest.Seed(t, s)
	e := attach(t, s)
	beside := storetest.Open(t, o)
	k, value, err := beside.CreateKey(t.Context(), w.Who, "", "")
	ok(t, err)
	ok(t, beside.SetKeyEnabled(t.Context(), w.Who, k.Sid, false))
	run(t, storetest.DB(t, s), "DELETE FROM changes WHERE id < (SELECT max(id) FROM changes)")
	ok(t, s.PollGate(t.Context()))
	if got := e.Decide(dataList(value)).Reason; got != engine.KeyDisabled {
		t.Errorf("after a gap: %s", got)
	}
}

// otherProcess opens the database with master keys that it has read by itself.
func otherProcess(t *testing.T, o store.Options) (*store.Store, *secret.Box) {
	t.Helper()
	o.Box = secret.NewBox(masterKeyFile(o), must(secret.LoadKeyringFile(masterKeyFile(o)))(t))
	s := storetest.Open(t, o)
	attach(t, s)
	return s, o.Box
}

func masterKeyFile(o store.Options) string { return filepath.Join(filepath.Dir(o.Path), "master.key") }

// A gate that slept for longer than changes are kept reads the master keys
// again too: one of the changes that it missed may have been theirs.
func TestGateThatSleptReadsTheMasterKeys(t *testing.T) {
	o := storetest.Options(t)
	s := storetest.Open(t, o)
	w := storetest.Seed(t, s)
	other, box := otherProcess(t, o)
	must(s.Reseal(t.Context()))(t)
	k, _, err := s.CreateKey(t.Context(), w.Who, "", "")
	ok(t, err)
	ok(t, s.SetKeyEnabled(t.Context(), w.Who, k.Sid, false))
	run(t, storetest.DB(t, s), "DELETE FROM changes WHERE id < (SELECT max(id) FROM changes)")
	ok(t, other.PollGate(t.Context()))
	if got, want := box.ActiveID(), o.Box.ActiveID(); got != want {
		t.Errorf("the active master key is %s, want %s", got, want)
	}
}

// A file of the master keys that cannot be read when they change is read as soon
// as it can be.
func TestMasterKeysAreReadLater(t *testing.T) {
	o := storetest.Options(t)
	s := storetest.Open(t, o)
	other, box := otherProcess(t, o)
	must(s.Reseal(t.Context()))(t)
	aside := masterKeyFile(o) + ".aside"
	ok(t, os.Rename(masterKeyFile(o), aside))
	ok(t, other.PollGate(t.Context()))
	if box.ActiveID() == o.Box.ActiveID() {
		t.Fatal("the master keys were read without their file")
	}
	ok(t, os.Rename(aside, masterKeyFile(o)))
	ok(t, other.PollGate(t.Context()))
	if got, want := box.ActiveID(), o.Box.ActiveID(); got != want {
		t.Errorf("the active master key is %s, want %s", got, want)
	}
}

// Whatever many writers of two processes do, both gates end where a fresh
// one begins.
func TestGatesEndAtTheSame(t *testing.T) {
	o := storetest.Options(t)
	stores := []*store.Store{storetest.Open(t, o), storetest.Open(t, o)}
	w := storetest.Seed(t, stores[0])
	engines := []*engine.Engine{attach(t, stores[0]), attach(t, stores[1])}
	ctx := t.Context()
	values := map[string]string{}
	var sids []string
	for range 20 {
		k, v, err := stores[0].CreateKey(ctx, w.Who, "", "")
		ok(t, err)
		values[k.Sid] = v
		sids = append(sids, k.Sid)
	}
	done, cancel := context.WithCancel(ctx)
	var polls, writers sync.WaitGroup
	for _, s := range stores {
		polls.Go(func() {
			for done.Err() == nil {
				_ = s.PollGate(ctx)
				time.Sleep(time.Millisecond)
			}
		})
		for n := range 4 {
			writers.Go(func() {
				for i := range 40 {
					sid := sids[rand.IntN(len(sids))]
					switch rand.IntN(4) {
					case 0:
						_ = s.SetKeyEnabled(ctx, w.Who, sid, rand.IntN(2) == 0)
					case 1:
						_, _ = s.AddKeyIP(ctx, w.Who, sid, fmt.Sprintf("10.%d.%d.%d", n, i, rand.IntN(9)))
					case 2:
						_ = s.SetKeyApps(ctx, w.Who, sid, models.ScopeSome, []int64{w.Apps[rand.IntN(3)].ID})
					default:
						_ = s.DeleteKey(ctx, w.Who, sid)
					}
				}
			})
		}
	}
	writers.Wait()
	cancel()
	polls.Wait()
	fresh := attach(t, storetest.Open(t, o))
	for i, s := range stores {
		ok(t, s.PollGate(ctx))
		for sid, v := range values {
			want := fresh.Decide(dataList(v))
			if got := engines[i].Decide(dataList(v)); got.Reason != want.Reason || got.Failed != want.Failed {
				t.Errorf("gate %d judges %s as %v, a fresh one as %v", i, sid, got.Failed.List(), want.Failed.List())
			}
		}
	}
}
