package engine_test

import (
	"crypto/rand"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/secret"
	"keywicket/models/verifier"
)

// TestDecideAllocatesNothing holds every path through Decide to it, with the
// real hash and checksum.
func TestDecideAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties the pools that the hash lives on")
	}
	c := newCrowd(t, 1000)
	e, _ := c.load(t, 1000)
	e.Apply(engine.Delta{Keys: []engine.KeyData{c.disabled(3)}})
	other := c.asks[7] // narrowed: apps, calls and addresses are looked at
	change := func(do func(*engine.Request)) engine.Request {
		r := other
		do(&r)
		return r
	}
	for name, r := range map[string]engine.Request{
		"allowed":          c.asks[0],
		"allowed narrowly": other,
		"rate limit":       c.asks[9],
		"dry":              change(func(r *engine.Request) { r.Dry = true }),
		"disabled":         c.asks[3],
		"missing":          change(func(r *engine.Request) { r.Credential = "" }),
		"malformed":        change(func(r *engine.Request) { r.Credential = "nonsense" }),
		"unknown":          change(func(r *engine.Request) { r.Credential = mint(t) }),
		"app in the path":  change(func(r *engine.Request) { r.Path = "/api/v1/app/a/entry/b/data/c/approval_comments" }),
		"by name":          change(func(r *engine.Request) { r.API = "data.list" }),
		"unknown call":     change(func(r *engine.Request) { r.Path = "/api/v9/none" }),
		"everything wrong": change(func(r *engine.Request) { r.Path, r.Plugin, r.IP, r.Channel = "/x", true, mustAddr("::1"), "ftp" }),
	} {
		if n := testing.AllocsPerRun(200, func() { e.Decide(r) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// TestDecidePairAllocatesNothing holds generated pairs to the same, and what
// was verified of chosen ones to little.
func TestDecidePairAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties the pools that the hash lives on")
	}
	c := newCrowd(t, 10)
	p := verifier.New(c.hasher, time.Now)
	username, value, err := secret.MintPair(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e := engine.New(c.hasher.Hash, secret.WellFormed, time.Now).WithPairs(p)
	e.Apply(c.delta(10))
	k := c.key(0)
	hash := c.hasher.HashPair(models.ChannelFTP, username, value)
	k.Key.Channel, k.Key.Username, k.Key.Hash = models.ChannelFTP, username, hash[:]
	e.Apply(engine.Delta{Keys: []engine.KeyData{k}})
	r := engine.Request{Username: username, Credential: value, Channel: models.ChannelFTP, Login: true}
	other, wrong := r, r
	other.Channel = models.ChannelEmail
	wrong.Username = "kwu_nobody"
	for want, r := range map[engine.Reason]engine.Request{engine.Allowed: r, engine.ChannelDenied: other, engine.KeyUnknown: wrong} {
		if d := e.Decide(r); d.Reason != want {
			t.Fatalf("%s, want %s", d.Reason, want)
		}
		if n := testing.AllocsPerRun(200, func() { e.Decide(r) }); n != 0 {
			t.Errorf("%s: %v allocations", want, n)
		}
	}
}

func (c *crowd) disabled(i int) engine.KeyData {
	k := c.key(i)
	k.Key.Enabled = false
	return k
}

// TestMemoryOfAKey holds the engine to its bound at 100,000 keys.
func TestMemoryOfAKey(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes what things take")
	}
	const most = 250
	_, perKey := newCrowd(t, 100_000).load(t, 100_000)
	t.Logf("%.1f bytes for each key", perKey)
	if perKey > most {
		t.Errorf("%.1f bytes for each key, at most %d allowed", perKey, most)
	}
}
