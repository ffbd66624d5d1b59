package engine_test

import (
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
)

// limited is a key that may ask n times in a minute.
func limited(id int64, credential string, n int) engine.KeyData {
	k := newKey(id, credential)
	k.Key.RateRequests, k.Key.RateWindowSec = n, 60
	return k
}

// allowedOf asks n times and counts what passes.
func allowedOf(w *fixture, r engine.Request, n int) int {
	passed := 0
	for range n {
		if w.Decide(r).Allowed() {
			passed++
		}
	}
	return passed
}

func TestKeyRate(t *testing.T) {
	w := newFixture()
	w.put(limited(1, "kw_a", 3))
	for left := 2; left >= 0; left-- {
		d := w.Decide(ask("kw_a"))
		if !d.Allowed() || d.Rate.Limit != 3 || d.Rate.Remaining != left || d.Rate.Window != time.Minute {
			t.Fatalf("%v, %+v; want %d left", d.Reason, d.Rate, left)
		}
	}
	d := w.Decide(ask("kw_a"))
	if d.Reason != engine.RateLimited || d.Failed.Len() != 1 || d.Key == nil {
		t.Fatalf("fourth: %v", d.Failed.List())
	}
	if d.Rate.Remaining != 0 || d.Rate.RetryAfter != 20*time.Second || d.Rate.Reset != time.Minute {
		t.Errorf("%+v", d.Rate)
	}
	w.clock.advance(20*time.Second - 1)
	if w.Decide(ask("kw_a")).Allowed() {
		t.Error("passed before RetryAfter")
	}
	w.clock.advance(1)
	if got := allowedOf(w, ask("kw_a"), 2); got != 1 {
		t.Errorf("%d passed after RetryAfter", got)
	}
	w.clock.advance(time.Hour)
	if got := allowedOf(w, ask("kw_a"), 9); got != 3 {
		t.Errorf("%d passed after an hour", got)
	}
}

func TestKeysHaveTheirOwnRate(t *testing.T) {
	w := newFixture()
	w.put(limited(1, "kw_a", 3))
	w.put(limited(2, "kw_b", 5))
	w.put(newKey(3, "kw_c"))
	for credential, want := range map[string]int{"kw_a": 3, "kw_b": 5, "kw_c": 50} {
		if got := allowedOf(w, ask(credential), 50); got != want {
			t.Errorf("%s: %d passed, want %d", credential, got, want)
		}
	}
	if d := w.Decide(ask("kw_c")); d.Rate != (engine.RateState{}) {
		t.Errorf("a key without a limit has one: %+v", d.Rate)
	}
}

// TestAPIRate: one counter for all keys of the account, and one for all
// versions of a path, but one for each method and each account.
func TestAPIRate(t *testing.T) {
	w := newFixture()
	w.putAccount(func(a *engine.AccountData) {
		a.APIs = []models.API{
			{ID: 1, Name: "v5", Method: "POST", Path: "/api/v5/data/{id}", RatePerSecond: 10},
			{ID: 2, Name: "v6", Method: "POST", Path: "/api/v6/data/{key}", RatePerSecond: 10},
			{ID: 3, Name: "get", Method: "GET", Path: "/api/v5/data/{id}", RatePerSecond: 10},
			{ID: 4, Name: "other", Method: "POST", Path: "/api/v5/other/{id}", RatePerSecond: 10},
			{ID: 5, Name: "free", Method: "POST", Path: "/api/v4/data/{id}"},
		}
	})
	other := w.account
	other.Account.ID, other.Account.Slug = 2, "other"
	foreign := newKey(3, "kw_c")
	foreign.Key.AccountID = 2
	w.Apply(engine.Delta{
		Accounts: []engine.AccountData{other},
		Keys:     []engine.KeyData{newKey(1, "kw_a"), newKey(2, "kw_b"), foreign},
	})
	call := func(credential, method, path string) engine.Request {
		r := ask(credential)
		r.Method, r.Path = method, path
		return r
	}
	if got := allowedOf(w, call("kw_a", "POST", "/api/v5/data/1"), 4); got != 4 {
		t.Fatalf("%d passed", got)
	}
	if got := allowedOf(w, call("kw_b", "POST", "/api/v5/data/2"), 3); got != 3 {
		t.Fatalf("%d passed", got)
	}
	if got := allowedOf(w, call("kw_a", "POST", "/api/v6/data/1"), 9); got != 3 {
		t.Errorf("%d passed of the other version, want the 3 that are left", got)
	}
	for name, r := range map[string]engine.Request{
		"other method":  call("kw_a", "GET", "/api/v5/data/1"),
		"other path":    call("kw_a", "POST", "/api/v5/other/1"),
		"other account": call("kw_c", "POST", "/api/v5/data/1"),
	} {
		if got := allowedOf(w, r, 20); got != 10 {
			t.Errorf("%s: %d passed, want 10", name, got)
		}
	}
	if got := allowedOf(w, call("kw_a", "POST", "/api/v4/data/1"), 20); got != 20 {
		t.Errorf("a call without a rate: %d of 20 passed", got)
	}
}

