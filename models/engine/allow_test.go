package engine_test

import (
	"math"
	"net/netip"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
)

// TestAllowed are requests that must pass, and what the decision tells of
// them.
func TestAllowed(t *testing.T) {
	for _, c := range []struct {
		name     string
		do       func(*scene)
		api, app string
	}{
		{"app in the body", func(*scene) {}, "data.list", "sales"},
		{"app that the workspace does not list", func(s *scene) { s.request.AppLookup = found{"body app_id": "new"} }, "data.list", "new"},
		{"app said", func(s *scene) { s.request.AppLookup, s.request.App = nil, "stock" }, "data.list", "stock"},
		{"app in the path", func(s *scene) { s.request.Path = "/api/v4/app/stock/entry/e1/data" }, "data.get", "stock"},
		{"app in the path and said", func(s *scene) {
			s.request.Path, s.request.App = "/api/v4/app/stock/entry/e1/data", "stock"
		}, "data.get", "stock"},
		{"app in a header", func(s *scene) {
			s.request.Method, s.request.Path, s.request.AppLookup = "GET", "/api/header", found{"header X-App": "sales"}
		}, "header", "sales"},
		{"app in a parameter", func(s *scene) {
			s.request.Method, s.request.Path, s.request.AppLookup = "GET", "/api/query", found{"query app": "sales"}
		}, "query", "sales"},
		{"app that only the caller can say", func(s *scene) {
			s.request.Method, s.request.Path, s.request.App = "GET", "/api/nowhere", "sales"
		}, "nowhere", "sales"},
		{"by name", func(s *scene) { s.request.API, s.request.Method, s.request.Path = "data.list", "", "" }, "data.list", "sales"},
		{"by name, app in the path", func(s *scene) {
			s.request.API, s.request.Method, s.request.Path, s.request.App = "data.get", "", "", "sales"
		}, "data.get", "sales"},
		{"every method", func(s *scene) { s.request.Method, s.request.Path = "PATCH", "/api/any/1" }, "any", ""},
		{"not app-bound, Some Apps with an empty list", func(s *scene) {
			s.request.Path, s.request.App, s.key.Key.ScopeApps = "/api/v5/corp/user/get", "sales", models.ScopeSome
		}, "user.get", ""},
		{"Some Apps", func(s *scene) {
			s.key.Key.ScopeApps, s.key.AppIDs = models.ScopeSome, []int64{appStock, appSales, appSales}
		}, "data.list", "sales"},
		{"Some APIs", func(s *scene) {
			s.key.Key.ScopeAPIs, s.key.APIIDs = models.ScopeSome, []int64{apiUserGet, apiDataList}
		}, "data.list", "sales"},
		{"a list counts for nothing under All", func(s *scene) {
			s.key.AppIDs, s.key.APIIDs = []int64{appStock}, []int64{apiUserGet}
		}, "data.list", "sales"},
		{"a path that passes unknown", func(s *scene) {
			s.account.Account.PassUnknownAPIs, s.request.Path = true, "/api/other"
		}, "", ""},
		{"a path that passes unknown, Some Apps, no app named", func(s *scene) {
			s.account.Account.PassUnknownAPIs, s.request.Path, s.key.Key.ScopeApps = true, "/api/other", models.ScopeSome
		}, "", ""},
		{"a path that passes unknown, app named", func(s *scene) {
			s.account.Account.PassUnknownAPIs, s.request.Path, s.request.App = true, "/api/other", "sales"
		}, "", "sales"},
		{"key in the query", func(s *scene) { s.account.Account.KeyInQuery, s.request.FromQuery = true, true }, "data.list", "sales"},
		{"address", func(s *scene) { s.key.IPs = []string{"10.0.0.1", "192.0.2.1"} }, "data.list", "sales"},
		{"range", func(s *scene) { s.key.IPs = []string{"192.*.2.1"} }, "data.list", "sales"},
		{"mapped address", func(s *scene) {
			s.key.IPs, s.request.IP = []string{"192.0.2.1"}, netip.MustParseAddr("::ffff:192.0.2.1")
		}, "data.list", "sales"},
		{"IPv6 without a whitelist", func(s *scene) { s.request.IP = netip.MustParseAddr("2001:db8::1") }, "data.list", "sales"},
		{"unknown address without a whitelist", func(s *scene) { s.request.IP = netip.Addr{} }, "data.list", "sales"},
		{"plugin without a whitelist", func(s *scene) { s.request.Plugin = true }, "data.list", "sales"},
		{"channel left out", func(s *scene) { s.request.Channel = "" }, "data.list", "sales"},
		{"HTTP channel", func(s *scene) { s.key.Key.Channel, s.request.Channel = models.ChannelHTTP, models.ChannelHTTP }, "data.list", "sales"},
		{"log-in to a mail server, Some Apps", func(s *scene) {
			s.request.Login, s.request.Method, s.request.Path, s.request.AppLookup = true, "", "", nil
			s.key.Key.Channel, s.request.Channel, s.key.Key.ScopeApps = models.ChannelEmail, models.ChannelEmail, models.ScopeSome
		}, "", ""},
		{"expires next", func(s *scene) { s.key.Key.ExpiresAt = at(noon.Add(1)) }, "data.list", "sales"},
		{"expires after 64 bits of nanoseconds", func(s *scene) {
			s.key.Key.ExpiresAt = at(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))
		}, "data.list", "sales"},
		{"expires with the last nanosecond", func(s *scene) { s.key.Key.ExpiresAt = at(time.Unix(0, math.MaxInt64)) }, "data.list", "sales"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene()
			c.do(s)
			d := s.decide()
			if !d.Allowed() || d.Failed != 0 {
				t.Fatalf("denied: %v", d.Failed.List())
			}
			api := ""
			if d.API != nil {
				api = d.API.Name()
			}
			if api != c.api || d.App != c.app {
				t.Errorf("API %q, app %q; want %q, %q", api, d.App, c.api, c.app)
			}
		})
	}
}

