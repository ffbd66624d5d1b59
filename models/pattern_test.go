package models

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParsePattern(t *testing.T) {
	good := []string{
		"/", "/a", "/a/", "/api/v5/app/entry/data/list", "/v4/app/{app_id}/entry/{entry_id}/data", "/{a}", "/{a}/",
		"/a.b/~c/-_/d,e:f@g=h+i", "/张三/{id}", "/...", "/" + strings.Repeat("a/", 31) + "b",
	}
	for _, s := range good {
		p, err := ParsePattern(" " + s + " ")
		if err != nil || p.String() != s {
			t.Errorf("ParsePattern(%q) = %q, %v", s, p.String(), err)
		}
	}
	bad := map[string]string{
		"":                                   "errors.path.required",
		"  ":                                 "errors.path.required",
		"a/b":                                "errors.path.slash",
		"http://x/y":                         "errors.path.slash",
		"//":                                 "errors.path.empty_segment",
		"/a//b":                              "errors.path.empty_segment",
		"/a/./b":                             "errors.path.dots",
		"/a/..":                              "errors.path.dots",
		"/a?b":                               "errors.path.query",
		"/a#b":                               "errors.path.query",
		"/a%20b":                             "errors.path.percent",
		"/a/*":                               "errors.path.asterisk",
		"/a;b":                               "errors.path.characters",
		`/a\b`:                               "errors.path.characters",
		"/a b":                               "errors.path.characters",
		"/a\x00b":                            "errors.path.characters",
		"/a\u200bb":                          "errors.path.characters",
		"/a\xffb":                            "errors.path.characters",
		"/a／b":                               "errors.path.characters",
		"/a/．．":                              "errors.path.characters",
		"/{}":                                "errors.path.param",
		"/{a":                                "errors.path.param",
		"/a}":                                "errors.path.param",
		"/x{a}":                              "errors.path.param",
		"/{a}{b}":                            "errors.path.param",
		"/{a b}":                             "errors.path.characters",
		"/{a.b}":                             "errors.path.param",
		"/{" + strings.Repeat("a", 65) + "}": "errors.path.param",
		"/{a}/b/{a}":                         "errors.path.param_twice",
		"/" + strings.Repeat("a", 500):       "errors.path.too_long",
		"/" + strings.Repeat("a/", 40):       "errors.path.too_many_segments",
	}
	for s, key := range bad {
		_, err := ParsePattern(s)
		t.Run(strconv.Quote(s), func(t *testing.T) { wantRefusal(t, err, "path", key) })
	}
}

func TestPatternMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          map[string]string
	}{
		{"/api/list", "/api/list", map[string]string{}},
		{"/api/list", "/api/list/", nil},
		{"/api/list", "/API/list", nil},
		{"/api/list", "/api", nil},
		{"/api/list/", "/api/list/", map[string]string{}},
		{"/", "/", map[string]string{}},
		{"/app/{app_id}/data/{id}", "/app/58f/data/张三", map[string]string{"app_id": "58f", "id": "张三"}},
		{"/app/{app_id}/data", "/app//data", nil},
		{"/app/{app_id}", "/app/", nil},
		{"/app/{app_id}", "", nil},
		{"/app/{app_id}", "app/x", nil},
	} {
		p, err := ParsePattern(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := matches(p, c.path)
		if ok != (c.want != nil) || ok && !cmp.Equal(got, c.want) {
			t.Errorf("%s matches %s: %v, %v; want %v", c.pattern, c.path, got, ok, c.want)
		}
	}
	if _, ok := matches(Pattern{}, "/"); ok {
		t.Error("the zero Pattern matches a path")
	}
}

func TestPatternParams(t *testing.T) {
	p, err := ParsePattern("/v4/app/{app_id}/entry/{entry_id}/data")
	if err != nil {
		t.Fatal(err)
	}
	if !p.HasParam("app_id") || p.HasParam("app") || p.HasParam("") {
		t.Error("HasParam is wrong")
	}
	if p.Segments()[2] != (Segment{Param: "app_id"}) || p.Segments()[1] != (Segment{Literal: "app"}) {
		t.Errorf("Segments() = %v", p.Segments())
	}
}

