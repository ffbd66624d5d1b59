package engine_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
)

// choice is one way to set something; name tells it in a failure.
type choice[T any] struct {
	name string
	set  func(*T)
}

// product calls f with every combination of one choice from each list,
// applied to a copy of base.
func product[T any](base T, f func(T, string), lists ...[]choice[T]) {
	if len(lists) == 0 {
		f(base, "")
		return
	}
	product(base, func(v T, rest string) {
		for _, c := range lists[0] {
			next := v
			c.set(&next)
			f(next, c.name+" "+rest)
		}
	}, lists[1:]...)
}

// accountStates are the states of an account that a decision depends on.
func accountStates() [][]choice[engine.AccountData] {
	type a = engine.AccountData
	return [][]choice[a]{
		{{"active", func(*a) {}}, {"suspended", func(d *a) { d.Account.Status = models.AccountSuspended }}},
		{{"strict", func(*a) {}}, {"passes-unknown", func(d *a) { d.Account.PassUnknownAPIs = true }}},
		{{"headers", func(*a) {}}, {"query-too", func(d *a) { d.Account.KeyInQuery = true }}},
	}
}

// keyStates are the states and the scopes of a key.
func keyStates() [][]choice[engine.KeyData] {
	type k = engine.KeyData
	return [][]choice[k]{
		{{"enabled", func(*k) {}}, {"disabled", func(d *k) { d.Key.Enabled = false }}},
		{
			{"no-expiry", func(*k) {}},
			{"expires-later", func(d *k) { d.Key.ExpiresAt = at(noon.Add(1)) }},
			{"expired-now", func(d *k) { d.Key.ExpiresAt = at(noon) }},
		},
		{{"any-ip", func(*k) {}}, {"whitelist", func(d *k) { d.IPs = []string{"10.1.*.7", "192.0.2.1"} }}},
		{
			{"all-apis", func(*k) {}},
			{"some-apis", func(d *k) {
				d.Key.ScopeAPIs, d.APIIDs = models.ScopeSome, []int64{apiDataList, apiUserGet, apiHeader}
			}},
			{"no-apis", func(d *k) { d.Key.ScopeAPIs = models.ScopeSome }},
		},
		{
			{"all-apps", func(*k) {}},
			{"some-apps", func(d *k) { d.Key.ScopeApps, d.AppIDs = models.ScopeSome, []int64{appSales} }},
			{"no-apps", func(d *k) { d.Key.ScopeApps = models.ScopeSome }},
		},
	}
}

// requestKinds are the carriers of key and app, the callers and the calls.
func requestKinds() [][]choice[engine.Request] {
	type r = engine.Request
	call := func(name, method, path string) choice[r] {
		return choice[r]{name, func(q *r) { q.Method, q.Path = method, path }}
	}
	ip := func(s string) choice[r] {
		return choice[r]{s, func(q *r) { q.IP = netip.MustParseAddr(s) }}
	}
	return [][]choice[r]{
		{{"in-header", func(*r) {}}, {"in-query", func(q *r) { q.FromQuery = true }}},
		{{"rest", func(*r) {}}, {"http", func(q *r) { q.Channel = models.ChannelHTTP }}},
		{ip("10.1.200.7"), ip("10.2.1.7"), ip("::ffff:192.0.2.1"), ip("2001:db8::1")},
		{{"no-plugin", func(*r) {}}, {"plugin", func(q *r) { q.Plugin = true }}},
		{
			call("unbound", "POST", "/api/v5/corp/user/get"),
			call("body", "POST", "/api/v5/app/entry/data/list"),
			call("path-sales", "POST", "/api/v4/app/sales/entry/1/data"),
			call("path-stock", "POST", "/api/v4/app/stock/entry/1/data"),
			call("header", "GET", "/api/header"),
			call("param", "GET", "/api/query"),
			call("not-in-the-catalogue", "POST", "/api/other"),
			{"ambiguous", func(q *r) { q.PathAmbiguous = true }},
			{"by-name", func(q *r) { q.API, q.Path, q.Method = "data.list", "", "" }},
			{"log-in", func(q *r) { q.Login, q.Path, q.Method = true, "", "" }},
			{"log-in-by-name", func(q *r) { q.Login, q.API, q.Path, q.Method = true, "data.list", "", "" }},
		},
		{
			{"no-app", func(*r) {}},
			{"said-sales", func(q *r) { q.App = "sales" }},
			{"sent-sales", func(q *r) { q.AppLookup = sent("sales") }},
			{"sent-stock", func(q *r) { q.AppLookup = sent("stock") }},
		},
	}
}

func sent(app string) found {
	return found{"body app_id": app, "header X-App": app, "query app": app}
}

// TestMatrix asks the engine and the oracle about every combination of
// carriers, scopes and states.
func TestMatrix(t *testing.T) {
	base := newFixture().account
	accounts, asked := int64(0), 0
	product(base, func(account engine.AccountData, accountName string) {
		accounts++
		account.Account.ID = accounts
		e := engine.New(hash, wellFormed, func() time.Time { return noon })
		keys := int64(0)
		product(newKey(0, ""), func(key engine.KeyData, keyName string) {
			keys++
			h := hash(fmt.Sprintf("kw_%d", keys))
			key.Key.ID, key.Key.AccountID, key.Key.Hash = keys, accounts, h[:]
			truth := newTruth()
			truth.apply(engine.Delta{Accounts: []engine.AccountData{account}, Keys: []engine.KeyData{key}})
			e.Apply(engine.Delta{Accounts: []engine.AccountData{account}, Keys: []engine.KeyData{key}})
			product(ask(fmt.Sprintf("kw_%d", keys)), func(r engine.Request, requestName string) {
				asked++
				if diff := truth.wrong(r, e.Decide(r)); diff != "" {
					t.Fatalf("%s/ %s/ %s\n%s", accountName, keyName, requestName, diff)
				}
			}, requestKinds()...)
		}, keyStates()...)
	}, accountStates()...)
	if want := 8 * 108 * 1408; asked != want {
		t.Errorf("%d combinations asked, want %d", asked, want)
	}
}

// TestMatrixWithoutKey is the rest of the matrix: credentials that are
// missing, malformed and unknown are denied whatever else is asked.
func TestMatrixWithoutKey(t *testing.T) {
	w := newFixture()
	w.put(newKey(1, "kw_a"))
	for credential, want := range map[string]engine.Reason{
		"": engine.KeyMissing, "a": engine.KeyMalformed, "kw_b": engine.KeyUnknown,
	} {
		product(ask(credential), func(r engine.Request, name string) {
			if d := w.Decide(r); d.Reason != want || d.Failed.Len() != 1 || d.Key != nil {
				t.Fatalf("%q %s: %v", credential, name, d.Failed.List())
			}
		}, requestKinds()...)
	}
}
