package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/storetest"
	"keywicket/web/webtest"
)

// testerFixture starts a console with an account and a key without restrictions.
func testerFixture(t *testing.T) (*app, storetest.Fixture, *webtest.Client, models.Key, string) {
	t.Helper()
	a, w := newFixture(t)
	k, value, err := a.store.CreateKey(t.Context(), w.Who, "Night export", "")
	if err != nil {
		t.Fatal(err)
	}
	return a, w, a.as(t, w.Owner.ID), k, value
}

// ask fills in the form and submits it.
func ask(c *webtest.Client, fields map[string]string) *webtest.Page {
	return fill(c.Get("/a/acme/tester").Form("form[action='/a/acme/tester']"), fields).Submit()
}

// state returns the state of a check in the verdict.
func state(p *webtest.Page, reason engine.Reason) string {
	class := p.Find(`[data-check="`+reason.String()+`"]`).AttrOr("class", "")
	return strings.TrimPrefix(strings.TrimPrefix(class, "check-line "), "check-")
}

// failed returns the checks of the verdict that failed.
func failed(p *webtest.Page) []string {
	var out []string
	for _, n := range p.Find(".check-failed").EachIter() {
		out = append(out, n.AttrOr("data-check", ""))
	}
	return out
}

// wantVerdict checks the decision. Its reason is the first check that failed.
func wantVerdict(t *testing.T, p *webtest.Page, status string, checks ...engine.Reason) {
	t.Helper()
	if p.Status != http.StatusOK || !p.Has(".verdict-head") {
		t.Fatalf("no verdict: %d %.300s", p.Status, p.Text("main, body"))
	}
	var want []string
	for _, r := range checks {
		want = append(want, r.String())
	}
	if got := failed(p); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("failed checks %v, wanted %v", got, want)
	}
	head, word := "Allowed", "allowed"
	if len(want) > 0 {
		head, word = "Denied", want[0]
	}
	facts := p.Text(".verdict-facts")
	if !strings.HasPrefix(p.Text(".verdict-head"), head) || !strings.Contains(facts, word) || !strings.Contains(facts, status) {
		t.Errorf("the verdict says %q and %q", p.Text(".verdict-head"), facts)
	}
	if n := p.Find(".check-line").Length(); n != len(engine.Reasons())-1 {
		t.Errorf("%d checks are listed", n)
	}
}

func TestTesterAllows(t *testing.T) {
	_, _, c, k, value := testerFixture(t)
	for name, fields := range map[string]map[string]string{
		"a call by name":   {"key": k.Sid, "api": "data.list", "app": "app-orders", "ip": "198.51.100.4"},
		"method and path":  {"key": k.Sid, "by": "path", "method": "POST", "path": "/api/v5/corp/user/get?x=1"},
		"app in the path":  {"key": k.Sid, "by": "path", "method": "POST", "path": "/api/v1/app/app-stock/entry/e/data/d/approval_comments"},
		"a pasted key":     {"source": "paste", "value": " " + value + " ", "api": "member.get"},
		"a mapped address": {"key": k.Sid, "api": "member.get", "ip": "::ffff:198.51.100.4"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, browser := range []*webtest.Client{c, c.HX()} {
				p := ask(browser, fields)
				wantVerdict(t, p, "HTTP 200")
				if p.Find(".verdict-facts a").AttrOr("href", "") != "/a/acme/keys/"+k.Sid {
					t.Errorf("it does not lead to the key: %s", p.Text(".verdict-facts"))
				}
				if strings.Contains(p.Body, value) || strings.Contains(p.URL, "kw_") {
					t.Error("the answer holds the pasted key")
				}
			}
		})
	}
	p := ask(c, map[string]string{"key": k.Sid, "api": "member.get"})
	if state(p, engine.AppUndetermined) != "skipped" || state(p, engine.RateLimited) != "passed" {
		t.Errorf("a call without an app: %s", p.Text(".checks"))
	}
}

