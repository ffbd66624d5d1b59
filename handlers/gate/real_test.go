package gate_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
)

func TestRealAllowed(t *testing.T) {
	eachFrontend(t, func(t *testing.T, f frontend, w *fixture, p proxied) {
		for _, c := range []call{
			{method: "GET", target: "/ping?x=1&y=%20", key: w.key["名字 & co"]},
			{method: "PUT", target: "/any", key: w.key["名字 & co"], body: strings.Repeat("0123456789", 2000)},
			{method: "POST", target: "/any", headers: []string{"X-API-Key: " + w.key["名字 & co"]}},
			{method: "GET", target: "/apps/sales/things", headers: []string{"Authorization: " + basic("me", w.key["名字 & co"])}},
			{method: "GET", target: "/in/header", key: w.key["名字 & co"], headers: []string{"X-App: sales"}},
			{method: "GET", target: "/in/query?app=sales", key: w.key["名字 & co"]},
		} {
			got := c.send(t, p.addr)
			if got.status != 200 || !got.reached() {
				t.Fatalf("%s %s: %d %s", c.method, c.target, got.status, got.body)
			}
			seen := got.seen(t)
			if seen.Method != c.method || seen.URI != c.target || seen.Body != c.body {
				t.Errorf("upstream got %s %s with %d bytes", seen.Method, seen.URI, len(seen.Body))
			}
			w.checkIdentity(t, seen, "名字 & co")
		}
	})
}

func TestRealMethodsAndBodies(t *testing.T) {
	eachFrontend(t, func(t *testing.T, f frontend, w *fixture, p proxied) {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"} {
			got := call{method: method, target: "/any", key: w.key["good"]}.send(t, p.addr)
			if got.status != 200 || !got.reached() || method != "HEAD" && got.seen(t).Method != method {
				t.Errorf("%s: %d %s", method, got.status, got.body)
			}
			got = call{method: method, target: "/ping", key: w.key["off"]}.send(t, p.addr)
			if got.status != 401 || got.reached() {
				t.Errorf("%s, denied: %d %s", method, got.status, got.body)
			}
		}
		body := `{"app_id":"sales"}`
		got := call{method: "POST", target: "/in/body", key: w.key["good"], chunked: true, body: body, headers: []string{jsonType}}.send(t, p.addr)
		if (got.status == 200) != f.body || f.body && got.seen(t).Body != body {
			t.Errorf("chunked: %d %s", got.status, got.body)
		}
	})
}

// checkIdentity holds that the upstream got the key's identity and no other.
func (w *fixture) checkIdentity(t *testing.T, seen echoed, key string) {
	t.Helper()
	want := map[string]string{"Key": w.sid[key], "Name": "%E5%90%8D%E5%AD%97%20&%20co", "Account": "acme"}
	for name, value := range want {
		if got := seen.get(t, "X-Keywicket-"+name); got != value {
			t.Errorf("upstream got X-Keywicket-%s %q, want %q", name, got, value)
		}
	}
	app := ""
	if strings.HasPrefix(seen.URI, "/apps/") || strings.HasPrefix(seen.URI, "/in/") {
		app = "sales"
	}
	if got := seen.get(t, "X-Keywicket-App"); got != app {
		t.Errorf("upstream got X-Keywicket-App %q, want %q", got, app)
	}
	if api := seen.get(t, "X-Keywicket-Api"); !strings.Contains("ping any in.path in.header in.query in.body", api) || api == "" {
		t.Errorf("upstream got X-Keywicket-Api %q", api)
	}
}

func TestRealDenied(t *testing.T) {
	for _, f := range frontends() {
		t.Run(f.name, func(t *testing.T) {
			w := newFixture(t)
			gateAddr, upstreamAddr := w.listen(), upstream(t)
			plain := f.start(t, gateAddr, upstreamAddr, "")
			for _, d := range w.denials() {
				p := plain
				if d.path != "" {
					p = f.start(t, gateAddr, upstreamAddr, d.path)
				}
				for range d.warmUp {
					if got := d.call.send(t, p.addr); got.status != 200 {
						t.Errorf("before %s: %d %s", d.reason, got.status, got.body)
					}
				}
				t.Run(d.reason.String(), func(t *testing.T) { checkRealDenied(t, d.reason, d.call.send(t, p.addr)) })
			}
		})
	}
}

