package engine_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"keywicket/models"
	"keywicket/models/engine"
)

// TestChangeHoldsAtOnce: the very next decision judges by it.
func TestChangeHoldsAtOnce(t *testing.T) {
	w := newFixture()
	k := newKey(1, "kw_a")
	r := ask("kw_a")
	w.Apply(engine.Delta{GoneAccounts: []int64{1}})
	for i, step := range []struct {
		change func()
		want   engine.Reason
	}{
		{func() { w.put(k) }, engine.KeyUnknown}, // it comes before its account
		{func() { w.putAccount(func(*engine.AccountData) {}) }, engine.Allowed},
		{func() { k.Key.Enabled = false; w.put(k) }, engine.KeyDisabled},
		{func() { k.Key.Enabled = true; w.put(k) }, engine.Allowed},
		{func() { k.IPs = []string{"10.0.0.1"}; w.put(k) }, engine.IPDenied},
		{func() { k.IPs = nil; w.put(k) }, engine.Allowed},
		{func() { k.Key.ScopeAPIs = models.ScopeSome; w.put(k) }, engine.APIDenied},
		{func() { k.APIIDs = []int64{apiUserGet}; w.put(k) }, engine.Allowed},
		{func() { w.putAccount(func(a *engine.AccountData) { a.APIs = a.APIs[1:] }) }, engine.APIUnknown},
		{func() { w.putAccount(func(a *engine.AccountData) { a.APIs = calls() }) }, engine.Allowed},
		{func() { w.putAccount(func(a *engine.AccountData) { a.APIs[0].AppBound = true }) }, engine.AppUndetermined},
		{func() { w.putAccount(func(a *engine.AccountData) { a.APIs = calls() }) }, engine.Allowed},
		{func() {
			w.putAccount(func(a *engine.AccountData) { a.Account.Status = models.AccountSuspended })
		}, engine.AccountSuspended},
		{func() { w.putAccount(func(a *engine.AccountData) { a.Account.Status = models.AccountActive }) }, engine.Allowed},
		{func() { k.Key.ExpiresAt = at(noon.Add(time.Second)); w.put(k); w.clock.advance(time.Second) }, engine.KeyExpired},
		{func() { k.Key.ExpiresAt = nil; w.put(k) }, engine.Allowed},
		{func() { h := hash("kw_b"); k.Key.Hash = h[:]; w.put(k) }, engine.KeyUnknown}, // the value changed
		{func() { r.Credential = "kw_b" }, engine.Allowed},
		{func() { w.Apply(engine.Delta{GoneKeys: []int64{1}}) }, engine.KeyUnknown},
		{func() { w.put(k) }, engine.Allowed},
		{func() { k.Key.Hash = k.Key.Hash[:31]; w.put(k) }, engine.KeyUnknown}, // no key that can be looked up
	} {
		step.change()
		if d := w.Decide(r); d.Reason != step.want {
			t.Fatalf("step %d: %v, want %v", i, d.Reason, step.want)
		}
	}
	if _, keys := w.Size(); keys != 0 {
		t.Errorf("%d keys at the end", keys)
	}
}

// TestSlotsAreNotMixed: an account that takes the place of another gets none
// of its keys, not even of those that come back late.
func TestSlotsAreNotMixed(t *testing.T) {
	w := newFixture()
	w.put(newKey(1, "kw_a"))
	w.Apply(engine.Delta{GoneAccounts: []int64{1}})
	second := w.account
	second.Account.ID, second.Account.Slug = 2, "second"
	w.Apply(engine.Delta{Accounts: []engine.AccountData{second}})
	if d := w.Decide(ask("kw_a")); d.Reason != engine.KeyUnknown {
		t.Fatalf("a key of the account that is gone: %v in %q", d.Reason, d.Account().Slug)
	}
	w.put(newKey(1, "kw_a"))
	if d := w.Decide(ask("kw_a")); d.Reason != engine.KeyUnknown {
		t.Fatalf("a late key of the account that is gone: %v in %q", d.Reason, d.Account().Slug)
	}
}

