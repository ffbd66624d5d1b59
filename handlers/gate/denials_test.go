package gate_test

import (
	"testing"

	"keywicket/models/engine"
)

// denied is a call that is refused for one reason.
type denied struct {
	reason engine.Reason
	call   call
	path   string // options after the endpoint's path
	warmUp int    // calls of the same kind that pass before
}

// denials has a call for every reason of the table.
func (w *fixture) denials() []denied {
	w.t.Helper()
	get := func(target, key string) call { return call{method: "GET", target: target, key: key} }
	return []denied{
		{reason: engine.KeyMissing, call: get("/ping", "")},
		{reason: engine.KeyMalformed, call: get("/ping", w.key["good"][:40]+"-")},
		{reason: engine.KeyUnknown, call: get("/ping", unknownKey(w.t))},
		{reason: engine.AccountSuspended, call: get("/ping", w.key["suspended"])},
		{reason: engine.KeyDisabled, call: get("/ping", w.key["off"])},
		{reason: engine.KeyExpired, call: get("/ping", w.key["old"])},
		{reason: engine.ChannelDenied, call: get("/ping", w.key["http"])},
		{reason: engine.IPDenied, call: get("/ping", w.key["listed"])},
		{reason: engine.PluginDenied, path: "/plugin=X-Plugin", call: call{
			target: "/ping", key: w.key["listed"], from: insider, headers: []string{"X-Plugin: form-event"},
		}},
		{reason: engine.APIUnknown, call: get("/nowhere", w.key["good"])},
		{reason: engine.APIDenied, call: get("/any", w.key["ping only"])},
		{reason: engine.AppUndetermined, call: get("/in/header", w.key["sales only"])},
		{reason: engine.AppDenied, call: get("/apps/stock/things", w.key["sales only"])},
		{reason: engine.RateLimited, call: get("/ping", w.key["twice an hour"]), warmUp: 2},
	}
}

func TestDenialsCoverTheTable(t *testing.T) {
	have := map[engine.Reason]bool{engine.Allowed: true}
	for _, d := range newFixture(t).denials() {
		have[d.reason] = true
	}
	for _, r := range engine.Reasons() {
		if !have[r] {
			t.Errorf("no test has a call that is denied for %s", r)
		}
	}
}
