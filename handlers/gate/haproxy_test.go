package gate_test

import (
	"strings"
	"testing"

	"keywicket/models/engine"
)

// HAProxy goes on with a request whose script fails; the line behind it in
// haproxy.cfg does not.
func TestRealHAProxyScriptFails(t *testing.T) {
	w := newFixture(t)
	broken := []string{"http-request lua.keywicket\n", "http-request lua.keywicket\n    http-request set-var(txn.keywicket) str()\n"}
	p := startHAProxy(broken...)(t, w.listen(), upstream(t), "")
	if got := (call{target: "/ping", key: w.key["good"]}).send(t, p.addr); got.status != 503 || got.reached() {
		t.Errorf("no word: %d %s", got.status, got.body)
	}
	// A script that has no address of the gate.
	p = startHAProxy("setenv KEYWICKET_GATE ", "setenv OTHER ")(t, w.listen(), upstream(t), "")
	if got := (call{target: "/ping", key: w.key["good"]}).send(t, p.addr); got.status != 503 || got.reached() {
		t.Errorf("no address: %d %s", got.status, got.body)
	}
	// Without that line the failure opens the door: the test would see it.
	p = startHAProxy("setenv KEYWICKET_GATE ", "setenv OTHER ", "    http-request deny status 503 unless { var(txn.keywicket) -m str allowed }\n", "")(t, w.listen(), upstream(t), "")
	if got := (call{target: "/ping"}).send(t, p.addr); !got.reached() {
		t.Errorf("without the line: %d %s", got.status, got.body)
	}
}

// Of a body that HAProxy does not hold whole the gate gets nothing.
func TestRealHAProxyPartsOfBodies(t *testing.T) {
	w := newFixture(t)
	p := startHAProxy()(t, w.listen(), upstream(t), "")
	for _, chunked := range []bool{false, true} {
		for size, want := range map[int]engine.Reason{100: engine.Allowed, 5_000: engine.Allowed, 17_000: engine.AppUndetermined, 100_000: engine.AppUndetermined} {
			// A whole JSON object at the beginning, and another behind it.
			body := `{"app_id":"sales"}` + strings.Repeat(" ", size)
			c := call{method: "POST", target: "/in/body", key: w.key["sales only"], body: body, chunked: chunked, headers: []string{jsonType}}
			got := c.send(t, p.addr)
			if want != engine.Allowed {
				checkRealDenied(t, want, got)
			} else if got.status != 200 || got.seen(t).Body != body {
				t.Errorf("%d bytes, chunked %v: %d %.200s", size, chunked, got.status, got.body)
			}
		}
	}
}

// The lines of docs/haproxy.md that let everybody through do so, and still
// let no forged identity through.
func TestRealHAProxyOpenWhenTheGateIsDown(t *testing.T) {
	p := startHAProxy("    http-request deny status 503 unless { var(txn.keywicket) -m str allowed }\n", "")(t, freeAddr(t), upstream(t), "")
	got := call{target: "/any", headers: forgedIdentity()}.send(t, p.addr)
	if got.status != 200 || !got.reached() || len(forgedHeaders(got.seen(t))) > 0 {
		t.Errorf("%d %s", got.status, got.body)
	}
}
