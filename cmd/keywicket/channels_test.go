package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gatehttp "keywicket/handlers/gate"
	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/secret"
	"keywicket/models/verifier"
)

// The addresses of the clients, all on loopback.
const (
	listedClient = "127.0.0.2" // in the whitelist of the keys that have one
	otherClient  = "127.0.0.3"
)

// chosenSecret is the chosen secret of every key of a channelGate.
const chosenSecret = "correct horse battery"

// channelGate is a gate with a key for each result of a sign-in. Each key has a token, and a user name with
// chosenSecret.
type channelGate struct {
	*engine.Engine
	t      *testing.T
	url    string
	hash   func(string) [32]byte
	chosen string            // chosenSecret as it is stored
	values map[string]string // the tokens by the keys' names
}

// userOf returns the user name of a key.
func userOf(key string) string { return strings.ReplaceAll(key, " ", "-") + "-ftp" }

// newChannelGate serves a gate whose keys are for the channel.
func newChannelGate(t *testing.T, channel models.Channel, change ...func(*gatehttp.Config)) *channelGate {
	t.Helper()
	hasher, err := secret.NewHasher(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	checker := verifier.New(hasher, time.Now)
	chosen, err := secret.NewPasswords(1).Hash(t.Context(), chosenSecret)
	if err != nil {
		t.Fatal(err)
	}
	g := &channelGate{
		Engine: engine.New(hasher.Hash, secret.WellFormed, time.Now).WithPairs(checker),
		t:      t, hash: hasher.Hash, chosen: chosen, values: map[string]string{},
	}
	for id, slug := range map[int64]string{1: "acme", 2: "gone"} {
		a := models.Account{ID: id, Slug: slug, Name: slug, Status: models.AccountActive, ErrorDialect: models.DialectProblem}
		if slug == "gone" {
			a.Status = models.AccountSuspended
		}
		g.Apply(engine.Delta{Accounts: []engine.AccountData{{Account: a, APIs: []models.API{{ID: 1, Name: "files.transfer", Method: "POST", Path: "/files"}}}}})
	}
	past := time.Now().Add(-time.Hour)
	g.add("warehouse", channel, func(*engine.KeyData) {})
	g.add("good", channel, func(*engine.KeyData) {})
	g.add("disabled", channel, func(k *engine.KeyData) { k.Key.Enabled = false })
	g.add("expired", channel, func(k *engine.KeyData) { k.Key.ExpiresAt = &past })
	g.add("listed", channel, func(k *engine.KeyData) { k.IPs = []string{listedClient} })
	g.add("suspended", channel, func(k *engine.KeyData) { k.Key.AccountID = 2 })
	g.add("some calls", channel, func(k *engine.KeyData) { k.Key.ScopeAPIs, k.APIIDs = models.ScopeSome, []int64{1} })
	g.add("once an hour", channel, func(k *engine.KeyData) { k.Key.RateRequests, k.Key.RateWindowSec = 1, 3600 })
	g.add("other channel", models.ChannelREST, func(*engine.KeyData) {})
	c := gatehttp.Config{Engine: g}
	for _, f := range change {
		f(&c)
	}
	srv := httptest.NewServer(gatehttp.NewServer(c))
	t.Cleanup(srv.Close)
	g.url = srv.URL
	return g
}

// add creates a key, whose policy change narrows.
func (g *channelGate) add(name string, channel models.Channel, change func(*engine.KeyData)) {
	value, err := secret.Mint(rand.Reader)
	if err != nil {
		g.t.Fatal(err)
	}
	id := int64(len(g.values) + 1)
	hash := g.hash(value)
	data := engine.KeyData{Key: models.Key{
		ID: id, AccountID: 1, Sid: fmt.Sprintf("SID%06d", id), Name: name, Enabled: true,
		Channel: channel, ScopeApps: models.ScopeAll, ScopeAPIs: models.ScopeAll, Hash: hash[:],
		Username: userOf(name), SecretHash: g.chosen,
	}}
	change(&data)
	g.Apply(engine.Delta{Keys: []engine.KeyData{data}})
	g.values[name] = value
}

// deployFile returns a file of deploy/ with parts of it replaced, each of which must exist.
func deployFile(t *testing.T, name string, replace map[string]string) string {
	t.Helper()
	text := readRoot(t, filepath.Join("deploy", filepath.FromSlash(name)))
	for old, by := range replace {
		if !strings.Contains(text, old) {
			t.Fatalf("deploy/%s has no %q", name, old)
		}
		text = strings.ReplaceAll(text, old, by)
	}
	return text
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// freePort returns a port of 127.0.0.1 on which nobody listens.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
