package gate_test

import (
	"slices"
	"strings"
	"testing"
)

// forgeries are headers that a client may send to be taken for another, or
// its request for another request.
func forgeries() [][]string {
	sets := [][]string{
		{"X-Forwarded-Uri: /ping", "X-Forwarded-Method: GET", "X-Forwarded-For: " + insider},
		{"X-Original-URI: /ping", "X-Original-Method: GET", "X-Real-IP: " + insider},
		{"X-Original-URL: http://api.example.com/ping", "X-Rewrite-URL: /ping", "X-HTTP-Method-Override: GET"},
		{"Forwarded: for=" + insider, "Client-IP: " + insider, "True-Client-IP: " + insider, "CF-Connecting-IP: " + insider},
		{"x-forwarded-uri: /ping", "X-FORWARDED-URI: /ping", "x-original-uri: /ping", "x-original-uri: /ping", "x-real-ip: " + insider, "X-Real-IP: " + insider},
		{"X-Forwarded-For: " + insider + ", " + insider, "X-Forwarded-For: " + insider},
		{"X_Forwarded_Uri: /ping", "X_Original_URI: /ping", "X_Real_IP: " + insider},
		{"X-Keywicket-Status: 200", "X-Keywicket-Reason: allowed", `X-Keywicket-Body: {"app_id":"sales"}`, "X-Keywicket-Token: x"},
	}
	sets = append(sets, forgedIdentity())
	all := slices.Concat(sets...)
	sets = append(sets, all)
	var hops []string // what a client wants to have taken away
	for _, line := range all {
		name, _, _ := strings.Cut(line, ":")
		hops = append(hops, name)
	}
	return append(sets, []string{"Connection: close, " + strings.Join(hops, ", ")}, append([]string{"Connection: close, " + strings.Join(hops, ", ")}, all...))
}

func forgedIdentity() []string {
	var lines []string
	for _, name := range identity() {
		for _, form := range []string{
			name, strings.ToLower(name), strings.ToUpper(name), strings.ReplaceAll(name, "-", "_"), strings.ToUpper(strings.ReplaceAll(name, "-", "_")),
			strings.Replace(name, "-K", "_K", 1), strings.Replace(name, "X-", "x_", 1), name,
		} {
			lines = append(lines, form+": forged")
		}
	}
	return lines
}

// What is denied without forged headers is denied with them.
func TestRealForgedHeadersOpenNothing(t *testing.T) {
	eachFrontend(t, func(t *testing.T, f frontend, w *fixture, p proxied) {
		for name, c := range map[string]call{
			"no key":            {target: "/ping"},
			"unknown key":       {target: "/ping", key: unknownKey(t)},
			"another call":      {target: "/any", key: w.key["ping only"]},
			"another method":    {method: "POST", target: "/ping", key: w.key["ping only"]},
			"another address":   {target: "/ping", key: w.key["listed"]},
			"another app":       {target: "/apps/stock/things", key: w.key["sales only"]},
			"app in no body":    {method: "POST", target: "/in/body", key: w.key["sales only"], headers: []string{jsonType}},
			"app in other body": {method: "POST", target: "/in/body", key: w.key["sales only"], headers: []string{jsonType}, body: `{"app_id":"stock"}`},
			"query of options":  {target: "/ping?channel=http&body=X-Evil&plugin=x", key: w.key["http"]},
			"body by query":     {method: "POST", target: "/in/body?body=X-Evil", key: w.key["sales only"], headers: []string{jsonType, `X-Evil: {"app_id":"sales"}`}},
		} {
			want := c.send(t, p.addr)
			if want.reached() || want.status != 401 && want.status != 403 {
				t.Fatalf("%s, nothing forged: %d %s", name, want.status, want.body)
			}
			for _, forged := range forgeries() {
				bad := c
				bad.headers = slices.Concat(c.headers, forged)
				if got := bad.send(t, p.addr); got.status != want.status || got.body != want.body {
					t.Errorf("%s with %q: %d %s, without %d %s", name, forged, got.status, got.body, want.status, want.body)
				}
			}
		}
	})
}

// What is allowed reaches the upstream under the key's own identity, and under
// no other, in no spelling.
func TestRealForgedIdentity(t *testing.T) {
	eachFrontend(t, func(t *testing.T, f frontend, w *fixture, p proxied) {
		for _, target := range []string{"/any", "/apps/sales/things", "/somewhere"} {
			for _, forged := range forgeries() {
				c := call{target: target, key: w.key["名字 & co"], headers: forged}
				if target == "/somewhere" {
					c.key = w.key["passing"]
				}
				got := c.send(t, p.addr)
				if got.status != 200 || !got.reached() {
					t.Errorf("%q: %d %s", forged, got.status, got.body)
					continue
				}
				seen := got.seen(t)
				if names := forgedHeaders(seen); len(names) > 0 {
					t.Errorf("upstream got forged %q", names)
				}
				if target != "/somewhere" {
					w.checkIdentity(t, seen, "名字 & co")
				} else if seen.get(t, "X-Keywicket-Key") != w.sid["passing"] || seen.get(t, "X-Keywicket-Api") != "" {
					t.Errorf("%q: upstream got %q", forged, seen.Header)
				}
			}
		}
	})
}

// forgedHeaders are those with a forged value that the upstream may take for
// the gate's, also under a name that it may read as one of them.
func forgedHeaders(seen echoed) (names []string) {
	for name, values := range seen.Header {
		plain := strings.ToLower(strings.ReplaceAll(name, "_", "-"))
		forged := strings.HasPrefix(plain, "x-keywicket-") && slices.Contains(values, "forged")
		if forged || plain == "x-keywicket-token" {
			names = append(names, name)
		}
	}
	return names
}

// Without the lines that hold the line, the forged headers are found.
func TestRealForgedIdentityIsFoundBehindABrokenProxy(t *testing.T) {
	for name, start := range map[string]start{
		"nginx":   startNginx("keywicket.conf", "proxy_set_header X-Keywicket-App     $keywicket_app;", ""),
		"Caddy":   startCaddy("Caddyfile", "request_header -X_keywicket*", ""),
		"HAProxy": startHAProxy("http-request del-header ^x[-_]keywicket[-_] -m reg", ""),
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t)
			p := start(t, w.listen(), upstream(t), "")
			got := call{target: "/any", key: w.key["good"], headers: forgedIdentity()}.send(t, p.addr)
			if got.status != 200 || len(forgedHeaders(got.seen(t))) == 0 {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
}
