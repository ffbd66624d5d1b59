package engine_test

import (
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
)

// Accounts that share a catalogue are judged by the same apps and calls, also
// after one of them, or all, changed; what they use up is each one's own.
func TestSharedCatalogue(t *testing.T) {
	w := newFixture()
	family := func(change func(*engine.AccountData)) []engine.AccountData {
		var all []engine.AccountData
		for _, id := range []int64{1, 2, 3} {
			d := w.account
			d.Account.ID, d.CatalogueID = id, 1
			d.APIs = calls()
			d.APIs[0].RatePerSecond = 2
			change(&d)
			all = append(all, d)
		}
		return all
	}
	keys := []engine.KeyData{newKey(1, "kw_one"), newKey(2, "kw_two"), newKey(3, "kw_three")}
	for i := range keys {
		keys[i].Key.AccountID, keys[i].Key.ScopeApps, keys[i].AppIDs = int64(i+1), models.ScopeSome, []int64{appSales}
	}
	w.Apply(engine.Delta{All: true, Accounts: family(func(*engine.AccountData) {}), Keys: keys})
	reason := func(credential, app string) engine.Reason {
		r := ask(credential)
		r.API, r.App, r.Dry = "data.list", app, true
		return w.Decide(r).Reason
	}
	for _, k := range []string{"kw_one", "kw_two", "kw_three"} {
		if got := reason(k, "sales"); got != engine.Allowed {
			t.Errorf("%s in its app: %s", k, got)
		}
		if got := reason(k, "stock"); got != engine.AppDenied {
			t.Errorf("%s in another app: %s", k, got)
		}
	}
	// The rate of a call is for each account's keys.
	for range 2 {
		w.Decide(ask("kw_one"))
	}
	if got := w.Decide(ask("kw_one")).Reason; got != engine.RateLimited {
		t.Errorf("the third request of the first account: %s", got)
	}
	if got := w.Decide(ask("kw_two")).Reason; got != engine.Allowed {
		t.Errorf("the first request of the second account: %s", got)
	}
	// The app goes for one of them that left, then for all.
	own := family(func(*engine.AccountData) {})[2]
	own.CatalogueID, own.Apps = 3, nil
	w.Apply(engine.Delta{Accounts: []engine.AccountData{own}})
	if a, b := reason("kw_three", "sales"), reason("kw_two", "sales"); a != engine.AppDenied || b != engine.Allowed {
		t.Errorf("after one left: %s for it, %s for the others", a, b)
	}
	w.Apply(engine.Delta{Accounts: family(func(d *engine.AccountData) { d.Apps = d.Apps[1:] })})
	for _, k := range []string{"kw_one", "kw_two", "kw_three"} {
		if got := reason(k, "sales"); got != engine.AppDenied {
			t.Errorf("%s after the app went: %s", k, got)
		}
	}
}
