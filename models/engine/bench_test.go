package engine_test

import (
	"crypto/rand"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/secret"
)

// crowd makes n keys in accounts of 500, each account with the preset
// catalogue and 20 apps. Of ten keys seven are as Create API Key makes them
// and three are narrowed: three apps, five calls, two addresses, and a rate
// limit for one of them.
type crowd struct {
	hasher *secret.Hasher
	apis   []models.API     // the preset
	list   int              // index of data.list in it
	values []string         // of the first keys
	asks   []engine.Request // allowed, of the first keys
}

const (
	askers    = 4096
	crowdApps = 20
	noLimit   = 1_000_000_000 // a second: judged and never reached
)

// newCrowd prepares a crowd of n keys: real values for the first only, for
// making a million takes long.
func newCrowd(tb testing.TB, n int) *crowd {
	tb.Helper()
	h, err := secret.NewHasher(make([]byte, 32))
	if err != nil {
		tb.Fatal(err)
	}
	c := &crowd{hasher: h}
	for _, f := range models.Preset() {
		c.apis = append(c.apis, f.APIs...)
	}
	c.list = slices.IndexFunc(c.apis, func(a models.API) bool { return a.Name == "data.list" })
	for i := range min(n, askers) {
		v := mint(tb)
		c.values = append(c.values, v)
		c.asks = append(c.asks, crowdRequest(v, accountOf(i)))
	}
	return c
}

func mint(tb testing.TB) string {
	tb.Helper()
	v, err := secret.Mint(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func (c *crowd) value(i int) string {
	if i < len(c.values) {
		return c.values[i]
	}
	return fmt.Sprintf("kw_%038d", i)
}

func accountOf(key int) int64 { return int64(key/models.MaxKeysPerAccount) + 1 }

func (c *crowd) account(id int64) engine.AccountData {
	d := engine.AccountData{Account: models.Account{
		ID: id, Slug: fmt.Sprintf("account-%d", id), Name: fmt.Sprintf("Account %d", id),
		Status: models.AccountActive, RatePerSecond: noLimit,
	}}
	d.APIs = slices.Clone(c.apis)
	for i := range d.APIs {
		d.APIs[i].ID = id*1000 + int64(i)
		d.APIs[i].RatePerSecond = noLimit
	}
	for i := range int64(crowdApps) {
		d.Apps = append(d.Apps, models.App{ID: id*1000 + i, AppID: fmt.Sprintf("%024x", id*1000+i)})
	}
	return d
}

func (c *crowd) key(i int) engine.KeyData {
	account := accountOf(i)
	h := c.hasher.Hash(c.value(i))
	d := engine.KeyData{Key: models.Key{
		ID: int64(i) + 1, AccountID: account, Sid: fmt.Sprintf("01JNG%021d", i), Name: fmt.Sprintf("API Key %d", i%500+1),
		Channel: models.ChannelREST, Enabled: true,
		ScopeApps: models.ScopeAll, ScopeAPIs: models.ScopeAll, Hash: h[:],
	}}
	if i%10 < 7 {
		return d
	}
	d.Key.ScopeApps, d.Key.ScopeAPIs = models.ScopeSome, models.ScopeSome
	d.AppIDs = []int64{account * 1000, account*1000 + 1, account*1000 + 2}
	for j := range 5 {
		d.APIIDs = append(d.APIIDs, account*1000+int64(c.list-2+j))
	}
	d.IPs = []string{"10.1.*.7", "192.168.1.5"}
	if i%10 == 9 {
		d.Key.RateRequests, d.Key.RateWindowSec = models.MaxRateRequests, 1
	}
	return d
}

// delta is the whole crowd of n keys.
func (c *crowd) delta(n int) engine.Delta {
	d := engine.Delta{All: true}
	for i := range n {
		if i%models.MaxKeysPerAccount == 0 {
			d.Accounts = append(d.Accounts, c.account(accountOf(i)))
		}
		d.Keys = append(d.Keys, c.key(i))
	}
	return d
}

// load fills an engine and returns the bytes that it takes for each key: of the
// heap, after the delta that it was made from is gone.
func (c *crowd) load(tb testing.TB, n int) (*engine.Engine, float64) {
	e := engine.New(c.hasher.Hash, secret.WellFormed, time.Now)
	before := heap()
	e.Apply(c.delta(n))
	after := heap()
	if _, keys := e.Size(); keys != n {
		tb.Fatalf("engine has %d keys of %d", keys, n)
	}
	return e, float64(after-before) / float64(n)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func sizes() []int { return []int{1_000, 100_000, 1_000_000} }

// crowdRequest asks for an app-bound call that names its app in the body, as
// most of the preset do, from a whitelisted address.
func crowdRequest(value string, account int64) engine.Request {
	return engine.Request{
		Credential: value, Channel: models.ChannelREST, Method: "POST", Path: "/api/v5/app/entry/data/list",
		AppLookup: bodyApp(fmt.Sprintf("%024x", account*1000)), IP: netip.MustParseAddr("10.1.2.7"),
	}
}

// bodyApp is an app id that was found in the body already.
type bodyApp string

func (a bodyApp) AppID(models.AppSource, string) (string, bool) { return string(a), true }

// BenchmarkDecide asks with 4096 different keys in turn; each is allowed.
func BenchmarkDecide(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			c := newCrowd(b, n)
			e, perKey := c.load(b, n)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				if d := e.Decide(c.asks[i%len(c.asks)]); !d.Allowed() {
					b.Fatal(d.Reason)
				}
			}
			b.ReportMetric(perKey, "bytes/key")
		})
	}
}