// TestGoneWins: an id that is both given and gone is gone.
func TestGoneWins(t *testing.T) {
	w := newFixture()
	w.Apply(engine.Delta{Keys: []engine.KeyData{newKey(1, "kw_a"), newKey(2, "kw_b")}, GoneKeys: []int64{1}})
	if w.Decide(ask("kw_a")).Allowed() || !w.Decide(ask("kw_b")).Allowed() {
		t.Error("key 1 should be gone and key 2 be there")
	}
	w.Apply(engine.Delta{Accounts: []engine.AccountData{w.account}, Keys: []engine.KeyData{newKey(3, "kw_c")}, GoneAccounts: []int64{1, 77}})
	if accounts, keys := w.Size(); accounts != 0 || keys != 0 {
		t.Errorf("%d accounts, %d keys", accounts, keys)
	}
}

// TestLikeHashes: keys whose hashes begin alike are not taken for each other.
func TestLikeHashes(t *testing.T) {
	like := func(s string) [32]byte {
		h := hash(s)
		clear(h[:31])
		return h
	}
	e := engine.New(like, wellFormed, func() time.Time { return noon })
	d := engine.Delta{All: true, Accounts: []engine.AccountData{newFixture().account}}
	credentials := map[byte]string{} // by the byte that differs
	for i := range int64(60) {
		credential := fmt.Sprint("kw_", i)
		h := like(credential)
		if credentials[h[31]] == "" {
			credentials[h[31]] = credential
			k := newKey(i, credential)
			k.Key.Hash = h[:]
			d.Keys = append(d.Keys, k)
		}
	}
	e.Apply(d)
	e.Apply(engine.Delta{GoneKeys: []int64{d.Keys[0].Key.ID}})
	for i, k := range d.Keys {
		got := e.Decide(ask(credentials[k.Key.Hash[31]]))
		switch {
		case i == 0 && got.Reason != engine.KeyUnknown:
			t.Errorf("the key that is gone: %v", got.Reason)
		case i > 0 && (got.Key == nil || got.Key.ID() != k.Key.ID):
			t.Errorf("key %d: %v", k.Key.ID, got.Reason)
		}
	}
}

func TestManyAccountsAndKeys(t *testing.T) {
	w := newFixture()
	d := engine.Delta{}
	const n = 3000 // several chunks of accounts
	for i := int64(2); i <= n; i++ {
		a := engine.AccountData{Account: models.Account{ID: i, Slug: fmt.Sprint(i), Status: models.AccountActive}, APIs: calls()[:1]}
		k := newKey(i, fmt.Sprint("kw_", i))
		k.Key.AccountID = i
		d.Accounts, d.Keys = append(d.Accounts, a), append(d.Keys, k)
	}
	w.Apply(d)
	if accounts, keys := w.Size(); accounts != n || keys != n-1 {
		t.Fatalf("%d accounts, %d keys", accounts, keys)
	}
	for i := int64(2); i <= n; i++ {
		got := w.Decide(ask(fmt.Sprint("kw_", i)))
		if !got.Allowed() || got.Account().Slug != fmt.Sprint(i) || got.Key.ID() != i {
			t.Fatalf("key %d: %v, account %q", i, got.Reason, got.Account().Slug)
		}
	}
}

// drawDelta draws changes over a few accounts and keys, so that they meet.
func drawDelta(t *rapid.T) engine.Delta {
	d := engine.Delta{All: rapid.IntRange(0, 9).Draw(t, "all") == 0}
	for _, id := range rapid.SliceOfNDistinct(rapid.Int64Range(1, 3), 0, 3, rapid.ID).Draw(t, "accounts") {
		d.Accounts = append(d.Accounts, drawAccount(t, id))
	}
	for _, id := range rapid.SliceOfNDistinct(rapid.Int64Range(1, 12), 0, 6, rapid.ID).Draw(t, "keys") {
		d.Keys = append(d.Keys, drawKey(t, id))
	}
	d.GoneKeys = rapid.SliceOfN(rapid.Int64Range(1, 14), 0, 2).Draw(t, "gone keys")
	d.GoneAccounts = rapid.SliceOfN(rapid.Int64Range(1, 9), 0, 1).Draw(t, "gone accounts")
	return d
}