func TestRateGroup(t *testing.T) {
	for path, want := range map[string]string{
		"/api/v5/corp/department/list": "/api/corp/department/list",
		"/api/v6/corp/department/list": "/api/corp/department/list",
		"/v1/app/{app_id}/data":        "/app/{}/data",
		"/v4/app/{a}/data":             "/app/{}/data",
		"/api/app/data":                "/api/app/data",
		"/api/v5/app/v5/data":          "/api/app/v5/data",
		"/api/version/x":               "/api/version/x",
		"/api/v/x":                     "/api/v/x",
		"/api/v1a/x":                   "/api/v1a/x",
		"/api/v2024/x":                 "/api/v2024/x",
		"/api/{v5}/x":                  "/api/{}/x",
		"/v5":                          "",
	} {
		p, err := ParsePattern(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.RateGroup(); got != want {
			t.Errorf("RateGroup of %s = %q, want %q", path, got, want)
		}
	}
}

// drawPattern returns a small pattern of literals a and b and parameters.
func drawPattern(t *rapid.T, name string) string {
	n := rapid.IntRange(1, 2).Draw(t, name+" length")
	parts := make([]string, n)
	for i := range parts {
		parts[i] = rapid.SampledFrom([]string{"a", "b", "{p" + strconv.Itoa(i) + "}"}).Draw(t, name)
	}
	if rapid.IntRange(0, 2).Draw(t, name+" slash") == 0 {
		parts = append(parts, "")
	}
	return "/" + strings.Join(parts, "/")
}

// allPaths lists every path of one to four segments over a, b, a text that
// no pattern has, and nothing at the end.
func allPaths() []string {
	var all []string
	level := []string{""}
	for range 4 {
		var next []string
		for _, prefix := range level {
			all = append(all, prefix+"/")
			for _, s := range []string{"a", "b", "zz"} {
				next = append(next, prefix+"/"+s)
			}
		}
		all = append(all, next...)
		level = next
	}
	return all
}

func TestOverlaps(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"/a", "/a", true},
		{"/a", "/b", false},
		{"/a", "/{x}", true},
		{"/{x}", "/{y}", true},
		{"/{x}/b", "/a/{y}", true},
		{"/{x}/b", "/a/c", false},
		{"/a/", "/a", false},
		{"/a/", "/a/{x}", false},
		{"/", "/{x}", false},
		{"/", "/", true},
		{"/{x}/", "/a/", true},
	} {
		p, err := ParsePattern(c.a)
		if err != nil {
			t.Fatal(err)
		}
		q, err := ParsePattern(c.b)
		if err != nil {
			t.Fatal(err)
		}
		if p.Overlaps(q) != c.want || q.Overlaps(p) != c.want {
			t.Errorf("%s overlaps %s: %v and %v, want %v", c.a, c.b, p.Overlaps(q), q.Overlaps(p), c.want)
		}
	}
}

func TestOverlapsMeansACommonPath(t *testing.T) {
	paths := allPaths()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawPattern(t, "a"), drawPattern(t, "b")
		p, err := ParsePattern(a)
		if err != nil {
			t.Fatal(err)
		}
		q, err := ParsePattern(b)
		if err != nil {
			t.Fatal(err)
		}
		common := ""
		for _, path := range paths {
			_, inP := matches(p, path)
			_, inQ := matches(q, path)
			if inP && inQ {
				common = path
			}
		}
		if p.Overlaps(q) != (common != "") || q.Overlaps(p) != p.Overlaps(q) {
			t.Fatalf("%s overlaps %s: %v and %v, common path %q", a, b, p.Overlaps(q), q.Overlaps(p), common)
		}
	})
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{"/v4/app/{app_id}/entry/{entry_id}/data", "/a/", "/{a}/{a}", "/a//b", "/%2e", "/{", "/张/{id}", "/．．"} {
		f.Add(s, "/v4/app/1/entry/2/data")
	}
	f.Fuzz(func(t *testing.T, s, path string) {
		p, err := ParsePattern(s)
		if err != nil {
			return
		}
		again, err := ParsePattern(p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%q does not read back: %q, %v", s, again.String(), err)
		}
		if !p.Overlaps(p) {
			t.Fatalf("%q does not overlap itself", s)
		}
		// Every pattern can be met by a path that passes CleanPath.
		sample := strings.NewReplacer("{", "", "}", "").Replace(p.String())
		clean, err := CleanPath(sample)
		if err != nil {
			t.Fatalf("no request can have the path %q of the pattern %q", sample, s)
		}
		if _, ok := matches(p, clean); !ok {
			t.Fatalf("%q does not match %q", s, clean)
		}
		if clean, err := CleanPath(path); err == nil {
			matches(p, clean)
		}
	})
}

// matches reports whether the pattern matches a path that CleanPath returned, and
// with which values of its parameters.
func matches(p Pattern, clean string) (params map[string]string, ok bool) {
	if len(p.segments) == 0 || clean == "" || clean[0] != '/' {
		return nil, false
	}
	parts := strings.Split(clean[1:], "/")
	if len(parts) != len(p.segments) {
		return nil, false
	}
	params = map[string]string{}
	for i, s := range p.segments {
		switch {
		case s.Param != "" && parts[i] != "":
			params[s.Param] = parts[i]
		case s.Param != "" || s.Literal != parts[i]:
			return nil, false
		}
	}
	return params, true
}
