package engine_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keywicket/models"
	"keywicket/models/engine"
)

// scene is a request about to be made for a key that it allows, and all that
// a test may break of it.
type scene struct {
	account engine.AccountData
	key     engine.KeyData
	request engine.Request
}

func newScene() *scene {
	w := newFixture()
	s := &scene{account: w.account, key: newKey(1, "kw_a"), request: ask("kw_a")}
	s.request.Path = "/api/v5/app/entry/data/list"
	s.request.AppLookup = found{"body app_id": "sales"}
	return s
}

func (s *scene) decide() engine.Decision {
	w := newFixture()
	w.Apply(engine.Delta{All: true, Accounts: []engine.AccountData{s.account}, Keys: []engine.KeyData{s.key}})
	return w.Decide(s.request)
}

func at(t time.Time) *time.Time { return &t }

// breaks are the ways to fail each check, and no other.
type breakage struct {
	reason engine.Reason
	name   string
	do     func(*scene)
}

func breakages() []breakage {
	return []breakage{
		{engine.KeyMissing, "no credential", func(s *scene) { s.request.Credential = "" }},
		{engine.KeyMissing, "in the query, not allowed", func(s *scene) { s.request.FromQuery = true }},
		{engine.KeyMalformed, "no checksum", func(s *scene) { s.request.Credential = "xx_a" }},
		{engine.KeyUnknown, "another key", func(s *scene) { s.request.Credential = "kw_b" }},
		{engine.KeyUnknown, "of an account that is gone", func(s *scene) { s.key.Key.AccountID = 2 }},
		{engine.AccountSuspended, "suspended", func(s *scene) { s.account.Account.Status = models.AccountSuspended }},
		{engine.AccountSuspended, "status unclear", func(s *scene) { s.account.Account.Status = "" }},
		{engine.KeyDisabled, "disabled", func(s *scene) { s.key.Key.Enabled = false }},
		{engine.KeyExpired, "past", func(s *scene) { s.key.Key.ExpiresAt = at(noon.Add(-time.Hour)) }},
		{engine.KeyExpired, "this instant", func(s *scene) { s.key.Key.ExpiresAt = at(noon) }},
		{engine.KeyExpired, "before all time", func(s *scene) { s.key.Key.ExpiresAt = at(time.Time{}) }},
		{engine.ChannelDenied, "other channel", func(s *scene) { s.request.Channel = models.ChannelHTTP }},
		{engine.ChannelDenied, "channel left out of an HTTP key", func(s *scene) {
			s.key.Key.Channel, s.request.Channel = models.ChannelHTTP, ""
		}},
		{engine.ChannelDenied, "no such channel", func(s *scene) {
			s.key.Key.Channel, s.request.Channel = "pigeon", "pigeon"
		}},
		{engine.ChannelDenied, "key without a channel", func(s *scene) { s.key.Key.Channel = "" }},
		{engine.IPDenied, "other address", func(s *scene) { s.key.IPs = []string{"10.1.*.7", "10.2.3.4"} }},
		{engine.IPDenied, "unknown address", func(s *scene) {
			s.key.IPs, s.request.IP = []string{"192.0.2.1"}, netip.Addr{}
		}},
		{engine.IPDenied, "other IPv6", func(s *scene) {
			s.key.IPs, s.request.IP = []string{"0.0.0.*"}, netip.MustParseAddr("::1")
		}},
		{engine.IPDenied, "unreadable rule", func(s *scene) { s.key.IPs = []string{"rubbish"} }},
		{engine.PluginDenied, "plugin and whitelist", func(s *scene) {
			s.key.IPs, s.request.Plugin = []string{"192.0.2.*"}, true
		}},
		{engine.APIUnknown, "other path", func(s *scene) { s.request.Path = "/api/v5/app/entry/data/drop" }},
		{engine.APIUnknown, "slash at the end", func(s *scene) { s.request.Path += "/" }},
		{engine.APIUnknown, "other method", func(s *scene) { s.request.Method = "GET" }},
		{engine.APIUnknown, "ambiguous path", func(s *scene) { s.request.PathAmbiguous = true }},
		{engine.APIUnknown, "ambiguous path of an account that passes unknown ones", func(s *scene) {
			s.account.Account.PassUnknownAPIs, s.request.PathAmbiguous = true, true
		}},
		{engine.APIUnknown, "other name", func(s *scene) { s.request.API = "data.drop" }},
		{engine.APIUnknown, "other name where unknown paths pass", func(s *scene) {
			s.account.Account.PassUnknownAPIs, s.request.API = true, "data.drop"
		}},
		{engine.APIUnknown, "nothing said", func(s *scene) { s.request.Path = "" }},
		{engine.APIUnknown, "nothing said where unknown paths pass", func(s *scene) {
			s.account.Account.PassUnknownAPIs, s.request.Path = true, ""
		}},
		{engine.APIUnknown, "unknown paths pass, but not for Some APIs", func(s *scene) {
			s.account.Account.PassUnknownAPIs, s.request.Path = true, "/api/other"
			s.key.Key.ScopeAPIs, s.key.APIIDs = models.ScopeSome, []int64{apiDataList}
		}},
		{engine.APIDenied, "not in the list", func(s *scene) {
			s.key.Key.ScopeAPIs, s.key.APIIDs = models.ScopeSome, []int64{apiUserGet, apiDataGet}
		}},
		{engine.APIDenied, "empty list", func(s *scene) { s.key.Key.ScopeAPIs = models.ScopeSome }},
		{engine.APIDenied, "scope unclear", func(s *scene) { s.key.Key.ScopeAPIs = "" }},
		{engine.AppUndetermined, "not in the body", func(s *scene) { s.request.AppLookup = found{"query app_id": "sales"} }},
		{engine.AppUndetermined, "nobody to ask", func(s *scene) { s.request.AppLookup = nil }},
		{engine.AppUndetermined, "empty in the body", func(s *scene) { s.request.AppLookup = found{"body app_id": ""} }},
		{engine.AppUndetermined, "Some Apps, not in the body", func(s *scene) {
			s.request.AppLookup = nil
			s.key.Key.ScopeApps, s.key.AppIDs = models.ScopeSome, []int64{appStock}
		}},
		{engine.AppUndetermined, "path and caller differ", func(s *scene) {
			s.request.Path, s.request.App = "/api/v4/app/sales/entry/e1/data", "stock"
		}},
		{engine.AppUndetermined, "the caller of the gate should say it", func(s *scene) {
			s.request.Method, s.request.Path = "GET", "/api/nowhere"
		}},
		{engine.AppUndetermined, "in the path, but called by name", func(s *scene) { s.request.API = "data.get" }},
		{engine.AppDenied, "not in the list", func(s *scene) {
			s.key.Key.ScopeApps, s.key.AppIDs = models.ScopeSome, []int64{appStock}
		}},
		{engine.AppDenied, "empty list", func(s *scene) { s.key.Key.ScopeApps = models.ScopeSome }},
		{engine.AppDenied, "scope unclear", func(s *scene) { s.key.Key.ScopeApps = "" }},
		{engine.AppDenied, "an app that does not exist", func(s *scene) {
			s.key.Key.ScopeApps, s.key.AppIDs = models.ScopeSome, []int64{appStock}
			s.request.AppLookup = found{"body app_id": "nothing"}
		}},
		{engine.AppDenied, "in the path", func(s *scene) {
			s.request.Path = "/api/v4/app/sales/entry/stock/data"
			s.key.Key.ScopeApps, s.key.AppIDs = models.ScopeSome, []int64{appStock}
		}},
		{engine.AppDenied, "named for a path that passes unknown", func(s *scene) {
			s.account.Account.PassUnknownAPIs, s.request.Path, s.request.App = true, "/api/other", "sales"
			s.key.Key.ScopeApps, s.key.AppIDs = models.ScopeSome, []int64{appStock}
		}},
	}
}

