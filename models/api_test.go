package models

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCheckAPICleans(t *testing.T) {
	for _, c := range []struct {
		name     string
		in, want API
	}{
		{
			"spaces and case",
			API{ID: 3, FamilyID: 2, Name: " Data.List ", Method: "post ", Path: " /a/b ", RatePerSecond: 5},
			API{ID: 3, FamilyID: 2, Name: "data.list", Method: "POST", Path: "/a/b", RatePerSecond: 5},
		},
		{
			"a call without an app loses its source",
			API{Name: "a", Method: "ANY", Path: "/a", AppSource: AppInBody, AppField: "app_id"},
			API{Name: "a", Method: "ANY", Path: "/a"},
		},
		{
			"a path parameter with its braces",
			API{Name: "a", Method: "GET", Path: "/a/{app}", AppBound: true, AppSource: AppInPath, AppField: " {app} "},
			API{Name: "a", Method: "GET", Path: "/a/{app}", AppBound: true, AppSource: AppInPath, AppField: "app"},
		},
		{
			"a header",
			API{Name: "a", Method: "GET", Path: "/a", AppBound: true, AppSource: AppInHeader, AppField: "x-app-id"},
			API{Name: "a", Method: "GET", Path: "/a", AppBound: true, AppSource: AppInHeader, AppField: "X-App-Id"},
		},
		{
			"a body member",
			API{Name: "a", Method: "GET", Path: "/a", AppBound: true, AppSource: AppInBody, AppField: "应用"},
			API{Name: "a", Method: "GET", Path: "/a", AppBound: true, AppSource: AppInBody, AppField: "应用"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := CheckAPI(c.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if again, err := CheckAPI(got); err != nil || again != got {
				t.Errorf("checked again: %+v, %v", again, err)
			}
		})
	}
}

func TestCheckAPIRefuses(t *testing.T) {
	right := API{Name: "data.list", Method: "POST", Path: "/a/{app_id}", AppBound: true, AppSource: AppInPath, AppField: "app_id"}
	if _, err := CheckAPI(right); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		field, key string
		spoil      func(*API)
	}{
		{"name", "errors.text.required", func(a *API) { a.Name = " " }},
		{"name", "errors.text.too_long", func(a *API) { a.Name = strings.Repeat("a", 101) }},
		{"name", "errors.api.name", func(a *API) { a.Name = "data list" }},
		{"name", "errors.api.name", func(a *API) { a.Name = "数据" }},
		{"method", "errors.method.unknown", func(a *API) { a.Method = "" }},
		{"method", "errors.method.unknown", func(a *API) { a.Method = "TRACE" }},
		{"path", "errors.path.slash", func(a *API) { a.Path = "a" }},
		{"app_source", "errors.app_source.required", func(a *API) { a.AppSource = AppSourceNone }},
		{"app_source", "errors.app_source.required", func(a *API) { a.AppSource = "cookie" }},
		{"app_field", "errors.app_field.required", func(a *API) { a.AppField = " " }},
		{"app_field", "errors.text.too_long", func(a *API) { a.AppField = strings.Repeat("a", 101) }},
		{"app_field", "errors.app_field.path", func(a *API) { a.AppField = "app" }},
		{"app_field", "errors.app_field.path", func(a *API) { a.AppField = "{}" }},
		{"app_field", "errors.app_field.header", func(a *API) { a.AppSource, a.AppField = AppInHeader, "X App" }},
		{"app_field", "errors.app_field.header", func(a *API) { a.AppSource, a.AppField = AppInHeader, "X-App:" }},
		{"app_field", "errors.app_field.header", func(a *API) { a.AppSource, a.AppField = AppInHeader, "应用" }},
		{"app_field", "errors.app_field.characters", func(a *API) { a.AppSource, a.AppField = AppInQuery, "app id" }},
		{"app_field", "errors.app_field.characters", func(a *API) { a.AppSource, a.AppField = AppInBody, "app\u200bid" }},
		{"app_field", "errors.app_field.characters", func(a *API) { a.AppSource, a.AppField = AppInBody, "app\xffid" }},
		{"rate", "errors.rate.per_second", func(a *API) { a.RatePerSecond = -1 }},
		{"rate", "errors.rate.per_second", func(a *API) { a.RatePerSecond = MaxRatePerSecond + 1 }},
	} {
		a := right
		c.spoil(&a)
		_, err := CheckAPI(a)
		t.Run(c.field+" "+c.key, func(t *testing.T) { wantRefusal(t, err, c.field, c.key) })
	}
}

func TestFindClash(t *testing.T) {
	others := []API{
		{ID: 1, Name: "list", Method: "POST", Path: "/api/v5/app/entry/data/list"},
		{ID: 2, Name: "data", Method: "GET", Path: "/v4/app/{app_id}/data"},
		{ID: 3, Name: "any", Method: "ANY", Path: "/hook"},
		{ID: 4, Name: "broken", Method: "ANY", Path: "no pattern"},
	}
	for _, c := range []struct {
		name  string
		api   API
		clash int64 // 0: none
	}{
		{"the same", API{Method: "POST", Path: "/api/v5/app/entry/data/list"}, 1},
		{"itself", API{ID: 1, Method: "POST", Path: "/api/v5/app/entry/data/list"}, 0},
		{"another method", API{Method: "GET", Path: "/api/v5/app/entry/data/list"}, 0},
		{"any method", API{Method: "ANY", Path: "/api/v5/app/entry/data/list"}, 1},
		{"another case", API{Method: "POST", Path: "/api/v5/app/entry/data/List"}, 0},
		{"a slash at the end", API{Method: "POST", Path: "/api/v5/app/entry/data/list/"}, 0},
		{"a parameter by another name", API{Method: "GET", Path: "/v4/app/{id}/data"}, 2},
		{"a literal where the other has a parameter", API{Method: "GET", Path: "/v4/app/x/data"}, 2},
		{"parameters that cross", API{Method: "GET", Path: "/{v}/app/x/{what}"}, 2},
		{"under a call for any method", API{Method: "DELETE", Path: "/hook"}, 3},
		{"longer", API{Method: "POST", Path: "/hook/x"}, 0},
		{"no pattern at all", API{Method: "POST", Path: "no pattern"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := FindClash(c.api, others)
			if ok != (c.clash != 0) || got.ID != c.clash {
				t.Errorf("clashes with %d, want %d", got.ID, c.clash)
			}
		})
	}
}

func TestACallCheckedAgainstClashesIsMatchedByOne(t *testing.T) {
	paths := allPaths()
	rapid.Check(t, func(t *rapid.T) {
		var kept []API
		for range rapid.IntRange(1, 8).Draw(t, "calls") {
			a := API{ID: int64(len(kept) + 1), Method: "POST", Path: drawPattern(t, "path")}
			if _, clash := FindClash(a, kept); !clash {
				kept = append(kept, a)
			}
		}
		for _, path := range paths {
			matched := 0
			for _, a := range kept {
				p, err := ParsePattern(a.Path)
				if err != nil {
					t.Fatal(err)
				}
				if _, ok := matches(p, path); ok {
					matched++
				}
			}
			if matched > 1 {
				t.Fatalf("%s is matched by %d of %v", path, matched, kept)
			}
		}
	})
}
