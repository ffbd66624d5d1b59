package models

import (
	"errors"
	"net/url"
	"path"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestCleanPath(t *testing.T) {
	plain := map[string]string{
		"/":                                 "/",
		"/api/v5/app/entry/data/list":       "/api/v5/app/entry/data/list",
		"/api/list?app=1&x=/../..;%00":      "/api/list",
		"/api/list?":                        "/api/list",
		"/a/":                               "/a/",
		"/%61pi/v5/%6cist":                  "/api/v5/list",
		"/a%2Eb":                            "/a.b",
		"/a.b/c..d/...":                     "/a.b/c..d/...",
		"/.well-known/x":                    "/.well-known/x",
		"/a%20b":                            "/a b",
		"/a+b":                              "/a+b",
		"/100%25":                           "/100%",
		"/what%3Fnow":                       "/what?now",
		"/%E5%BC%A0%E4%B8%89":               "/张三",
		"/张三":                               "/张三",
		"/~user/(x)!$&'*,=:@":               "/~user/(x)!$&'*,=:@",
		"/v4/app/58f0/entry/59a/data":       "/v4/app/58f0/entry/59a/data",
		"/%41%42":                           "/AB",
		"/API/V5":                           "/API/V5",
		"/emoji/%F0%9F%94%91":               "/emoji/🔑",
		"/full/width/%EF%BC%A1":             "/full/width/Ａ",
		"/question/%EF%BC%9F":               "/question/？",
		strings.Repeat("/segment", 1000):    strings.Repeat("/segment", 1000),
		"/api/v5/app/entry/data/list%2D%5F": "/api/v5/app/entry/data/list-_",
	}
	for in, want := range plain {
		if got, err := CleanPath(in); err != nil || got != want {
			t.Errorf("CleanPath(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	ambiguous := []string{
		"", "?", "*", "api", "?a=/b", "http://host/api", "//host/api", "/api//list", "/api//", "//",
		"/api/%2Flist", "/api%2flist", "/api/x%2F..%2Flist", "/api\\list", "/api%5Clist", "/api%5clist", "/..%5c",
		"/.", "/..", "/./", "/../", "/api/./list", "/api/../list", "/api/..", "/api/.",
		"/api/%2e/list", "/api/%2E%2e/list", "/api/.%2e/list", "/api/%2e./list", "/api/%2e%2e",
		"/api/%252e%252e/list", "/api/%252Flist", "/api/%25%32%66list", "/api/%2541", "/%25%35%63",
		"/api/%c0%ae%c0%ae/list", "/api/%c0%aflist", "/api/%e0%80%af", "/%ff", "/%80", "/api/\xff", "/%ed%a0%80", "/%f8%88%80%80%af",
		"/api;v=1/list", "/api/..;/list", "/api/list;", "/api/%3Blist", "/api/list%3bx=1",
		"/api/%00list", "/api/list%00", "/api/\x00", "/api/%0d%0aX", "/api/%09", "/api/\t", "/api/%1f", "/api/%7f", "/api/%c2%85",
		"/api/%", "/api/%2", "/api/%zz", "/api/%u002e", "/api/%2g", "/%", "/a%/b",
		"/api#list", "/api/%23list", "/api list", "/api/ ", "/api/%20..", "/api/..%20/list", "/api/%20.%20/x",
		"/api/%EF%BC%8Flist", "/api/%EF%BC%BClist", "/api/%EF%BC%8E%EF%BC%8E/list", "/api/．．/list", "/api/%E2%80%A5/list", "/api/.%E2%80%A4/list",
	}
	for _, in := range ambiguous {
		if got, err := CleanPath(in); !errors.Is(err, ErrAmbiguousPath) || got != "" {
			t.Errorf("CleanPath(%q) = %q, %v; want it ambiguous", in, got, err)
		}
	}
}

func TestCleanPathAllocatesNothingForPlainPaths(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		if _, err := CleanPath("/api/v5/app/entry/data/list?x=1"); err != nil {
			t.Error(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// oracleCleanPath reads the rules anew, with the standard library's decoder.
func oracleCleanPath(raw string) (string, bool) {
	if i := strings.Index(raw, "?"); i >= 0 {
		raw = raw[:i]
	}
	if !strings.HasPrefix(raw, "/") || strings.Contains(raw, " ") {
		return "", false
	}
	segments := strings.Split(raw[1:], "/")
	for i, s := range segments {
		d, err := url.PathUnescape(s)
		if err != nil || !utf8.ValidString(d) || strings.ContainsAny(d, "/\\;#") || strings.IndexFunc(d, unicode.IsControl) >= 0 {
			return "", false
		}
		if _, err := url.PathUnescape(d); err == nil && strings.Contains(d, "%") {
			return "", false
		}
		if trimmed := strings.Trim(d, " "); trimmed == "." || trimmed == ".." || d == "" && i < len(segments)-1 {
			return "", false
		}
		segments[i] = d
	}
	return "/" + strings.Join(segments, "/"), true
}

func TestCleanPathAgainstOracle(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"/", "/", "/", "a", "api", "v5", ".", "..", "%2e", "%2E", "%2f", "%2F", "%5c", "\\", ";", "%3b", "?", "%3F", "#", "%25", "2e",
		"%00", "%41", "%", " ", "%20", "+", "*", "~", "%C3%A9", "é", "%ff", "\xff", "\x7f", "%0a", "张", "0", "41", "{x}",
	})
	hits := 0
	rapid.Check(t, func(t *rapid.T) {
		raw := "/" + strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), "")
		got, err := CleanPath(raw)
		want, ok := oracleCleanPath(raw)
		// A doubled code is refused wherever it stands; the oracle's decoder
		// gives up at the first bad one.
		if err == nil != ok && !doubled(raw) || err == nil && got != want {
			t.Fatalf("CleanPath(%q) = %q, %v; the oracle says %q, %v", raw, got, err, want, ok)
		}
		if ok {
			hits++
		}
	})
	if hits == 0 {
		t.Error("no plain path was drawn")
	}
}

// doubled reports whether raw holds a percent code that decodes to the start of
// another.
func doubled(raw string) bool { return strings.Contains(raw, "%25") }

func TestCleanPathGivesBackWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segment := rapid.StringMatching(`[a-zA-Z0-9_~é张-]{1,6}`)
		want := "/" + strings.Join(rapid.SliceOfN(segment, 1, 5).Draw(t, "segments"), "/")
		var raw strings.Builder
		for i := range len(want) {
			c := want[i]
			if c != '/' && rapid.Bool().Draw(t, "encode") {
				const upper = "0123456789ABCDEF"
				raw.WriteString("%" + string(upper[c>>4]) + string(upper[c&15]))
			} else {
				raw.WriteByte(c)
			}
		}
		if got, err := CleanPath(raw.String()); err != nil || got != want {
			t.Fatalf("CleanPath(%q) = %q, %v; want %q", raw.String(), got, err, want)
		}
	})
}

func FuzzCleanPath(f *testing.F) {
	for _, s := range []string{"/api/v5/app/entry/data/list", "/a%2fb", "/%2e%2e/", "/a//b", "/a;b", "/%00", "/%25%32%65", "/张?x", "/．．/", "/100%25"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := CleanPath(raw)
		if err != nil {
			if got != "" || !errors.Is(err, ErrAmbiguousPath) {
				t.Fatalf("CleanPath(%q) = %q, %v", raw, got, err)
			}
			return
		}
		if want, ok := oracleCleanPath(raw); !ok || want != got {
			t.Fatalf("CleanPath(%q) = %q; the oracle says %q, %v", raw, got, want, ok)
		}
		if !utf8.ValidString(got) || strings.TrimSuffix(got, "/") != strings.TrimSuffix(path.Clean(got), "/") {
			t.Fatalf("CleanPath(%q) = %q is not clean", raw, got)
		}
		again, err := CleanPath((&url.URL{Path: got}).EscapedPath())
		if err != nil || again != got {
			t.Fatalf("%q encoded once more reads as %q, %v", got, again, err)
		}
	})
}
