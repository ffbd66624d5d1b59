package gate_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"keywicket/models"
)

// appIn asks the look-up that the gate hands to the engine.
func appIn(e endpoint, c call, options string, source models.AppSource, field string) string {
	if c.key == "" {
		c.key = "kw_a" // nobody reads a body of a request without one
	}
	s := &spy{apps: map[models.AppSource]string{source: field}}
	r := e.with(e.describe(c), options)
	ask(s.server(), r)
	return s.found[source]
}

func TestAppInHeader(t *testing.T) {
	for _, e := range endpoints() {
		for want, headers := range map[string][]string{
			"a":    {"x-app: a"},
			"a, b": {"X-App: a, b"},
		} {
			if got := appIn(e, call{target: "/", headers: headers}, "", models.AppInHeader, "X-App"); got != want {
				t.Errorf("%q: %q", headers, got)
			}
		}
		for _, headers := range [][]string{nil, {"X-App: a", "X-App: b"}, {"X-App: a", "X-App: a"}, {"X-App:"}, {"X-App: \xff"}, {"X_App: a"}, {"X-App: a", "X_App: b"}, {"x_app: b", "X-App: a"}} {
			if got := appIn(e, call{target: "/", headers: headers}, "", models.AppInHeader, "X-App"); got != "" {
				t.Errorf("%q: %q", headers, got)
			}
		}
	}
}