// BenchmarkCredential is what a credential costs before any decision: the
// checksum, the keyed hash and the clock. Decide cannot be faster.
func BenchmarkCredential(b *testing.B) {
	c := newCrowd(b, 1000)
	b.ReportAllocs()
	for i := range b.N {
		v := c.values[i%len(c.values)]
		if h := c.hasher.Hash(v); !secret.WellFormed(v) || h == [32]byte{} || time.Now().IsZero() {
			b.Fatal("not a key")
		}
	}
}

// BenchmarkDecideDenied asks with a key that does not exist, and with one
// that could not.
func BenchmarkDecideDenied(b *testing.B) {
	c := newCrowd(b, 100_000)
	e, _ := c.load(b, 100_000)
	unknown := mint(b)
	for _, v := range []struct{ name, value string }{
		{"unknown", unknown},
		{"malformed", unknown[:len(unknown)-1] + "!"},
	} {
		b.Run(v.name, func(b *testing.B) {
			r := crowdRequest(v.value, 1)
			b.ReportAllocs()
			for range b.N {
				e.Decide(r)
			}
		})
	}
}

// BenchmarkDecideParallel asks from every processor.
func BenchmarkDecideParallel(b *testing.B) {
	c := newCrowd(b, 100_000)
	e, _ := c.load(b, 100_000)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			e.Decide(c.asks[i%len(c.asks)])
		}
	})
}

// BenchmarkApplyOneKey switches one key off and on.
func BenchmarkApplyOneKey(b *testing.B) {
	for _, n := range sizes() {
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			c := newCrowd(b, n)
			e, _ := c.load(b, n)
			d := engine.Delta{Keys: []engine.KeyData{c.key(n - 1)}}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				d.Keys[0].Key.Enabled = i%2 == 0
				e.Apply(d)
			}
		})
	}
}

// BenchmarkApplyAll loads everything, as at the start.
func BenchmarkApplyAll(b *testing.B) {
	c := newCrowd(b, 100_000)
	d := c.delta(100_000)
	e := engine.New(c.hasher.Hash, secret.WellFormed, time.Now)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		e.Apply(d)
	}
}
