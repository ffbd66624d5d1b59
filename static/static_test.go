package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

func get(t *testing.T, method, address string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, address, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) []byte {
	t.Helper()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

var names = []string{"app.css", "app.js", "htmx.min.js", "icons.svg", "mark.svg", "geist.woff2", "geist-mono.woff2"}

func TestEveryFileIsServedByItsHash(t *testing.T) {
	if err := Check(); err != nil {
		t.Fatal(err)
	}
	hashed := regexp.MustCompile(`^/static/[a-z.-]+\.[0-9a-f]{12}\.[a-z0-9]+$`)
	for _, name := range names {
		address := URL(name)
		if !hashed.MatchString(address) {
			t.Errorf("%s: the address %q has no hash", name, address)
		}
		res := get(t, http.MethodGet, address)
		if res.StatusCode != http.StatusOK || len(body(t, res)) == 0 {
			t.Errorf("%s: %s", name, res.Status)
		}
		if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
		if got := res.Header.Get("Content-Type"); got == "" || strings.HasPrefix(got, "application/octet") {
			t.Errorf("%s: Content-Type %q", name, got)
		}
		again := get(t, http.MethodGet, address, "If-None-Match", res.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: unchanged, yet %s", name, again.Status)
		}
		head := get(t, http.MethodHead, address)
		if head.StatusCode != http.StatusOK || len(body(t, head)) != 0 || head.Header.Get("Content-Length") == "0" {
			t.Errorf("%s: HEAD %s", name, head.Status)
		}
	}
}

func TestCompression(t *testing.T) {
	plain := body(t, get(t, http.MethodGet, URL("app.css")))
	for _, c := range []struct {
		accept, want string
		read         func(io.Reader) (io.Reader, error)
	}{
		{"gzip, deflate, br", "br", func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }},
		{"gzip", "gzip", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		{"br;q=0, gzip;q=1.0", "gzip", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		{"identity", "", func(r io.Reader) (io.Reader, error) { return r, nil }},
		{"", "", func(r io.Reader) (io.Reader, error) { return r, nil }},
	} {
		res := get(t, http.MethodGet, URL("app.css"), "Accept-Encoding", c.accept)
		if got := res.Header.Get("Content-Encoding"); got != c.want {
			t.Errorf("%q: Content-Encoding %q, want %q", c.accept, got, c.want)
		}
		if res.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: no Vary", c.accept)
		}
		reader, err := c.read(bytes.NewReader(body(t, res)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(reader); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%q: another content (%v)", c.accept, err)
		}
	}
	font := get(t, http.MethodGet, URL("geist.woff2"), "Accept-Encoding", "br, gzip")
	if font.Header.Get("Content-Encoding") != "" {
		t.Error("a font is compressed already")
	}
}

func TestNothingElseIsServed(t *testing.T) {
	for _, address := range []string{"/static/", "/static/app.css", "/static/app.000000000000.css", "/static/licenses/htmx.txt", "/static/../static.go", "/static/fonts/geist.woff2"} {
		if res := get(t, http.MethodGet, address); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", address, res.Status)
		}
	}
	if res := get(t, http.MethodPost, URL("app.css")); res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") == "" {
		t.Errorf("POST: %s", res.Status)
	}
	if URL("no-such.css") != "/static/no-such.css" {
		t.Error("an unknown name has an address of its own")
	}
}

// The cold load of a page is these files; a phone on a slow network pays for
// each byte.
func TestWeight(t *testing.T) {
	limits := map[string]int{"app.css": 11 << 10, "app.js": 9 << 10, "htmx.min.js": 15 << 10, "icons.svg": 8 << 10}
	for name, limit := range limits {
		res := get(t, http.MethodGet, URL(name), "Accept-Encoding", "br")
		if n := len(body(t, res)); n > limit {
			t.Errorf("%s has %d bytes on the wire, more than %d", name, n, limit)
		}
	}
}

func TestStyleNamesFontsByTheirHash(t *testing.T) {
	style := string(body(t, get(t, http.MethodGet, URL("app.css"))))
	for _, name := range []string{"geist.woff2", "geist-mono.woff2"} {
		if !strings.Contains(style, `url("`+URL(name)+`")`) {
			t.Errorf("the style does not name %s", URL(name))
		}
	}
	if strings.Contains(style, "@import") || strings.Contains(style, "http:") || strings.Contains(style, "https:") {
		t.Error("the style loads from elsewhere")
	}
}