func TestAccountRate(t *testing.T) {
	w := newFixture()
	w.putAccount(func(a *engine.AccountData) { a.Account.RatePerSecond = 7 })
	w.put(newKey(1, "kw_a"))
	w.put(newKey(2, "kw_b"))
	if got := allowedOf(w, ask("kw_a"), 5) + allowedOf(w, ask("kw_b"), 5); got != 7 {
		t.Errorf("%d passed, want 7", got)
	}
}

// TestDeniedCostsNothing: neither a denial by another check nor one by
// another limit uses a quota.
func TestDeniedCostsNothing(t *testing.T) {
	for _, b := range breakages() {
		s := newScene()
		s.key.Key.RateRequests, s.key.Key.RateWindowSec = 2, 60
		s.account.Account.RatePerSecond = 2
		good := s.request
		b.do(s)
		w := newFixture()
		w.Apply(engine.Delta{All: true, Accounts: []engine.AccountData{s.account}, Keys: []engine.KeyData{s.key}})
		if got := allowedOf(w, s.request, 5); got != 0 {
			t.Fatalf("%v: %d passed", b.reason, got)
		}
		w.Apply(newScene().repaired())
		if got := allowedOf(w, good, 5); got != 2 {
			t.Errorf("after denials by %v (%s): %d passed, want 2", b.reason, b.name, got)
		}
	}
}

// repaired is the scene as it was before it was broken, with limits.
func (s *scene) repaired() engine.Delta {
	s.key.Key.RateRequests, s.key.Key.RateWindowSec = 2, 60
	s.account.Account.RatePerSecond = 2
	return engine.Delta{Accounts: []engine.AccountData{s.account}, Keys: []engine.KeyData{s.key}}
}

// TestLimitsTakeAllOrNothing: the account's limit refuses, and the key and
// the call keep what they have.
func TestLimitsTakeAllOrNothing(t *testing.T) {
	w := newFixture()
	w.putAccount(func(a *engine.AccountData) {
		a.Account.RatePerSecond = 1
		a.APIs[0].RatePerSecond = 5
	})
	w.put(limited(1, "kw_a", 4))
	if got := allowedOf(w, ask("kw_a"), 20); got != 1 {
		t.Fatalf("%d passed", got)
	}
	if d := w.Decide(ask("kw_a")); d.Rate.Limit != 1 || d.Rate.RetryAfter != time.Second {
		t.Errorf("the limit that refuses is not told: %+v", d.Rate)
	}
	w.putAccount(func(a *engine.AccountData) { a.Account.RatePerSecond = 0 })
	if got := allowedOf(w, ask("kw_a"), 20); got != 3 {
		t.Errorf("%d passed, want the 3 that the key has left", got)
	}
	w.put(newKey(1, "kw_a"))
	if got := allowedOf(w, ask("kw_a"), 20); got != 1 {
		t.Errorf("%d passed, want the 1 that the call has left", got)
	}
}

