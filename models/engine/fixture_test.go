package engine_test

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
)

// noon is the time of every test's clock, unless it moves it.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// hash and wellFormed stand in for the keyed hash and the checksum: a
// credential is well formed when it begins with "kw_".
func hash(s string) [32]byte { return sha256.Sum256([]byte(s)) }

func wellFormed(s string) bool { return strings.HasPrefix(s, "kw_") }

// clock is a clock that a test moves by hand.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

// fixture is an engine with one account, a few apps and calls; tests add keys.
type fixture struct {
	*engine.Engine
	clock   *clock
	account engine.AccountData
}

// The ids of the fixture's apps and calls.
const (
	appSales = 1001 // app id "sales"
	appStock = 1002 // app id "stock"

	apiUserGet    = 2001 // not app-bound
	apiDataList   = 2002 // app in the body
	apiDataGet    = 2003 // app in the path
	apiHeader     = 2004 // app in a header
	apiQuery      = 2005 // app in a query parameter
	apiAny        = 2006 // every method
	apiSourceNone = 2007 // app-bound, but only the caller of the gate can say the app
)

func calls() []models.API {
	return []models.API{
		{ID: apiUserGet, Name: "user.get", Method: "POST", Path: "/api/v5/corp/user/get"},
		{ID: apiDataList, Name: "data.list", Method: "POST", Path: "/api/v5/app/entry/data/list", AppBound: true, AppSource: models.AppInBody, AppField: "app_id"},
		{ID: apiDataGet, Name: "data.get", Method: "POST", Path: "/api/v4/app/{app_id}/entry/{entry_id}/data", AppBound: true, AppSource: models.AppInPath, AppField: "app_id"},
		{ID: apiHeader, Name: "header", Method: "GET", Path: "/api/header", AppBound: true, AppSource: models.AppInHeader, AppField: "X-App"},
		{ID: apiQuery, Name: "query", Method: "GET", Path: "/api/query", AppBound: true, AppSource: models.AppInQuery, AppField: "app"},
		{ID: apiAny, Name: "any", Method: "ANY", Path: "/api/any/{x}"},
		{ID: apiSourceNone, Name: "nowhere", Method: "GET", Path: "/api/nowhere", AppBound: true},
	}
}

func newFixture() *fixture {
	c := &clock{at: noon}
	w := &fixture{
		Engine: engine.New(hash, wellFormed, c.now),
		clock:  c,
		account: engine.AccountData{
			Account: models.Account{
				ID: 1, Slug: "acme", Name: "Acme", Status: models.AccountActive, ErrorDialect: models.DialectJodoo,
			},
			APIs: calls(),
			Apps: []models.App{
				{ID: appSales, AccountID: 1, AppID: "sales", Name: "Sales"},
				{ID: appStock, AccountID: 1, AppID: "stock", Name: "Stock"},
			},
		},
	}
	w.Apply(engine.Delta{All: true, Accounts: []engine.AccountData{w.account}})
	return w
}

// newKey is a key as Create API Key makes it: enabled, All Apps, All APIs, no
// whitelist.
func newKey(id int64, credential string) engine.KeyData {
	h := hash(credential)
	return engine.KeyData{Key: models.Key{
		ID: id, AccountID: 1, Sid: fmt.Sprintf("SID%05d", id), Name: fmt.Sprintf("Key %d", id),
		Channel: models.ChannelREST, Enabled: true,
		ScopeApps: models.ScopeAll, ScopeAPIs: models.ScopeAll, Hash: h[:],
	}}
}

// put makes a change to the key hold.
func (w *fixture) put(k engine.KeyData) { w.Apply(engine.Delta{Keys: []engine.KeyData{k}}) }

// putAccount makes a change to the account hold.
func (w *fixture) putAccount(change func(*engine.AccountData)) {
	change(&w.account)
	w.Apply(engine.Delta{Accounts: []engine.AccountData{w.account}})
}

// ask is a request that a new key's credential is allowed.
func ask(credential string) engine.Request {
	return engine.Request{
		Credential: credential, Channel: models.ChannelREST,
		Method: "POST", Path: "/api/v5/corp/user/get", IP: netip.MustParseAddr("192.0.2.1"),
	}
}

// found is an AppLookup that finds what it holds under "source field".
type found map[string]string

func (f found) AppID(source models.AppSource, field string) (string, bool) {
	app, ok := f[string(source)+" "+field]
	return app, ok
}

func mustAddr(s string) netip.Addr { return netip.MustParseAddr(s) }