// checkRealDenied holds that a client gets the same answer whichever proxy
// stands between, with the status of the table.
func checkRealDenied(t *testing.T, reason engine.Reason, got reply) {
	t.Helper()
	if got.status != reason.Status() || got.reached() {
		t.Fatalf("status %d, want %d; reached the upstream: %v\n%s", got.status, reason.Status(), got.reached(), got.body)
	}
	var body struct {
		Status int
		Reason string
	}
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || body.Status != reason.Status() || body.Reason != reason.String() {
		t.Errorf("body %s", got.body)
	}
	if got.header.Get("X-Keywicket-Reason") != reason.String() {
		t.Errorf("X-Keywicket-Reason %q", got.header.Values("X-Keywicket-Reason"))
	}
	if ct := got.header.Values("Content-Type"); len(ct) != 1 || ct[0] != "application/problem+json" {
		t.Errorf("Content-Type %q", ct)
	}
	if n := len(got.header.Values("WWW-Authenticate")); n > 1 {
		t.Errorf("WWW-Authenticate is there %d times", n)
	}
	checkChallenge(t, reason, got.header.Get("WWW-Authenticate"))
	want := ""
	if reason == engine.RateLimited {
		want = "1800"
	}
	if got.header.Get("Retry-After") != want {
		t.Errorf("Retry-After %q, want %q", got.header.Get("Retry-After"), want)
	}
}

func TestRealJodooDialect(t *testing.T) {
	eachFrontend(t, func(t *testing.T, f frontend, w *fixture, p proxied) {
		got := call{target: "/nowhere", key: w.key["jodoo"]}.send(t, p.addr)
		if got.status != 400 || got.body != `{"code":17054,"msg":"The API Catalogue has no such API."}` ||
			got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%d %s %q", got.status, got.body, got.header.Get("Content-Type"))
		}
		limited := call{target: "/ping", key: w.key["jodoo once an hour"]}
		limited.send(t, p.addr)
		got = limited.send(t, p.addr)
		if got.status != 400 || !strings.Contains(got.body, `"code":8303`) || got.header.Get("Retry-After") != "3600" {
			t.Errorf("rate: %d %s, Retry-After %q", got.status, got.body, got.header.Get("Retry-After"))
		}
	})
}

func TestRealQueryKey(t *testing.T) {
	eachFrontend(t, func(t *testing.T, f frontend, w *fixture, p proxied) {
		got := call{target: "/ping?a=b&api_key=" + w.key["query"]}.send(t, p.addr)
		if got.status != 200 || !got.reached() {
			t.Errorf("where the account takes it: %d %s", got.status, got.body)
		}
		got = call{target: "/ping?api_key=" + w.key["good"]}.send(t, p.addr)
		checkRealDenied(t, engine.KeyMissing, got)
	})
}

// Every call of the preset that is bound to an app: the app allowed, another
// one, and none.
func TestRealPresetCatalogue(t *testing.T) {
	eachFrontend(t, func(t *testing.T, f frontend, w *fixture, p proxied) {
		if !f.body {
			return
		}
		for _, family := range models.Preset() {
			for _, api := range family.APIs {
				w.checkPresetCall(t, p, api)
			}
		}
	})
}

