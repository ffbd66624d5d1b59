package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"keywicket/models"
	"keywicket/models/engine"
)

// TestReasons holds the reasons to the product's table: words, order, HTTP
// status and the documented platform's code.
func TestReasons(t *testing.T) {
	type row struct {
		Word   string
		Status int
		Jodoo  int
	}
	want := []row{
		{"allowed", 200, 0},
		{"key_missing", 401, 8301},
		{"key_malformed", 401, 8301},
		{"key_unknown", 401, 17018},
		{"account_suspended", 403, 8017},
		{"key_disabled", 401, 17018},
		{"key_expired", 401, 17018},
		{"channel_denied", 403, 8302},
		{"ip_denied", 403, 17052},
		{"plugin_denied", 403, 8302},
		{"api_unknown", 403, 17054},
		{"api_denied", 403, 17054},
		{"app_undetermined", 403, 17053},
		{"app_denied", 403, 17053},
		{"rate_limited", 429, 8303},
	}
	var got []row
	for _, r := range engine.Reasons() {
		got = append(got, row{r.String(), r.Status(), r.JodooCode()})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if engine.Allowed.String() != models.ReasonAllowed {
		t.Errorf("the counter's word for allowed is %q", models.ReasonAllowed)
	}
	none := engine.Reason(200)
	if none.Status() < 400 || none.JodooCode() == 0 || none.String() == "allowed" {
		t.Error("a value that is no reason looks like an allowed one")
	}
}

func TestReasonSet(t *testing.T) {
	var empty engine.ReasonSet
	if empty.First() != engine.Allowed || empty.Len() != 0 || empty.List() == nil || len(empty.List()) != 0 {
		t.Errorf("empty set: first %v, list %v", empty.First(), empty.List())
	}
	w := newFixture()
	k := newKey(1, "kw_a")
	k.Key.Enabled = false
	k.IPs = []string{"10.0.0.1"}
	w.put(k)
	r := ask("kw_a")
	r.Plugin = true
	set := w.Decide(r).Failed
	want := []engine.Reason{engine.KeyDisabled, engine.IPDenied, engine.PluginDenied}
	if diff := cmp.Diff(want, set.List()); diff != "" {
		t.Error(diff)
	}
	if !set.Has(engine.IPDenied) || set.Has(engine.AppDenied) || set.Len() != 3 || set.First() != engine.KeyDisabled {
		t.Errorf("set %v: wrong members", set.List())
	}
	for r := range set.All() {
		if r != engine.KeyDisabled {
			t.Errorf("first yielded is %v", r)
		}
		break
	}
}