func TestTesterDenies(t *testing.T) {
	a, w, c, k, value := testerFixture(t)
	ctx := t.Context()
	narrow, _, err := a.store.CreateKey(ctx, w.Who, "Narrow", "")
	if err == nil {
		_, err = a.store.AddKeyIP(ctx, w.Who, narrow.Sid, "10.1.*.7")
	}
	if err == nil {
		err = a.store.SetKeyApps(ctx, w.Who, narrow.Sid, models.ScopeSome, []int64{appID(t, w, "app-stock")})
	}
	if err == nil {
		err = a.store.SetKeyAPIs(ctx, w.Who, narrow.Sid, models.ScopeSome, []int64{w.APIByName(t, "data.get").ID})
	}
	off, _, errOff := a.store.CreateKey(ctx, w.Who, "Off", "")
	soon := a.now().Add(time.Hour)
	if err == nil {
		err = errOff
	}
	if err == nil {
		err = a.store.SetKeyEnabled(ctx, w.Who, off.Sid, false)
	}
	if err == nil {
		err = a.store.SetKeyBasics(ctx, w.Who, off.Sid, off.Name, "", &soon)
	}
	if err != nil {
		t.Fatal(err)
	}
	a.pass(2 * time.Hour)
	c = a.as(t, w.Owner.ID)
	wrong := value[:len(value)-1] + map[bool]string{true: "a", false: "b"}[!strings.HasSuffix(value, "a")]
	for name, tt := range map[string]struct {
		fields map[string]string
		status string
		checks []engine.Reason
	}{
		"nothing pasted":     {map[string]string{"source": "paste", "api": "member.get"}, "HTTP 401", []engine.Reason{engine.KeyMissing}},
		"a mistyped key":     {map[string]string{"source": "paste", "value": wrong, "api": "member.get"}, "HTTP 401", []engine.Reason{engine.KeyMalformed}},
		"off and expired":    {map[string]string{"key": off.Sid, "api": "member.get"}, "HTTP 401", []engine.Reason{engine.KeyDisabled, engine.KeyExpired}},
		"another channel":    {map[string]string{"key": k.Sid, "api": "member.get", "channel": "ftp"}, "HTTP 403", []engine.Reason{engine.ChannelDenied}},
		"all that is narrow": {map[string]string{"key": narrow.Sid, "api": "data.list", "app": "app-orders", "ip": "10.1.2.8", "plugin": "1"}, "HTTP 403", []engine.Reason{engine.IPDenied, engine.PluginDenied, engine.APIDenied, engine.AppDenied}},
		"no app":             {map[string]string{"key": k.Sid, "api": "data.list"}, "HTTP 403", []engine.Reason{engine.AppUndetermined}},
		"an unknown path":    {map[string]string{"key": k.Sid, "by": "path", "path": "/nowhere"}, "HTTP 403", []engine.Reason{engine.APIUnknown}},
		"an ambiguous path":  {map[string]string{"key": k.Sid, "by": "path", "path": "/api/v5/corp/user/%2e%2e/user/get"}, "HTTP 403", []engine.Reason{engine.APIUnknown}},
	} {
		t.Run(name, func(t *testing.T) { wantVerdict(t, ask(c, tt.fields), tt.status, tt.checks...) })
	}
	p := ask(c, map[string]string{"key": narrow.Sid, "api": "data.list", "app": "app-orders", "ip": "10.1.2.8"})
	for reason, section := range map[engine.Reason]string{engine.IPDenied: "#whitelist", engine.APIDenied: "#apis", engine.AppDenied: "#apps"} {
		href := p.Find(`[data-check="`+reason.String()+`"] a`).AttrOr("href", "")
		if href != "/a/acme/keys/"+narrow.Sid+section {
			t.Errorf("%s leads to %q", reason, href)
		}
		if !c.Get(strings.TrimSuffix(href, section)).Has(section) {
			t.Errorf("the key's page has no %s", section)
		}
	}
	if state(p, engine.KeyDisabled) != "passed" || state(p, engine.RateLimited) != "skipped" {
		t.Errorf("the other checks: %s", p.Text(".checks"))
	}
	if p := ask(c, map[string]string{"source": "paste", "api": "member.get"}); state(p, engine.IPDenied) != "skipped" {
		t.Errorf("without a key: %s", p.Text(".checks"))
	}
}

func TestTesterFollowsTheAccount(t *testing.T) {
	a, w, c, k, _ := testerFixture(t)
	account := w.Account
	account.ErrorDialect, account.PassUnknownAPIs, account.RatePerSecond = models.DialectJodoo, true, 5
	if err := a.store.UpdateAccount(t.Context(), w.Who, func(a *models.Account) { *a = account }); err != nil {
		t.Fatal(err)
	}
	p := ask(c, map[string]string{"key": k.Sid, "by": "path", "path": "/nowhere"})
	wantVerdict(t, p, "HTTP 200")
	if !strings.Contains(p.Text(`[data-check="api_unknown"]`), "this account allows that") || !strings.Contains(p.Text(`[data-check="rate_limited"]`), "of 5 requests left") {
		t.Errorf("the notes: %s", p.Text(".checks"))
	}
	wantVerdict(t, ask(c, map[string]string{"key": k.Sid, "api": "data.list"}), "HTTP 400 with code 17053", engine.AppUndetermined)
}

