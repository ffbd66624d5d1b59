package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"keywicket/models"
	"keywicket/models/engine"
)

// TestRouter draws catalogues of calls that do not overlap, and asks for
// paths made of the same few words: the engine finds the call that the oracle
// finds, and the app id in the path.
func TestRouter(t *testing.T) {
	segments := rapid.SampledFrom([]string{"a", "b", "ab", "{x}", "{y}"})
	paths := rapid.Custom(func(t *rapid.T) string {
		return "/" + strings.Join(rapid.SliceOfNDistinct(segments, 1, 4, rapid.ID).Draw(t, "segments"), "/")
	})
	asked := rapid.Custom(func(t *rapid.T) string {
		words := rapid.SampledFrom([]string{"a", "b", "ab", "c", "", "{x}"})
		return "/" + strings.Join(rapid.SliceOfN(words, 1, 5).Draw(t, "words"), "/")
	})
	methods := rapid.SampledFrom([]string{"GET", "POST", "ANY"})
	rapid.Check(t, func(t *rapid.T) {
		w := newFixture()
		account := engine.AccountData{Account: w.account.Account}
		for i := range rapid.IntRange(0, 12).Draw(t, "calls") {
			a := models.API{
				ID: int64(i), Name: fmt.Sprint("api", i), Path: paths.Draw(t, "path"), Method: methods.Draw(t, "method"),
				AppBound: true, AppSource: models.AppInPath, AppField: "x",
			}
			if _, clash := models.FindClash(a, account.APIs); !clash {
				account.APIs = append(account.APIs, a)
			}
		}
		truth := newTruth()
		truth.apply(engine.Delta{Accounts: []engine.AccountData{account}, Keys: []engine.KeyData{newKey(1, "kw_a")}})
		w.Apply(truth.all())
		for range 20 {
			r := ask("kw_a")
			r.Path, r.Method = asked.Draw(t, "asked"), methods.Draw(t, "asked method")
			if diff := truth.wrong(r, w.Decide(r)); diff != "" {
				t.Fatalf("%s %s\n%s", r.Method, r.Path, diff)
			}
		}
	})
}

// TestPresetIsFound asks for every call of the preset by its path and by its
// name.
func TestPresetIsFound(t *testing.T) {
	w := newFixture()
	var apis []models.API
	for _, f := range models.Preset() {
		for _, a := range f.APIs {
			a.ID = int64(len(apis))
			apis = append(apis, a)
		}
	}
	w.putAccount(func(a *engine.AccountData) { a.APIs = apis })
	w.put(newKey(1, "kw_a"))
	for _, a := range apis {
		r := ask("kw_a")
		r.Method, r.Path = a.Method, strings.NewReplacer("{app_id}", "sales", "{", "", "}", "").Replace(a.Path)
		r.AppLookup = sent("sales")
		if d := w.Decide(r); !d.Allowed() || d.API.Name() != a.Name || d.App == "sales" != a.AppBound {
			t.Errorf("%s: %v, app %q", r.Path, d.Failed.List(), d.App)
		}
		r.API, r.App = a.Name, "sales"
		if d := w.Decide(r); !d.Allowed() || d.API.Path() != a.Path {
			t.Errorf("%s by name: %v", a.Name, d.Failed.List())
		}
	}
}

// TestUnreadablePath: a call whose path cannot be read is found by its name,
// and disturbs no other.
func TestUnreadablePath(t *testing.T) {
	w := newFixture()
	w.putAccount(func(a *engine.AccountData) {
		a.APIs = append(a.APIs, models.API{ID: 8, Name: "bad", Method: "POST", Path: "no slash", RatePerSecond: 1})
	})
	w.put(newKey(1, "kw_a"))
	r := ask("kw_a")
	if !w.Decide(r).Allowed() {
		t.Error("another call is disturbed")
	}
	r.API = "bad"
	if d := w.Decide(r); !d.Allowed() || d.API.Name() != "bad" {
		t.Errorf("by name: %v", d.Failed.List())
	}
	w.clock.advance(time.Second)
	r.API, r.Path = "", "no slash"
	if d := w.Decide(r); d.Reason != engine.APIUnknown {
		t.Errorf("by path: %v", d.Reason)
	}
}
