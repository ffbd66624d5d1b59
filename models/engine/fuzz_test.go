package engine_test

import (
	"net/netip"
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
)

// FuzzDecide throws any request at an engine with one key that may do
// everything and one that may do little: nothing passes without a key's value,
// nothing panics, and the oracle agrees.
func FuzzDecide(f *testing.F) {
	f.Add("kw_all", "rest", "POST", "/api/v5/app/entry/data/list", "", "", "sales", []byte{10, 1, 2, 7}, uint8(0))
	f.Add("kw_few", "rest", "POST", "/api/v4/app/sales/entry/1/data", "", "sales", "", []byte{10, 1, 2, 7}, uint8(0))
	f.Add("kw_few", "", "POST", "", "data.get", "stock", "", []byte{192, 0, 2, 1}, uint8(2))
	f.Add("kw_all ", "http", "GET", "//", "\x00", "\xff", "", []byte{}, uint8(255))
	f.Add("", "ftp", "", "/api/any/%2e%2e", "", "", "", []byte("sixteen bytes ip"), uint8(5))
	w := newFixture()
	w.putAccount(func(a *engine.AccountData) { a.Account.PassUnknownAPIs, a.Account.KeyInQuery = true, true })
	few := newKey(2, "kw_few")
	few.Key.ScopeAPIs, few.APIIDs = models.ScopeSome, []int64{apiDataGet, apiDataList}
	few.Key.ScopeApps, few.AppIDs = models.ScopeSome, []int64{appSales}
	few.IPs = []string{"10.1.*.7"}
	truth := newTruth()
	truth.apply(engine.Delta{Accounts: []engine.AccountData{w.account}, Keys: []engine.KeyData{newKey(1, "kw_all"), few}})
	w.Apply(truth.all())
	f.Fuzz(func(t *testing.T, credential, channel, method, path, api, app, sentApp string, ip []byte, flags uint8) {
		r := engine.Request{
			Credential: credential, Channel: models.Channel(channel), Method: method, Path: path, API: api, App: app,
			FromQuery: flags&1 != 0, Plugin: flags&2 != 0, PathAmbiguous: flags&4 != 0, Dry: flags&8 != 0,
		}
		r.IP, _ = netip.AddrFromSlice(ip)
		if sentApp != "" {
			r.AppLookup = sent(sentApp)
		}
		d := w.Decide(r)
		valid := credential == "kw_all" || credential == "kw_few"
		if !valid && (d.Allowed() || d.Key != nil || d.Reason.Status() < 400) {
			t.Fatalf("%q passes without a key: %+v", credential, d)
		}
		if diff := truth.wrong(r, d); diff != "" {
			t.Fatalf("%+v\n%s", r, diff)
		}
	})
}
