package gate_test

import (
	"strings"
	"testing"

	"keywicket/models/engine"
)

// paths says of each way to write a path whether it is the call ping; the
// rest is either another path or could be read as one.
func paths() map[string]engine.Reason {
	all := map[string]engine.Reason{}
	for _, ping := range []string{"/ping", "/ping?", "/ping?a=/../b", "/ping?%zz", "/%70ing", "/p%69ng", "/%70%69%6e%67", "/%70%69%6E%67?x"} {
		all[ping] = engine.Allowed
	}
	for _, other := range []string{
		"/", "/PING", "/ping/", "/pin", "/pingg", "/ping%20", "/ping.", "/ping..", "/.ping", "/ping%3f", "/ping%3Fx=1",
		"/x/ping", "/ping/x", "/pi%6eg%21", "/p%c3%aeng", "/ping,", "/ping%26", "/ping:", "/ping=", "/...", "/ping/...",
	} {
		all[other] = engine.APIUnknown
	}
	for _, ambiguous := range []string{
		"//ping", "/ping//", "/./ping", "/ping/.", "/x/../ping", "/../ping", "/ping/..", "/%2e/ping", "/x/%2e%2e/ping", "/x/%2E%2e/ping",
		"/x/.%2e/ping", "/%2fping", "/%2Fping", "/x%2f..%2fping", "/ping%2f", "/ping%00", "/ping%0a", "/ping%0d%0aX:y", "/ping%7f",
		"/ping;x", "/ping;", "/ping%3bx", "/ping%3Bx", "/;/ping", "/ping%", "/ping%7", "/ping%zz", "/%2570ing", "/%252e%252e/ping",
		"/x%5c..%5cping", "/x\\..\\ping", "/ping%5c", "/ping%ff", "/%c0%ae%c0%ae/ping", "/ping%ef%bc%8f", "/%ef%bc%8e%ef%bc%8e/ping",
		"/ping#x", "/ping%23x", "/%e0%80%af/ping", "/ping%ed%a0%80",
	} {
		all[ambiguous] = engine.APIUnknown
	}
	return all
}

func TestPaths(t *testing.T) {
	w := newFixture(t)
	odd := map[string]engine.Reason{
		"": 0, "*": 0, "ping": 0, "http://h/ping": 0, "/ping\x00": 0, "/ping\xff": 0, " /ping": 0, "/ping ": 0, "/pi\tng": 0, "\\ping": 0,
	}
	for path := range odd {
		odd[path] = engine.APIUnknown
	}
	for _, set := range []map[string]engine.Reason{paths(), odd} {
		for target, want := range set {
			for _, e := range endpoints() {
				got := ask(w.server(), e.describe(call{target: target, key: w.key["good"]}))
				reason := got.Header().Get("X-Keywicket-Reason")
				if target == "" { // no description at all
					want = engine.Allowed
					if reason != "proxy_headers" {
						t.Errorf("%s, no path: %s", e.name, reason)
					}
					continue
				}
				if e.name == "envoy" && !strings.HasPrefix(target, "/") {
					if got.Code/100 == 2 { // no target that can stand behind the path_prefix
						t.Errorf("%s, %q: %d", e.name, target, got.Code)
					}
					continue
				}
				if reason != want.String() {
					t.Errorf("%s, %q: %s, want %s", e.name, target, reason, want)
				}
			}
		}
	}
}

func TestAmbiguousPathIsToldToTheEngine(t *testing.T) {
	for _, e := range endpoints() {
		for target, want := range map[string]bool{"/x/../ping": true, "/ping": false} {
			if got, _ := seenBy(e, call{target: target}, ""); got.PathAmbiguous != want || want && got.Path != "" {
				t.Errorf("%s, %s: %+v", e.name, target, got)
			}
		}
	}
}

// An account that passes unknown paths passes none that is ambiguous.
func TestAmbiguousPathsPassNoAccount(t *testing.T) {
	w := newFixture(t)
	for _, e := range endpoints() {
		for target, want := range map[string]string{
			"/other": "allowed", "/ping/": "allowed", "//other": "api_unknown", "/x/../other": "api_unknown", "/x%2fother": "api_unknown",
			"/other;x": "api_unknown", "/other%00": "api_unknown", "/%2e%2e/other": "api_unknown",
		} {
			got := ask(w.server(), e.describe(call{target: target, key: w.key["passing"]})).Header().Get("X-Keywicket-Reason")
			if got != want {
				t.Errorf("%s, %s: %s, want %s", e.name, target, got, want)
			}
		}
	}
}

// Through the real proxies the upstream gets a path only as the gate judged
// it, whatever the proxy makes of it; nginx refuses some by itself, and Traefik
// makes them plain before it asks.
func TestRealPaths(t *testing.T) {
	eachFrontend(t, func(t *testing.T, f frontend, w *fixture, p proxied) {
		for target, want := range paths() {
			got := call{target: target, key: w.key["good"]}.send(t, p.addr)
			if f.name == "Traefik" && got.reached() {
				if path, _, _ := strings.Cut(got.seen(t).URI, "?"); path != "/ping" {
					t.Errorf("%q: the upstream got %s", target, path)
				}
				continue
			}
			if want != engine.Allowed {
				if got.reached() || got.status != 403 && got.status != 400 {
					t.Errorf("%q: %d %s", target, got.status, got.body)
				}
				continue
			}
			if got.status != 200 || got.seen(t).URI != target {
				t.Errorf("%q: %d %s", target, got.status, got.body)
			}
		}
	})
}