// sources returns the content of the files that match, by name.
func sources(t *testing.T, glob string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files match %s: %v", len(files), glob, err)
	}
	all := map[string][]byte{}
	for _, file := range files {
		if all[file], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestBundlesHoldTheirFilesInOrder(t *testing.T) {
	for name, glob := range map[string]string{Style: "style/*.css", Script: "script/*.js"} {
		bundle, files := body(t, get(t, http.MethodGet, URL(name))), sources(t, glob)
		from := 0
		for _, file := range slices.Sorted(maps.Keys(files)) {
			if bytes.Contains(files[file], []byte("@font-face")) {
				continue // it names fonts by their hashed addresses
			}
			at := bytes.Index(bundle[from:], files[file])
			if at < 0 {
				t.Fatalf("%s is not in %s, or not in its place", file, name)
			}
			from += at + len(files[file])
		}
	}
}

// Outside of a layer a rule would win over all others, so only the tokens are there.
func TestStyleIsInLayers(t *testing.T) {
	if !bytes.HasPrefix(body(t, get(t, http.MethodGet, URL(Style))), []byte("@layer base, parts, page, small;")) {
		t.Error("the order of the layers does not come first")
	}
	outside := regexp.MustCompile(`(?m)^[^\s@/}]`)
	for file, data := range sources(t, "style/*.css") {
		if line := outside.FindIndex(data); line != nil && filepath.Base(file) != "00-tokens.css" {
			t.Errorf("%s has a rule outside of a layer: %.40q", file, data[line[0]:])
		}
	}
}

// The files of the script share one function: there a second declaration of a
// name either replaces the first in silence or stops the whole script.
func TestScriptDeclaresEachNameOnce(t *testing.T) {
	script := body(t, get(t, http.MethodGet, URL(Script)))
	if !bytes.HasPrefix(script, []byte("(() => {\n'use strict';\n")) || !bytes.HasSuffix(script, []byte("})();\n")) {
		t.Error("the script is not in one strict function, so its names are globals")
	}
	declared := map[string]string{}
	declaration := regexp.MustCompile(`(?m)^(?:const|let|(?:async )?function) ([\w$]+)`)
	for file, data := range sources(t, "script/*.js") {
		for _, m := range declaration.FindAllSubmatch(data, -1) {
			name := string(m[1])
			if other, ok := declared[name]; ok {
				t.Errorf("%s and %s both declare %s", file, other, name)
			}
			declared[name] = file
		}
	}
	if len(declared) < 20 {
		t.Errorf("only %d names were found", len(declared))
	}
}

// The policy of the pages forbids eval and inline code; what would need them
// must not get in.
func TestScriptKeepsThePolicy(t *testing.T) {
	script := body(t, get(t, http.MethodGet, URL(Script)))
	for _, word := range []string{"eval(", "new Function", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "localStorage", "sessionStorage", "confirm("} {
		if bytes.Contains(script, []byte(word)) {
			t.Errorf("the script has %s", word)
		}
	}
}

var iconUse = regexp.MustCompile(`(?:Icon\("|Icon:\s*"|icon\('|return ")([a-z][a-z0-9-]+)["']|entry\(c, [^,]*, "[^"]*", "([a-z0-9-]+)"`)

// Every icon that is asked for by name is in the sprite, and none is carried
// for nothing.
func TestSpriteHasTheIconsOfTheViews(t *testing.T) {
	sprite, err := FS.ReadFile("icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, m := range regexp.MustCompile(`<symbol id="([^"]+)"`).FindAllStringSubmatch(string(sprite), -1) {
		have[m[1]] = true
	}
	var seen []byte
	for _, glob := range []string{"../views/*.templ", "../views/*/*.templ", "../views/*.go", "../views/*/*.go", "../handlers/*.go", "../handlers/*/*.go", "script/*.js"} {
		files, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_templ.go") || strings.HasSuffix(file, "_test.go") {
				continue
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, data...)
			for _, line := range bytes.Split(data, []byte("\n")) {
				if !bytes.Contains(line, []byte("con")) {
					continue
				}
				for _, m := range iconUse.FindAllSubmatch(line, -1) {
					name := string(m[1]) + string(m[2])
					if bytes.Contains(line, []byte("return ")) && !bytes.Contains(line, []byte("con(")) {
						continue
					}
					if !have[name] {
						t.Errorf("%s asks for the icon %q, which the sprite lacks", file, name)
					}
				}
			}
		}
	}
	for name := range have {
		if !bytes.Contains(seen, []byte(`"`+name+`"`)) && !bytes.Contains(seen, []byte(`'`+name+`'`)) {
			t.Errorf("nothing shows the icon %q", name)
		}
	}
}

func TestLicencesAreThere(t *testing.T) {
	for _, name := range []string{"htmx.txt", "lucide.txt", "geist.txt", "geist-mono.txt"} {
		if data, err := FS.ReadFile("licenses/" + name); err != nil || len(data) < 200 {
			t.Errorf("licenses/%s: %v", name, err)
		}
	}
}
