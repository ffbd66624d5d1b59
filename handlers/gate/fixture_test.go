package gate_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keywicket/handlers/gate"
	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/secret"
	"keywicket/models/usage"
	"keywicket/models/verifier"
)

// noon is the time of the fixture's clock.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// The fixture's accounts.
const (
	acme      = int64(iota + 1) // nothing special
	withQuery                   // takes keys from the query
	jodoo                       // answers with {"code","msg"}
	suspended
	passing // passes paths that are not in the catalogue
)

// The addresses of the fixture's clients: all are loopback, so that real
// connections come from them.
const (
	insider  = "127.0.0.7" // in the whitelist of the fixture's guarded keys
	outsider = "127.0.0.1"
)

// fixture is an engine with accounts, apps, a catalogue and keys with real
// values, and the gate in front of it.
type fixture struct {
	*engine.Engine
	t     testing.TB
	usage *usage.Counter
	hash  func(string) [32]byte
	// pairHash is the keyed hash of generated pairs.
	pairHash func(c models.Channel, username, value string) [32]byte

	key  map[string]string // values by name
	sid  map[string]string
	apis map[string]int64 // ids by name, the same in every account
	next int64
	log  *logBuffer
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	hasher, err := secret.NewHasher(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return noon }
	checker := verifier.New(hasher, now)
	w := &fixture{
		Engine: engine.New(hasher.Hash, secret.WellFormed, now).WithPairs(checker),
		t:      t, usage: &usage.Counter{}, hash: hasher.Hash, pairHash: hasher.HashPair,
		key: map[string]string{}, sid: map[string]string{}, apis: map[string]int64{}, log: &logBuffer{},
	}
	w.addAccounts()
	w.addKeys()
	return w
}

// extraCalls are in every catalogue in addition to the preset.
func extraCalls() []models.API {
	return []models.API{
		{Name: "ping", Method: "GET", Path: "/ping"},
		{Name: "any", Method: "ANY", Path: "/any"},
		{Name: "in.path", Method: "GET", Path: "/apps/{app_id}/things", AppBound: true, AppSource: models.AppInPath, AppField: "app_id"},
		{Name: "in.header", Method: "GET", Path: "/in/header", AppBound: true, AppSource: models.AppInHeader, AppField: "X-App"},
		{Name: "in.query", Method: "GET", Path: "/in/query", AppBound: true, AppSource: models.AppInQuery, AppField: "app"},
		{Name: "in.body", Method: "POST", Path: "/in/body", AppBound: true, AppSource: models.AppInBody, AppField: "app_id"},
	}
}

func catalogue() []models.API {
	calls := extraCalls()
	for _, family := range models.Preset() {
		calls = append(calls, family.APIs...)
	}
	for i := range calls {
		calls[i].ID = int64(1000 + i)
		calls[i].RatePerSecond = 0 // rates have tests of their own
	}
	return calls
}

// The ids of the apps "sales" and "stock", which every account has.
const (
	appSales = int64(iota + 501)
	appStock
)

func (w *fixture) addAccounts() {
	for _, api := range catalogue() {
		w.apis[api.Name] = api.ID
	}
	var all []engine.AccountData
	for _, a := range []models.Account{
		{ID: acme, Slug: "acme"},
		{ID: withQuery, Slug: "with-query", KeyInQuery: true},
		{ID: jodoo, Slug: "jodoo", ErrorDialect: models.DialectJodoo},
		{ID: suspended, Slug: "suspended", Status: models.AccountSuspended},
		{ID: passing, Slug: "passing", PassUnknownAPIs: true},
	} {
		if a.Status == "" {
			a.Status = models.AccountActive
		}
		if a.ErrorDialect == "" {
			a.ErrorDialect = models.DialectProblem
		}
		a.Name = a.Slug
		all = append(all, engine.AccountData{Account: a, APIs: catalogue(), Apps: []models.App{
			{ID: appSales, AccountID: a.ID, AppID: "sales", Name: "Sales"},
			{ID: appStock, AccountID: a.ID, AppID: "stock", Name: "Stock"},
		}})
	}
	w.Apply(engine.Delta{Accounts: all})
}