// TestWhatADecisionTells reads every getter.
func TestWhatADecisionTells(t *testing.T) {
	d := newScene().decide()
	if d.Key.ID() != 1 || d.Key.AccountID() != 1 || d.Key.Sid() != "SID00001" || d.Key.Name() != "Key 1" {
		t.Errorf("key %d of %d, %q, %q", d.Key.ID(), d.Key.AccountID(), d.Key.Sid(), d.Key.Name())
	}
	if want := (engine.AccountInfo{ID: 1, Slug: "acme", Name: "Acme", Dialect: models.DialectJodoo}); d.Account() != want {
		t.Errorf("account %+v", d.Account())
	}
	if d.API.ID() != apiDataList || d.API.Method() != "POST" || d.API.Path() != "/api/v5/app/entry/data/list" {
		t.Errorf("API %d %s %s", d.API.ID(), d.API.Method(), d.API.Path())
	}
	if (engine.Decision{}).Account() != (engine.AccountInfo{}) {
		t.Error("a decision without a key has an account")
	}
}

// TestDecideHash is the tester's way: the key is chosen, not sent.
func TestDecideHash(t *testing.T) {
	w := newFixture()
	w.put(newKey(1, "kw_a"))
	r := ask("")
	if d := w.DecideHash(hash("kw_a"), r); !d.Allowed() {
		t.Errorf("denied: %v", d.Failed.List())
	}
	if d := w.DecideHash(hash("kw_b"), r); d.Reason != engine.KeyUnknown {
		t.Errorf("reason %v", d.Reason)
	}
}

// TestUnknownAndMalformedDoTheSame holds both to the same work: the hash is
// made and looked up, and the answers have the same shape.
func TestUnknownAndMalformedDoTheSame(t *testing.T) {
	var hashed, judged []string
	e := engine.New(
		func(s string) [32]byte { hashed = append(hashed, s); return hash("kw_a") },
		func(s string) bool { judged = append(judged, s); return wellFormed(s) },
		func() time.Time { return noon },
	)
	w := newFixture()
	e.Apply(engine.Delta{All: true, Accounts: []engine.AccountData{w.account}, Keys: []engine.KeyData{newKey(1, "kw_a")}})
	// Every credential finds the key, and still a malformed one is refused.
	malformed := e.Decide(ask("nonsense"))
	if malformed.Reason != engine.KeyMalformed || malformed.Key != nil {
		t.Errorf("malformed: %v, key %v", malformed.Reason, malformed.Key)
	}
	e.Apply(engine.Delta{GoneKeys: []int64{1}})
	unknown := e.Decide(ask("kw_other"))
	if unknown.Reason != engine.KeyUnknown || unknown.Key != nil {
		t.Errorf("unknown: %v, key %v", unknown.Reason, unknown.Key)
	}
	if len(hashed) != 2 || len(judged) != 2 {
		t.Errorf("hashed %q, judged %q", hashed, judged)
	}
	if unknown.Reason.Status() != malformed.Reason.Status() {
		t.Error("their status differs")
	}
}

// TestAppLookupIsAskedSparingly: at most once, and only when it is needed.
func TestAppLookupIsAskedSparingly(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(*engine.Request)
		asked int
	}{
		{"app-bound", func(*engine.Request) {}, 1},
		{"app said", func(r *engine.Request) { r.App = "sales" }, 0},
		{"app in the path", func(r *engine.Request) { r.Path = "/api/v4/app/sales/entry/e1/data" }, 0},
		{"not app-bound", func(r *engine.Request) { r.Path = "/api/v5/corp/user/get" }, 0},
		{"unknown call", func(r *engine.Request) { r.Path = "/x" }, 0},
		{"unknown key", func(r *engine.Request) { r.Credential = "kw_b" }, 0},
	} {
		w := newFixture()
		w.put(newKey(1, "kw_a"))
		counter := &counting{}
		r := ask("kw_a")
		r.Path, r.AppLookup = "/api/v5/app/entry/data/list", counter
		c.do(&r)
		w.Decide(r)
		if counter.n != c.asked {
			t.Errorf("%s: asked %d times", c.name, counter.n)
		}
	}
}

type counting struct{ n int }

func (c *counting) AppID(models.AppSource, string) (string, bool) {
	c.n++
	return "sales", true
}