func TestAppInQuery(t *testing.T) {
	for _, e := range endpoints() {
		for query, want := range map[string]string{
			"?app=a": "a", "?x=1&app=a%20b": "a b", "?%61pp=a": "a",
			"": "", "?app=": "", "?app=a&app=b": "", "?app=a&app=a": "", "?app=a&APP=b": "", "?APP=a": "", "?app=a;b": "",
			"?app=a&app[]=b": "", "?app=a&app%5Bx%5D=b": "", "?app=a&app2=b": "a", "?app=a&%zz": "", "?app=%ff": "", "?app=a&%61pp=b": "",
		} {
			if got := appIn(e, call{target: "/x" + query}, "", models.AppInQuery, "app"); got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
	}
}

func bodies() map[string]string {
	return map[string]string{
		`{"app_id":"a"}`: "a",
		` {"x":{"app_id":"b"},"app_id":"a","y":[]}`: "a",
		`{"\u0061pp_id":"\u4e2d"}`:                  "中",
		`{"app_id":"a","app_id":"a"}`:               "",
		`{"app_id":"a","App_Id":"b"}`:               "",
		`{"App_Id":"a"}`:                            "",
		`{"app_id":1}`:                              "",
		`{"app_id":null}`:                           "",
		`{"app_id":["a"]}`:                          "",
		`{"app_id":""}`:                             "",
		`{"x":{"app_id":"a"}}`:                      "",
		`[{"app_id":"a"}]`:                          "",
		`{"app_id":"a"}{"app_id":"b"}`:              "",
		`{"app_id":"a"} x`:                          "",
		`{"app_id":"a",}`:                           "",
		`{'app_id':'a'}`:                            "",
		"{\"app_id\":\"a\xff\"}":                    "",
		"\ufeff{\"app_id\":\"a\"}":                  "",
		`"app_id"`:                                  "",
		"":                                          "",
	}
}

func TestAppInBody(t *testing.T) {
	for _, e := range endpoints() {
		for body, want := range bodies() {
			if got := appIn(e, call{target: "/", body: body, headers: []string{jsonType}}, "", models.AppInBody, "app_id"); got != want {
				t.Errorf("%s: %q, want %q", body, got, want)
			}
		}
	}
}

func TestAppInBodyByHeader(t *testing.T) {
	const options = "/body=X-Body"
	for _, e := range endpoints() {
		for body, want := range bodies() {
			for _, text := range []string{body, base64.StdEncoding.EncodeToString([]byte(body))} {
				if strings.HasPrefix(text, "\ufeff") || strings.HasPrefix(text, "[") || strings.HasPrefix(text, `"`) {
					continue // no object, and so no base64 either
				}
				c := call{target: "/", body: `{"app_id":"other"}`, headers: []string{jsonType, "X-Body: " + text}}
				if got := appIn(e, c, options, models.AppInBody, "app_id"); got != want {
					t.Errorf("%s: %q, want %q", text, got, want)
				}
			}
		}
		for _, headers := range [][]string{nil, {`X-Body: {"app_id":"a"}`, `X-Body: {"app_id":"a"}`}} {
			c := call{target: "/", body: `{"app_id":"other"}`, headers: append(headers, jsonType)}
			if got := appIn(e, c, options, models.AppInBody, "app_id"); got != "" {
				t.Errorf("%q: %q", headers, got)
			}
		}
	}
}

// What an upstream may read as something else than JSON names no app.
func TestAppInBodyNeedsJSON(t *testing.T) {
	for _, e := range endpoints() {
		for _, good := range []string{"application/json", "Application/JSON; charset=UTF-8", "application/problem+json", "text/json"} {
			if got := appIn(e, call{target: "/", body: `{"app_id":"a"}`, headers: []string{"Content-Type: " + good}}, "", models.AppInBody, "app_id"); got != "a" {
				t.Errorf("%s: %q", good, got)
			}
		}
		for _, bad := range [][]string{
			nil, {"Content-Type: application/x-www-form-urlencoded"}, {"Content-Type: text/plain"}, {"Content-Type: application/json; charset=utf-16"},
			{jsonType, jsonType}, {jsonType, "Content-Encoding: gzip"}, {"Content-Type: ;"}, {"Content-Type: multipart/form-data; boundary=json"},
		} {
			if got := appIn(e, call{target: "/", body: `{"app_id":"a"}`, headers: bad}, "", models.AppInBody, "app_id"); got != "" {
				t.Errorf("%q: %q", bad, got)
			}
		}
		long := `{"app_id":"a","x":"` + strings.Repeat("x", 1<<20) + `"}`
		if got := appIn(e, call{target: "/", body: long, headers: []string{jsonType}}, "", models.AppInBody, "app_id"); got != "" {
			t.Errorf("more than 1 MiB: %q", got)
		}
	}
}

func TestAppElsewhere(t *testing.T) {
	e := endpoints()[0]
	for _, source := range []models.AppSource{models.AppSourceNone, models.AppInPath, "rubbish"} {
		if got := appIn(e, call{target: "/a"}, "", source, "app_id"); got != "" {
			t.Errorf("%s: %q", source, got)
		}
	}
	if got := appIn(e, call{target: "/?=a", headers: []string{jsonType}, body: `{"":"a"}`}, "", models.AppInBody, ""); got != "" {
		t.Errorf("no field: %q", got)
	}
}

// FuzzAppInBody holds that an app id that is found is the one that a common
// reader of JSON finds, whichever of two members it prefers.
func FuzzAppInBody(f *testing.F) {
	for body := range bodies() {
		f.Add(body)
	}
	e := endpoints()[0]
	f.Fuzz(func(t *testing.T, body string) {
		got := appIn(e, call{target: "/", body: body, headers: []string{jsonType}}, "", models.AppInBody, "app_id")
		if got == "" {
			return
		}
		var loose struct {
			App string `json:"app_id"` // any case, the last one counts
		}
		var exact map[string]any
		if err := json.Unmarshal([]byte(body), &loose); err != nil || loose.App != got {
			t.Errorf("%q: %q, a struct has %q (%v)", body, got, loose.App, err)
		}
		if err := json.Unmarshal([]byte(body), &exact); err != nil || exact["app_id"] != got {
			t.Errorf("%q: %q, a map has %q (%v)", body, got, exact["app_id"], err)
		}
	})
}