func drawAccount(t *rapid.T, id int64) engine.AccountData {
	apis := rapid.Permutation(calls()).Draw(t, "apis")
	return engine.AccountData{
		Account: models.Account{
			ID: id, Slug: fmt.Sprint("a", id),
			Status:          rapid.SampledFrom([]models.AccountStatus{"active", "active", "suspended"}).Draw(t, "status"),
			PassUnknownAPIs: rapid.Bool().Draw(t, "pass unknown"),
			KeyInQuery:      rapid.Bool().Draw(t, "key in query"),
		},
		APIs: apis[:rapid.IntRange(0, len(apis)).Draw(t, "api count")],
		Apps: newFixture().account.Apps[:rapid.IntRange(0, 2).Draw(t, "app count")],
	}
}

func drawKey(t *rapid.T, id int64) engine.KeyData {
	h := hash(credentialOf(id, rapid.IntRange(0, 1).Draw(t, "value")))
	scope := rapid.SampledFrom([]models.ScopeMode{models.ScopeAll, models.ScopeSome})
	k := engine.KeyData{
		Key: models.Key{
			ID: id, Sid: fmt.Sprint("S", id), Name: "n", AccountID: rapid.Int64Range(1, 4).Draw(t, "account"),
			Channel: rapid.SampledFrom([]models.Channel{"rest", "rest", "http"}).Draw(t, "channel"),
			Enabled: rapid.IntRange(0, 4).Draw(t, "enabled") > 0, Hash: h[:],
			ScopeApps: scope.Draw(t, "scope apps"), ScopeAPIs: scope.Draw(t, "scope apis"),
		},
		AppIDs: rapid.SliceOfN(rapid.SampledFrom([]int64{appSales, appStock}), 0, 2).Draw(t, "apps"),
		APIIDs: rapid.SliceOfN(rapid.Int64Range(apiUserGet, apiSourceNone), 0, 5).Draw(t, "apis of the key"),
		IPs:    rapid.SliceOfN(rapid.SampledFrom([]string{"10.1.*.7", "192.0.2.1"}), 0, 1).Draw(t, "ips"),
	}
	if rapid.Bool().Draw(t, "expires") {
		k.Key.ExpiresAt = at(noon.Add(time.Duration(rapid.IntRange(-1, 3).Draw(t, "in")) * time.Second))
	}
	return k
}

func credentialOf(id int64, value int) string { return fmt.Sprintf("kw_%d_%d", id, value) }

func drawRequest(t *rapid.T) engine.Request {
	paths := []string{"", "/", "/api/other", "/api/any/1", "/api/any/", "/api/v5/corp/user/get/", "/api/v4/app//entry/1/data"}
	for _, a := range calls() {
		paths = append(paths, a.Path)
	}
	paths = append(paths, "/api/v4/app/sales/entry/1/data", "/api/v4/app/stock/entry/1/data")
	r := engine.Request{
		Credential:    credentialOf(rapid.Int64Range(1, 12).Draw(t, "ask key"), rapid.IntRange(0, 1).Draw(t, "ask value")),
		FromQuery:     rapid.IntRange(0, 4).Draw(t, "from query") == 0,
		Channel:       rapid.SampledFrom([]models.Channel{"", "rest", "rest", "http", "ftp"}).Draw(t, "ask channel"),
		Method:        rapid.SampledFrom([]string{"POST", "POST", "GET", "ANY", ""}).Draw(t, "method"),
		Path:          rapid.SampledFrom(paths).Draw(t, "path"),
		PathAmbiguous: rapid.IntRange(0, 9).Draw(t, "ambiguous") == 0,
		API:           rapid.SampledFrom([]string{"", "", "", "data.list", "data.get", "nonsense"}).Draw(t, "api"),
		App:           rapid.SampledFrom([]string{"", "", "sales", "stock", "other"}).Draw(t, "app"),
		IP:            mustAddr(rapid.SampledFrom([]string{"10.1.2.7", "10.1.2.8", "::ffff:192.0.2.1", "::1"}).Draw(t, "ip")),
		Plugin:        rapid.Bool().Draw(t, "plugin"),
		PluginID:      rapid.SampledFrom([]string{"", "", "form-event"}).Draw(t, "plugin id"),
	}
	if app := rapid.SampledFrom([]string{"none", "", "sales", "stock"}).Draw(t, "sent"); app != "none" {
		r.AppLookup = sent(app)
	}
	return r
}

