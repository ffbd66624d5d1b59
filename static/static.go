// Package static holds the files that browsers load: style, script, htmx,
// icons and fonts, with their licences.
//
// Each file is served at an address that contains a hash of its content, so
// that browsers may keep it for a year, and is compressed once. The package
// imports nothing of this module.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// FS holds the files as they are in the source, licences included.
//
//go:embed style/*.css script/*.js htmx.min.js icons.svg mark.svg fonts licenses
var FS embed.FS

// Style and Script are the names of the one style sheet and the one script.
// Each is joined from the files of a folder, in the order of their names: a
// page asks for one file, and each behaviour of the console has its own.
const (
	Style  = "app.css"
	Script = "app.js"
)

// bundle is a folder whose files are served as one, with head before them and
// foot after them.
type bundle struct{ name, head, foot string }

// bundleOf returns the bundle of a folder, or false for a folder whose files
// are served one by one.
//
// The script is wrapped in one function as a whole. Its files then call each
// other by name, and no name becomes a global. With a function around each
// file, what they share would have to be global.
func bundleOf(folder string) (bundle, bool) {
	switch folder {
	case "style":
		return bundle{name: Style}, true
	case "script":
		return bundle{Script, "(() => {\n'use strict';\n", "})();\n"}, true
	default:
		return bundle{}, false
	}
}

// Prefix is the address below which Handler expects its requests.
const Prefix = "/static/"

// asset is one file with its hashed name and its compressed forms.
type asset struct {
	address string // "/static/app.1f2e3d4c.css"
	tag     string // for If-None-Match
	kind    string // content type
	body    []byte
	br, gz  func() []byte // made at the first request; nil when not smaller
}

// set is every file by name and by address.
type set struct {
	byName    map[string]*asset
	byAddress map[string]*asset
	err       error
}

// assets reads the embedded files once. What it returns is never changed.
var assets = sync.OnceValue(load)

// URL returns the address of a file by its name, such as "app.css". Fonts are
// named without their folder. For an unknown name it returns an address that
// answers 404.
func URL(name string) string {
	if a, ok := assets().byName[name]; ok {
		return a.address
	}
	return Prefix + name
}

// Check returns the error of the first embedded file that could not be read,
// or nil. The server calls it at start-up.
func Check() error { return assets().err }

// Handler serves the files at the addresses that URL returns, to GET and HEAD.
// It compresses them with brotli or gzip where the browser accepts that, and
// lets them be cached for a year. Any other address answers 404.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		a, ok := assets().byAddress[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		a.serve(w, r)
	})
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", a.tag)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == a.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.body
	for _, c := range []struct {
		coding string
		bytes  func() []byte
	}{{"br", a.br}, {"gzip", a.gz}} {
		if !Accepts(r, c.coding) {
			continue
		}
		if small := c.bytes(); small != nil {
			h.Set("Content-Encoding", c.coding)
			body = small
			break
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	// An error here means that the browser has gone.
	_, _ = w.Write(body)
}

// Accepts reports whether the request accepts the content coding. "q=0" refuses it.
func Accepts(r *http.Request, coding string) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) == coding {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

func load() *set {
	s := &set{byName: map[string]*asset{}, byAddress: map[string]*asset{}}
	joined := map[bundle][]byte{}
	s.err = fs.WalkDir(FS, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(file, "licenses/") {
			return err
		}
		body, err := FS.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		if b, ok := bundleOf(path.Dir(file)); ok {
			joined[b] = append(joined[b], body...)
			return nil
		}
		s.add(path.Base(file), body)
		return nil
	})
	// Bundles come last, because the style names fonts by their hashed addresses.
	urls := s.urls()
	for b, body := range joined {
		s.add(b.name, []byte(b.head+urls.Replace(string(body))+b.foot))
	}
	return s
}

// urls returns a replacer of url("name") by the same with the file's address.
func (s *set) urls() *strings.Replacer {
	var pairs []string
	for name, a := range s.byName {
		pairs = append(pairs, `url("`+name+`")`, `url("`+a.address+`")`)
	}
	return strings.NewReplacer(pairs...)
}

func (s *set) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:6])
	ext := path.Ext(name)
	a := &asset{
		address: Prefix + strings.TrimSuffix(name, ext) + "." + hash + ext,
		tag:     `"` + hash + `"`,
		kind:    contentType(ext),
		body:    body,
	}
	a.br = sync.OnceValue(func() []byte { return smaller(body, ext, withBrotli) })
	a.gz = sync.OnceValue(func() []byte { return smaller(body, ext, withGzip) })
	s.byName[name] = a
	s.byAddress[a.address] = a
}

// contentType returns the type of a file. The operating system's own table may
// lack some.
func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	default:
		return "application/octet-stream"
	}
}

// smaller returns the compressed body, or nil where that is not smaller. Fonts
// are compressed already.
func smaller(body []byte, ext string, compress func([]byte) ([]byte, error)) []byte {
	if ext == ".woff2" {
		return nil
	}
	out, err := compress(body)
	if err != nil || len(out) >= len(body) {
		return nil
	}
	return out
}

func withBrotli(body []byte) ([]byte, error) {
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, brotli.BestCompression)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func withGzip(body []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