// TestEachCheckAlone fails every check of the table by itself: the decision
// names it and nothing else.
func TestEachCheckAlone(t *testing.T) {
	tested := map[engine.Reason]bool{engine.Allowed: true, engine.RateLimited: true} // have tests of their own
	for _, b := range breakages() {
		tested[b.reason] = true
		t.Run(b.reason.String()+"/"+b.name, func(t *testing.T) {
			s := newScene()
			b.do(s)
			d := s.decide()
			if d.Reason != b.reason || d.Allowed() {
				t.Errorf("reason %v", d.Reason)
			}
			if diff := cmp.Diff([]engine.Reason{b.reason}, d.Failed.List()); diff != "" {
				t.Errorf("failed: %s", diff)
			}
			if known := b.reason > engine.KeyUnknown; (d.Key != nil) != known || (d.Account().Slug == "acme") != known {
				t.Errorf("key %v, account %+v", d.Key, d.Account())
			}
			if d.Rate != (engine.RateState{}) {
				t.Errorf("a denied request has a quota: %+v", d.Rate)
			}
		})
	}
	for _, r := range engine.Reasons() {
		if !tested[r] {
			t.Errorf("no test fails %v", r)
		}
	}
}

// TestOrder fails two checks at a time: the earlier is the reason, and both
// are told.
func TestOrder(t *testing.T) {
	for _, a := range alone() {
		for _, b := range alone() {
			if a.reason >= b.reason || b.reason <= engine.KeyUnknown {
				continue // a credential is missing, malformed or unknown, never two of them
			}
			s := newScene()
			a.do(s)
			b.do(s)
			d := s.decide()
			want := []engine.Reason{a.reason, b.reason}
			if a.reason <= engine.KeyUnknown {
				want = want[:1] // nothing else is judged
			}
			if d.Reason != a.reason {
				t.Errorf("%v and %v: reason %v", a.reason, b.reason, d.Reason)
			}
			if diff := cmp.Diff(want, d.Failed.List()); diff != "" {
				t.Errorf("%v and %v: %s", a.reason, b.reason, diff)
			}
		}
	}
}