// TestAnyChanges makes any changes one by one, some of them twice, and holds
// the engine to the oracle and to an engine that was told everything at once.
func TestAnyChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		truth, step := newTruth(), engine.New(hash, wellFormed, func() time.Time { return noon })
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			d := drawDelta(t)
			truth.apply(d)
			step.Apply(d)
			if rapid.Bool().Draw(t, "twice") {
				step.Apply(d)
			}
		}
		full := engine.New(hash, wellFormed, func() time.Time { return noon })
		full.Apply(truth.all())
		stepAccounts, stepKeys := step.Size()
		fullAccounts, fullKeys := full.Size()
		if stepAccounts != fullAccounts || stepKeys != fullKeys || stepAccounts != len(truth.accounts) || stepKeys != len(truth.keys) {
			t.Fatalf("sizes: %d/%d by steps, %d/%d at once, %d/%d in truth",
				stepAccounts, stepKeys, fullAccounts, fullKeys, len(truth.accounts), len(truth.keys))
		}
		for range 20 {
			r := drawRequest(t)
			d := step.Decide(r)
			if diff := truth.wrong(r, d); diff != "" {
				t.Fatalf("%+v\n%s", r, diff)
			}
			if other := full.Decide(r); verdictOf(other) != verdictOf(d) || other.Account() != d.Account() {
				t.Fatalf("%+v\nby steps %+v, at once %+v", r, verdictOf(d), verdictOf(other))
			}
		}
	})
}

// TestDecideDuringApply decides while changes are made: what was applied
// before a decision began holds in it.
func TestDecideDuringApply(t *testing.T) {
	w := newFixture()
	w.putAccount(func(a *engine.AccountData) { a.Account.RatePerSecond = 1_000_000_000 })
	var applied atomic.Int64 // the last round whose Apply has returned
	const rounds = 2000
	keys := func(round int64) engine.Delta {
		k := newKey(1, "kw_a")
		k.Key.Name = fmt.Sprint(round)
		k.Key.RateRequests, k.Key.RateWindowSec = models.MaxRateRequests, 1
		return engine.Delta{Keys: []engine.KeyData{k, newKey(2+round%50, fmt.Sprint("kw_", round%50))}, GoneKeys: []int64{60 + round}}
	}
	w.Apply(keys(0))
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for applied.Load() < rounds {
				least := applied.Load()
				d := w.Decide(ask("kw_a"))
				if !d.Allowed() {
					t.Errorf("denied: %v", d.Failed.List())
					return
				}
				var round int64
				if _, err := fmt.Sscan(d.Key.Name(), &round); err != nil || round < least {
					t.Errorf("decided by round %d after round %d was applied", round, least)
					return
				}
			}
		})
	}
	for i := int64(1); i <= rounds; i++ {
		w.Apply(keys(i))
		if i%100 == 0 {
			w.putAccount(func(a *engine.AccountData) { a.Account.Name = fmt.Sprint(i) })
		}
		applied.Store(i)
	}
	readers.Wait()
}
