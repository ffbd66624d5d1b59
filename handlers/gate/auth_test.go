package gate_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"keywicket/models/engine"
)

func identity() []string {
	return []string{"X-Keywicket-Key", "X-Keywicket-Name", "X-Keywicket-Account", "X-Keywicket-App", "X-Keywicket-Api"}
}

func TestAllowed(t *testing.T) {
	for _, e := range endpoints() {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PROPFIND", "OPTIONS"} {
			t.Run(e.name+" "+method, func(t *testing.T) {
				w := newFixture(t)
				if e.name == "envoy" && method != "GET" {
					t.Skip("it asks with the client's own method")
				}
				r := e.describe(call{target: "/apps/sales%20x/things", key: w.key["名字 & co"]})
				r.Method = method
				got := ask(w.server(), r)
				if got.Code != 200 {
					t.Fatalf("status %d: %s", got.Code, got.Body)
				}
				want := map[string]string{
					"X-Keywicket-Key": w.sid["名字 & co"], "X-Keywicket-Name": "%E5%90%8D%E5%AD%97%20&%20co",
					"X-Keywicket-Account": "acme", "X-Keywicket-App": "sales%20x", "X-Keywicket-Api": "in.path",
				}
				for name, value := range want {
					if g := got.Header().Values(name); !cmp.Equal(g, []string{value}) {
						t.Errorf("%s: %q, want %q", name, g, value)
					}
				}
			})
		}
	}
}

func TestAllowedSaysNothingWhereThereIsNothing(t *testing.T) {
	w := newFixture(t)
	for _, e := range endpoints() {
		got := ask(w.server(), e.describe(call{target: "/somewhere", key: w.key["passing"]}))
		if got.Code != 200 {
			t.Fatalf("%s: status %d: %s", e.name, got.Code, got.Body)
		}
		for _, name := range identity() {
			if len(got.Header().Values(name)) != 1 {
				t.Errorf("%s: %s is not there exactly once: %q", e.name, name, got.Header().Values(name))
			}
		}
		if app, api := got.Header().Get("X-Keywicket-App"), got.Header().Get("X-Keywicket-Api"); app+api != "" {
			t.Errorf("%s: app %q, API %q", e.name, app, api)
		}
	}
}

func TestDenied(t *testing.T) {
	for _, e := range endpoints() {
		w := newFixture(t)
		h := w.server()
		for _, d := range w.denials() {
			t.Run(e.name+" "+d.reason.String(), func(t *testing.T) {
				var got *httptest.ResponseRecorder
				for range d.warmUp + 1 {
					got = ask(h, e.with(e.describe(d.call), d.path))
				}
				checkDenied(t, e, d.reason, got)
			})
		}
	}
}

func checkDenied(t *testing.T, e endpoint, reason engine.Reason, got *httptest.ResponseRecorder) {
	t.Helper()
	h := got.Header()
	status := reason.Status()
	if e.name == "nginx" && status == http.StatusTooManyRequests {
		status = http.StatusForbidden
	}
	if got.Code != status {
		t.Errorf("status %d, want %d", got.Code, status)
	}
	for _, name := range identity() {
		if v, there := h[name]; !there || v[0] != "" {
			t.Errorf("%s is %q, want an empty one", name, v)
		}
	}
	if h.Get("X-Keywicket-Reason") != reason.String() {
		t.Errorf("reason %q", h.Get("X-Keywicket-Reason"))
	}
	checkChallenge(t, reason, h.Get("WWW-Authenticate"))
	if has := h.Get("Retry-After") != ""; has != (reason == engine.RateLimited) {
		t.Errorf("Retry-After %q", h.Get("Retry-After"))
	}
	if ct := h.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("Content-Type %q", ct)
	}
	var body struct {
		Status                      int
		Type, Title, Detail, Reason string
	}
	if err := json.Unmarshal(got.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	if body.Status != reason.Status() || body.Reason != reason.String() || body.Type == "" ||
		body.Title != http.StatusText(reason.Status()) || body.Detail == "" {
		t.Errorf("body %+v", body)
	}
	if e.name == "nginx" && h.Get("X-Keywicket-Body") != got.Body.String() {
		t.Errorf("X-Keywicket-Body %q", h.Get("X-Keywicket-Body"))
	}
}

// checkChallenge holds RFC 6750, section 3.
func checkChallenge(t *testing.T, reason engine.Reason, got string) {
	t.Helper()
	code := ""
	switch {
	case reason == engine.KeyMissing:
	case reason.Status() == 401:
		code = `error="invalid_token"`
	case reason.Status() == 403:
		code = `error="insufficient_scope"`
	default:
		if got != "" {
			t.Errorf("WWW-Authenticate %q", got)
		}
		return
	}
	if !strings.HasPrefix(got, `Bearer realm="`) || !strings.Contains(got, code) || code == "" && strings.Contains(got, "error") {
		t.Errorf("WWW-Authenticate %q", got)
	}
}