func (w *fixture) checkPresetCall(t *testing.T, p proxied, api models.API) {
	t.Helper()
	bodies := map[string]engine.Reason{
		`{"app_id": "sales", "entry_id": "e1", "filter": {"app_id": "stock"}}`:       engine.Allowed,
		"{\r\n\t\"entry_id\": \"名字 %20 \\u0000\",\r\n\t\"app_id\": \"sales\"\r\n}\n": engine.Allowed,
		`{"app_id": "stock", "entry_id": "e1"}`:                                      engine.AppDenied,
		`{"entry_id": "e1"}`:                                                         engine.AppUndetermined,
		`{"app_id": "sales", "app_id": "stock"}`:                                     engine.AppUndetermined,
		`{"app_id": "sales", "APP_ID": "stock"}`:                                     engine.AppUndetermined,
	}
	for body, want := range bodies {
		target := strings.NewReplacer("{app_id}", "sales", "{entry_id}", "e1", "{data_id}", "d1").Replace(api.Path)
		if api.AppSource != models.AppInBody {
			want = engine.Allowed
		}
		got := call{method: api.Method, target: target, key: w.key["sales only"], body: body, headers: []string{jsonType}}.send(t, p.addr)
		if want != engine.Allowed {
			checkRealDenied(t, want, got)
			continue
		}
		if got.status != 200 || !got.reached() {
			t.Errorf("%s with %s: %d %s", api.Path, body, got.status, got.body)
			continue
		}
		if seen := got.seen(t); seen.Body != body || seen.Method != api.Method || seen.get(t, "X-Keywicket-Api") != api.Name {
			t.Errorf("%s: upstream got %+v", api.Path, seen)
		}
	}
}

// A body that the gate cannot see names no app.
func TestRealBodyUnseen(t *testing.T) {
	eachFrontend(t, func(t *testing.T, f frontend, w *fixture, p proxied) {
		body := `{"app_id": "sales", "pad": "` + strings.Repeat("x", 300<<10) + `"}`
		got := call{method: "POST", target: "/in/body", key: w.key["sales only"], body: body, headers: []string{jsonType}}.send(t, p.addr)
		switch f.name {
		case "nginx with njs", "Traefik":
			if got.status != 200 || got.seen(t).Body != body {
				t.Errorf("status %d", got.status)
			}
		case "Caddy with bodies": // more than the gate's 64 KiB of headers
			if got.status != http.StatusRequestHeaderFieldsTooLarge || got.reached() {
				t.Errorf("status %d %s", got.status, got.body)
			}
		default:
			checkRealDenied(t, engine.AppUndetermined, got)
		}
	})
}

func TestRealGateDown(t *testing.T) {
	for _, f := range frontends() {
		t.Run(f.name, func(t *testing.T) {
			w := newFixture(t)
			p := f.start(t, freeAddr(t), upstream(t), "")
			want := 503
			switch {
			case strings.HasPrefix(f.name, "Caddy"):
				want = 502
			case f.name == "Traefik":
				want = 500
			}
			got := call{target: "/ping", key: w.key["good"]}.send(t, p.addr)
			if got.status != want || got.reached() {
				t.Errorf("status %d, want %d, %s", got.status, want, got.body)
			}
		})
	}
}

// A fault of the gate lets nobody through either.
func TestRealGateFault(t *testing.T) {
	for _, f := range frontends() {
		t.Run(f.name, func(t *testing.T) {
			w := newFixture(t)
			p := f.start(t, listenTo(t, (&spy{panics: "broken"}).server()), upstream(t), "")
			got := call{target: "/ping", key: w.key["good"]}.send(t, p.addr)
			if got.status != 503 || got.reached() {
				t.Errorf("status %d %s", got.status, got.body)
			}
		})
	}
}

func TestRealRevocation(t *testing.T) {
	eachFrontend(t, func(t *testing.T, f frontend, w *fixture, p proxied) {
		for i := range 20 {
			name := fmt.Sprint("short-lived ", i)
			var data engine.KeyData
			value := w.add(name, acme, func(k *engine.KeyData) { data = *k })
			c := call{target: "/ping", key: value}
			if got := c.send(t, p.addr); got.status != 200 {
				t.Fatalf("status %d", got.status)
			}
			data.Key.Enabled = false
			w.Apply(engine.Delta{Keys: []engine.KeyData{data}})
			checkRealDenied(t, engine.KeyDisabled, c.send(t, p.addr))
		}
	})
}