func TestDryTakesNothing(t *testing.T) {
	w := newFixture()
	w.putAccount(func(a *engine.AccountData) { a.Account.RatePerSecond = 3 })
	w.put(limited(1, "kw_a", 2))
	dry := ask("kw_a")
	dry.Dry = true
	if got := allowedOf(w, dry, 9); got != 9 {
		t.Fatalf("%d of 9 dry ones passed", got)
	}
	if d := w.Decide(dry); d.Rate.Limit != 2 || d.Rate.Remaining != 1 {
		t.Errorf("%+v", d.Rate)
	}
	if got := allowedOf(w, ask("kw_a"), 9); got != 2 {
		t.Errorf("%d passed after dry ones, want 2", got)
	}
	if d := w.Decide(dry); d.Reason != engine.RateLimited || d.Rate.RetryAfter != 30*time.Second {
		t.Errorf("a dry one does not see that the quota is used up: %v, %+v", d.Reason, d.Rate)
	}
	w.clock.advance(30 * time.Second)
	if got := allowedOf(w, ask("kw_a"), 9); got != 1 {
		t.Errorf("%d passed; a refused dry one must not give back what it did not take", got)
	}
}

// TestRefusedDryGivesNothingBack: the account refuses a dry one, and the key's
// quota, of which it took nothing, stays used.
func TestRefusedDryGivesNothingBack(t *testing.T) {
	w := newFixture()
	w.putAccount(func(a *engine.AccountData) { a.Account.RatePerSecond = 1 })
	w.put(limited(1, "kw_a", 2))
	dry := ask("kw_a")
	dry.Dry = true
	if allowedOf(w, ask("kw_a"), 1) != 1 || allowedOf(w, dry, 5) != 0 {
		t.Fatal("one should pass, and no dry one after it")
	}
	w.putAccount(func(a *engine.AccountData) { a.Account.RatePerSecond = 0 })
	if got := allowedOf(w, ask("kw_a"), 5); got != 1 {
		t.Errorf("%d passed, want the 1 that the key has left", got)
	}
}

// TestQuotaOutlivesChanges: a change of the key, of the account or of
// everything is no way to a fresh quota, whichever the limit is.
func TestQuotaOutlivesChanges(t *testing.T) {
	for name, limit := range map[string]func(*scene){
		"key":     func(s *scene) { s.key.Key.RateRequests, s.key.Key.RateWindowSec = 6, 1 },
		"call":    func(s *scene) { s.account.APIs[1].RatePerSecond = 6 },
		"account": func(s *scene) { s.account.Account.RatePerSecond = 6 },
	} {
		s := newScene()
		limit(s)
		w := newFixture()
		all := func(more ...engine.KeyData) {
			w.Apply(engine.Delta{All: true, Accounts: []engine.AccountData{s.account}, Keys: append(more, s.key)})
		}
		all()
		for i, change := range []func(){
			func() { s.key.Key.Name = "renamed"; w.put(s.key) },
			func() {
				s.account.Account.Name = "renamed"
				w.Apply(engine.Delta{Accounts: []engine.AccountData{s.account}})
			},
			func() {
				s.account.APIs = append(s.account.APIs, models.API{ID: 9, Name: "aaa", Method: "GET", Path: "/a"})
				w.Apply(engine.Delta{Accounts: []engine.AccountData{s.account}})
			},
			func() { all() },
			func() { all(newKey(2, "kw_b")) },
		} {
			if d := w.Decide(s.request); !d.Allowed() || d.Rate.Remaining != 5-i {
				t.Fatalf("%s, before change %d: %v, %d left, want %d", name, i, d.Reason, d.Rate.Remaining, 5-i)
			}
			change()
		}
		if got := allowedOf(w, s.request, 9); got != 1 {
			t.Errorf("%s: %d passed, want 1", name, got)
		}
	}
}

// TestShorterWindow: after the change nobody waits for longer than that.
func TestShorterWindow(t *testing.T) {
	w := newFixture()
	k := limited(1, "kw_a", 6)
	w.put(k)
	allowedOf(w, ask("kw_a"), 6)
	k.Key.RateRequests, k.Key.RateWindowSec = 1, 1
	w.put(k)
	if d := w.Decide(ask("kw_a")); d.Reason != engine.RateLimited || d.Rate.RetryAfter != time.Second {
		t.Errorf("after a shorter window: %v, %+v", d.Reason, d.Rate)
	}
	w.clock.advance(time.Second)
	if got := allowedOf(w, ask("kw_a"), 9); got != 1 {
		t.Errorf("%d passed in the second after a shorter window, want 1", got)
	}
}