// alone returns one breakage for each check that can fail in addition to the others.
func alone() []breakage {
	var list []breakage
	seen := map[engine.Reason]bool{
		engine.PluginDenied: true, engine.APIUnknown: true, engine.AppUndetermined: true, // touch what others do
	}
	for _, b := range breakages() {
		if !seen[b.reason] {
			seen[b.reason] = true
			list = append(list, b)
		}
	}
	return list
}

// TestAllFailed fails as much as can fail at once.
func TestAllFailed(t *testing.T) {
	s := newScene()
	s.account.Account.Status = models.AccountSuspended
	s.key.Key.Enabled = false
	s.key.Key.ExpiresAt = at(noon.Add(-time.Second))
	s.request.Channel = models.ChannelFTP
	s.key.IPs = []string{"10.0.0.1"}
	s.request.Plugin = true
	s.key.Key.ScopeAPIs = models.ScopeSome
	s.key.Key.ScopeApps = models.ScopeSome
	s.key.Key.RateRequests, s.key.Key.RateWindowSec = 1, 60
	most := []engine.Reason{
		engine.AccountSuspended, engine.KeyDisabled, engine.KeyExpired, engine.ChannelDenied, engine.IPDenied, engine.PluginDenied,
	}
	for _, c := range []struct {
		name   string
		change func()
		more   []engine.Reason
	}{
		{"known call, known app", func() {}, []engine.Reason{engine.APIDenied, engine.AppDenied}},
		{"known call, no app", func() { s.request.AppLookup = nil }, []engine.Reason{engine.APIDenied, engine.AppUndetermined}},
		{"unknown call", func() { s.request.Path = "/x" }, []engine.Reason{engine.APIUnknown}},
		{"unknown call, app named", func() { s.request.App = "sales" }, []engine.Reason{engine.APIUnknown, engine.AppDenied}},
	} {
		c.change()
		d := s.decide()
		if diff := cmp.Diff(append(most[:len(most):len(most)], c.more...), d.Failed.List()); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if d.Reason != engine.AccountSuspended {
			t.Errorf("%s: reason %v", c.name, d.Reason)
		}
	}
}