func TestUnknownAndMalformedLookTheSame(t *testing.T) {
	w := newFixture(t)
	for _, e := range endpoints() {
		var bodies []string
		for _, key := range []string{unknownKey(t), "kw_nonsense"} {
			got := ask(w.server(), e.describe(call{target: "/ping", key: key}))
			var body struct{ Title, Detail string }
			_ = json.Unmarshal(got.Body.Bytes(), &body)
			bodies = append(bodies, body.Title+body.Detail+got.Header().Get("WWW-Authenticate"))
		}
		if bodies[0] != bodies[1] {
			t.Errorf("%s: %q and %q", e.name, bodies[0], bodies[1])
		}
	}
}

func TestJodooDialect(t *testing.T) {
	for _, e := range endpoints() {
		t.Run(e.name, func(t *testing.T) {
			w := newFixture(t)
			h := w.server()
			got := ask(h, e.describe(call{target: "/nowhere", key: w.key["jodoo"]}))
			want := 400
			if e.name == "nginx" {
				want = 403
			}
			if got.Code != want || got.Header().Get("X-Keywicket-Status") != "400" {
				t.Errorf("status %d, X-Keywicket-Status %q", got.Code, got.Header().Get("X-Keywicket-Status"))
			}
			if got.Body.String() != `{"code":17054,"msg":"The API Catalogue has no such API."}` {
				t.Errorf("body %s", got.Body)
			}
			limited := call{target: "/ping", key: w.key["jodoo once an hour"]}
			ask(h, e.describe(limited))
			if got := ask(h, e.describe(limited)); !strings.Contains(got.Body.String(), `"code":8303`) ||
				got.Header().Get("Retry-After") != "3600" {
				t.Errorf("rate: %s, Retry-After %q", got.Body, got.Header().Get("Retry-After"))
			}
		})
	}
}

// Without a key nobody knows whose caller it is: only a sole account's choice
// can count.
func TestDialectWithoutAKey(t *testing.T) {
	w := newFixture(t)
	e := endpoints()[1]
	if got := ask(w.server(), e.describe(call{target: "/ping"})); got.Code != 401 {
		t.Errorf("several accounts: status %d", got.Code)
	}
	w.Apply(engine.Delta{GoneAccounts: []int64{acme, withQuery, suspended, passing}})
	got := ask(w.server(), e.describe(call{target: "/ping"}))
	if got.Code != 400 || !strings.Contains(got.Body.String(), `"code":8301`) {
		t.Errorf("sole account: status %d, %s", got.Code, got.Body)
	}
}

func TestRateHeaders(t *testing.T) {
	w := newFixture(t)
	for i, e := range endpoints()[:2] {
		got := ask(w.server(), e.describe(call{target: "/ping", key: w.key["twice an hour"]})).Header()
		if got.Get("RateLimit-Policy") != `"key";q=2;w=3600` {
			t.Errorf("RateLimit-Policy %q", got.Get("RateLimit-Policy"))
		}
		if want := []string{`"key";r=1;t=1800`, `"key";r=0;t=3600`}[i]; got.Get("RateLimit") != want {
			t.Errorf("RateLimit %q, want %q", got.Get("RateLimit"), want)
		}
		if ask(w.server(), e.describe(call{target: "/ping", key: w.key["good"]})).Header().Get("RateLimit") != "" {
			t.Error("RateLimit without a rate")
		}
	}
}

func TestEveryDecisionIsCounted(t *testing.T) {
	w := newFixture(t)
	h := w.server()
	for _, e := range endpoints() {
		ask(h, e.describe(call{target: "/ping", key: w.key["good"], from: insider}))
		ask(h, e.describe(call{target: "/nowhere", key: w.key["good"]}))
		ask(h, e.describe(call{target: "/ping"}))
	}
	ask(h, httptest.NewRequest("POST", "/v1/verify", strings.NewReader(`{"key":"`+w.key["good"]+`","api":"ping","ip":"10.0.0.1"}`)))
	got := map[string]int64{}
	batch := w.usage.Drain()
	for _, d := range batch.Days {
		got[d.Reason] += d.Count
		if known := d.Reason != "key_missing"; known != (d.KeyID != 0) || known != (d.AccountID == acme) {
			t.Errorf("%+v", d)
		}
	}
	if diff := cmp.Diff(map[string]int64{"allowed": 5, "api_unknown": 4, "key_missing": 4}, got); diff != "" {
		t.Error(diff)
	}
	if len(batch.Last) != 1 || batch.Last[0].IP != "10.0.0.1" || batch.Last[0].API != "ping" {
		t.Errorf("last use %+v", batch.Last)
	}
}