// addKeys makes the keys that most tests use, under the names that they use.
func (w *fixture) addKeys() {
	past := noon.Add(-time.Second)
	w.add("good", acme, func(*engine.KeyData) {})
	w.add("off", acme, func(k *engine.KeyData) { k.Key.Enabled = false })
	w.add("old", acme, func(k *engine.KeyData) { k.Key.ExpiresAt = &past })
	w.add("http", acme, func(k *engine.KeyData) { k.Key.Channel = models.ChannelHTTP })
	w.add("ftp", acme, func(k *engine.KeyData) { k.Key.Channel = models.ChannelFTP })
	w.add("ftp ping only", acme, func(k *engine.KeyData) {
		k.Key.Channel, k.Key.ScopeAPIs, k.APIIDs = models.ChannelFTP, models.ScopeSome, []int64{w.apis["ping"]}
	})
	w.add("listed", acme, func(k *engine.KeyData) { k.IPs = []string{insider} })
	w.add("ping only", acme, func(k *engine.KeyData) { k.Key.ScopeAPIs, k.APIIDs = models.ScopeSome, []int64{w.apis["ping"]} })
	w.add("sales only", acme, func(k *engine.KeyData) { k.Key.ScopeApps, k.AppIDs = models.ScopeSome, []int64{appSales} })
	w.add("twice an hour", acme, func(k *engine.KeyData) { k.Key.RateRequests, k.Key.RateWindowSec = 2, 3600 })
	w.add("名字 & co", acme, func(*engine.KeyData) {})
	w.add("query", withQuery, func(*engine.KeyData) {})
	w.add("jodoo", jodoo, func(*engine.KeyData) {})
	w.add("jodoo once an hour", jodoo, func(k *engine.KeyData) { k.Key.RateRequests, k.Key.RateWindowSec = 1, 3600 })
	w.add("suspended", suspended, func(*engine.KeyData) {})
	w.add("passing", passing, func(*engine.KeyData) {})
}

// add makes a key; change narrows its policy. It returns the key's value.
func (w *fixture) add(name string, account int64, change func(*engine.KeyData)) string {
	w.t.Helper()
	value, err := secret.Mint(rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	w.next++
	hash := w.hash(value)
	data := engine.KeyData{Key: models.Key{
		ID: w.next, AccountID: account, Sid: fmt.Sprintf("SID%06d", w.next), Name: name, Enabled: true,
		Channel: models.ChannelREST, ScopeApps: models.ScopeAll, ScopeAPIs: models.ScopeAll, Hash: hash[:],
	}}
	change(&data)
	w.Apply(engine.Delta{Keys: []engine.KeyData{data}})
	w.key[name], w.sid[name] = value, data.Key.Sid
	return value
}

// server is the gate in front of the fixture.
func (w *fixture) server(change ...func(*gate.Config)) *gate.Server {
	c := gate.Config{
		Engine: w, Usage: w.usage, Now: ticking(),
		Log: slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&c)
	}
	return gate.NewServer(c)
}

// ticking is a clock that goes on from noon with every look, fast enough for
// the log to take every line.
func ticking() func() time.Time {
	var looks atomic.Int64
	return func() time.Time { return noon.Add(time.Duration(looks.Add(1)) * 10 * time.Millisecond) }
}

// listen serves the gate at a port of its own, with its real limits, and
// returns host and port.
func (w *fixture) listen(change ...func(*gate.Config)) string {
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = gate.HTTPServer(w.server(change...), nil)
	srv.Start()
	w.t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

// unknownKey is a key that could exist and does not.
func unknownKey(t testing.TB) string {
	t.Helper()
	v, err := secret.Mint(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// logBuffer is a log that many goroutines write.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// spy is an engine that remembers what it was asked and answers as told.
type spy struct {
	asked  engine.Request
	answer engine.Decision
	apps   map[models.AppSource]string // asks the lookup for this field of each source
	found  map[models.AppSource]string
	panics any
}

func (s *spy) Decide(r engine.Request) engine.Decision {
	s.asked = r
	s.found = map[models.AppSource]string{}
	for source, field := range s.apps {
		if id, ok := r.AppLookup.AppID(source, field); ok {
			s.found[source] = id
		}
	}
	if s.panics != nil {
		panic(s.panics)
	}
	return s.answer
}

func (s *spy) SoleAccount() (engine.AccountInfo, bool) { return engine.AccountInfo{}, false }

func (s *spy) server(change ...func(*gate.Config)) *gate.Server {
	c := gate.Config{Engine: s}
	for _, f := range change {
		f(&c)
	}
	return gate.NewServer(c)
}

// trusting makes a gate believe more proxies than loopback.
func trusting(prefixes ...string) func(*gate.Config) {
	return func(c *gate.Config) {
		for _, p := range prefixes {
			c.Trusted = append(c.Trusted, netip.MustParsePrefix(p))
		}
	}
}

// ask sends a request to a handler from a peer on loopback.
func ask(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	return askFrom(h, r, "127.0.0.1:4711")
}

func askFrom(h http.Handler, r *http.Request, peer string) *httptest.ResponseRecorder {
	r.RemoteAddr = peer
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func (l *logBuffer) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Reset()
}
