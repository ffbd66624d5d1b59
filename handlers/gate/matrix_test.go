package gate_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
)

// situation is one cell of the matrix: how a key comes, what it is, what it
// may, and from where it is used.
type situation struct {
	carrier string // "", bearer, header, password, user, query
	account int64
	off     bool
	old     bool
	channel models.Channel
	ips     string // "", in, out
	apis    string // all, in, out, empty
	apps    string // all, in, out, empty
	target  string // plain, app, unknown
}

// want is the first check that fails, told from the table and nothing else.
func (s situation) want() string {
	for _, check := range []struct {
		fails  bool
		reason string
	}{
		{s.carrier == "" || s.carrier == "query" && s.account != withQuery, "key_missing"},
		{s.account == suspended, "account_suspended"},
		{s.off, "key_disabled"},
		{s.old, "key_expired"},
		{s.channel != models.ChannelREST, "channel_denied"},
		{s.ips == "out", "ip_denied"},
		{s.target == "unknown", "api_unknown"},
		{s.apis == "out" || s.apis == "empty", "api_denied"},
		{s.target == "app" && (s.apps == "out" || s.apps == "empty"), "app_denied"},
	} {
		if check.fails {
			return check.reason
		}
	}
	return "allowed"
}

func (s situation) policy(w *fixture) func(*engine.KeyData) {
	return func(k *engine.KeyData) {
		past := noon
		k.Key.Enabled, k.Key.Channel = !s.off, s.channel
		if s.old {
			k.Key.ExpiresAt = &past
		}
		k.IPs = map[string][]string{"in": {"10.9.9.9", insider}, "out": {"10.9.9.9"}}[s.ips]
		if s.apis != "all" {
			k.Key.ScopeAPIs = models.ScopeSome
			k.APIIDs = map[string][]int64{"in": {w.apis["ping"], w.apis["in.path"]}, "out": {w.apis["any"]}}[s.apis]
		}
		if s.apps != "all" {
			k.Key.ScopeApps = models.ScopeSome
			k.AppIDs = map[string][]int64{"in": {appSales}, "out": {appStock}}[s.apps]
		}
	}
}

func (s situation) call(key string) call {
	c := call{from: insider, target: map[string]string{"plain": "/ping", "app": "/apps/sales/things", "unknown": "/nowhere"}[s.target]}
	switch s.carrier {
	case "bearer":
		c.key = key
	case "header":
		c.headers = []string{"X-API-Key: " + key}
	case "password":
		c.headers = []string{"Authorization: " + basic("any", key)}
	case "user":
		c.headers = []string{"Authorization: " + basic(key, "")}
	case "query":
		c.target += "?api_key=" + url.QueryEscape(key)
	}
	return c
}

func situations(yield func(situation) bool) {
	for _, carrier := range []string{"", "bearer", "header", "password", "user", "query"} {
		for _, account := range []int64{acme, withQuery, suspended} {
			for bits := range 8 {
				for _, ips := range []string{"", "in", "out"} {
					for _, scope := range []string{"all all", "all in", "all out", "all empty", "in all", "in in", "in out", "out in", "empty all"} {
						for _, target := range []string{"plain", "app", "unknown"} {
							channel := models.ChannelREST
							if bits&4 != 0 {
								channel = models.ChannelHTTP
							}
							apis, apps, _ := strings.Cut(scope, " ")
							if !yield(situation{carrier, account, bits&1 != 0, bits&2 != 0, channel, ips, apis, apps, target}) {
								return
							}
						}
					}
				}
			}
		}
	}
}

func TestMatrix(t *testing.T) {
	w := newFixture(t)
	h := w.server(func(c *gateConfig) { c.Log = nil })
	values := map[string]string{} // keys by policy
	cells, allowed := 0, 0
	for s := range situations {
		id := fmt.Sprint(s.account, s.off, s.old, s.channel, s.ips, s.apis, s.apps)
		if values[id] == "" {
			values[id] = w.add(id, s.account, s.policy(w))
		}
		want := s.want()
		for _, e := range endpoints() {
			got := ask(h, e.describe(s.call(values[id])))
			if reason := got.Header().Get("X-Keywicket-Reason"); reason != want || (got.Code == 200) != (want == "allowed") {
				t.Fatalf("%s %+v: %d %s, want %s", e.name, s, got.Code, reason, want)
			}
			cells++
			if want == "allowed" {
				allowed++
			}
		}
	}
	if cells < 20_000 || allowed < 100 {
		t.Errorf("%d cells, %d of them allowed", cells, allowed)
	}
}