func TestTesterCountsNothing(t *testing.T) {
	a, w, c, k, _ := testerFixture(t)
	if err := a.store.SetKeyRate(t.Context(), w.Who, k.Sid, 1, 3600); err != nil {
		t.Fatal(err)
	}
	before := a.snapshot(t)
	for range 5 {
		wantVerdict(t, ask(c, map[string]string{"key": k.Sid, "api": "member.get"}), "HTTP 200")
	}
	if after := a.snapshot(t); after != before {
		t.Error("testing changed the database")
	}
	hash, err := a.store.KeyHash(t.Context(), w.Who, k.Sid)
	if err != nil {
		t.Fatal(err)
	}
	a.engine.DecideHash(hash, engine.Request{API: "member.get"})
	wantVerdict(t, ask(c, map[string]string{"key": k.Sid, "api": "member.get"}), "HTTP 429", engine.RateLimited)
}

func TestTesterKeepsAccountsApart(t *testing.T) {
	a, w, c, k, _ := testerFixture(t)
	other := storetest.SeedOther(t, a.store, "Other")
	foreign, value, err := a.store.CreateKey(t.Context(), other.Who, "Secret plans", "")
	if err != nil {
		t.Fatal(err)
	}
	p := ask(c, map[string]string{"source": "paste", "value": value, "api": "member.get"})
	wantVerdict(t, p, "HTTP 401", engine.KeyUnknown)
	if strings.Contains(p.Body, "Secret plans") || strings.Contains(p.Body, foreign.Sid) {
		t.Error("it tells of another account's key")
	}
	if p := c.Get("/a/acme/tester?key=" + foreign.Sid); p.Status != http.StatusNotFound {
		t.Errorf("another account's key: %d", p.Status)
	}
	fields := url.Values{"source": {"choose"}, "key": {foreign.Sid}, "by": {"call"}, "api": {"member.get"}, "channel": {"rest"}}
	if p := c.Post("/a/acme/tester", fields); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text("#key-list .error"), "no longer exists") {
		t.Errorf("another account's key: %d %s", p.Status, p.Text("#key-list .error"))
	}
	// A Member sees their own keys. Somebody else's key that they paste is
	// judged, but not described.
	m := storetest.SeedMember(t, a.store, w.Account, "Mel", "mel@example.com", models.RoleMember)
	mc := a.as(t, m.UserID)
	if p := mc.Get("/a/acme/tester"); p.Has("[name=key]") || !strings.Contains(p.Text("#key-list"), "no keys that you can see") {
		t.Errorf("a member may choose of %s", p.Text("#key-list"))
	}
	held, err := a.store.RevealKey(t.Context(), w.Who, k.Sid)
	if err != nil {
		t.Fatal(err)
	}
	p = ask(mc, map[string]string{"source": "paste", "value": held, "api": "member.get"})
	wantVerdict(t, p, "HTTP 200")
	if strings.Contains(p.Body, k.Sid) || strings.Contains(p.Body, k.Name) {
		t.Error("a member is told of somebody's key")
	}
}

func TestTesterForm(t *testing.T) {
	_, _, c, k, value := testerFixture(t)
	if f := c.Get("/a/acme/tester?key=" + k.Sid).Form("form[action='/a/acme/tester']"); f.Fields.Get("key") != k.Sid {
		t.Errorf("?key= chose %q", f.Fields.Get("key"))
	}
	for name, tt := range map[string]struct {
		fields      map[string]string
		find, words string
	}{
		"no key":       {map[string]string{"api": "member.get"}, "#key-list .error", "Choose a key"},
		"no call":      {map[string]string{"key": k.Sid}, "#f-api-error", "Choose an API"},
		"no path":      {map[string]string{"key": k.Sid, "by": "path", "path": "x"}, "#f-path-error", "starts with a slash"},
		"no address":   {map[string]string{"key": k.Sid, "api": "member.get", "ip": "10.1.2"}, "#f-ip-error", "not an IP address"},
		"no channel":   {map[string]string{"key": k.Sid, "api": "member.get", "channel": "pigeon"}, "#f-channel-error", "Choose"},
		"a pasted one": {map[string]string{"source": "paste", "value": value, "api": "member.get", "ip": "x"}, "#f-ip-error", "not an IP address"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, browser := range []*webtest.Client{c, c.HX()} {
				p := ask(browser, tt.fields)
				if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text(tt.find), tt.words) || p.Has(".verdict-head") {
					t.Errorf("%d, beside it stands %q", p.Status, p.Text(tt.find))
				}
				if p.Find("#f-ip").AttrOr("value", "") != tt.fields["ip"] || strings.Contains(p.Body, value) {
					t.Errorf("what was typed: %s", p.Body)
				}
			}
		})
	}
}

func TestTesterListsEveryKey(t *testing.T) {
	a, w, c, _, _ := testerFixture(t)
	storetest.SeedKeys(t, a.store, w.Who, 60)
	p := c.Get("/a/acme/tester")
	if n := p.Find("input[type=radio][name=key]").Length(); n != 61 {
		t.Errorf("%d keys to choose from", n)
	}
}
