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
//go:embed style/*.css app.js passkey.js htmx.min.js icons.svg mark.svg fonts licenses
var FS embed.FS

// Style is the name of the one style sheet. It is put together from the files
// in style/, in the order of their names, so that a page asks for one file and
// each area of the console has its own.
const Style = "app.css"

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

// assets reads the embedded files once; what it gives is never changed.
var assets = sync.OnceValue(load)

// URL gives the address of a file by its name, such as "app.css"; fonts are
// named without their folder. A name that is not there gives an address that
// answers 404.
func URL(name string) string {
	if a, ok := assets().byName[name]; ok {
		return a.address
	}
	return Prefix + name
}

// Check says whether every embedded file could be read; the server asks at
// its start.
func Check() error { return assets().err }

// Handler serves the files at the addresses that URL gives, to GET and HEAD,
// as brotli or gzip where the browser takes it, to be kept for a year. Any
// other address answers 404.
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
	// The browser may have gone; there is nobody to tell.
	_, _ = w.Write(body)
}

// Accepts says whether the request takes the coding; "q=0" refuses it.
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
	var style []byte
	err := fs.WalkDir(FS, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(file, "licenses/") {
			return err
		}
		body, err := FS.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		if path.Ext(file) == ".css" {
			style = append(style, body...)
			return nil
		}
		s.add(path.Base(file), body)
		return nil
	})
	if err != nil {
		s.err = err
	}
	// The style comes last: it names fonts by their hashed addresses.
	for name, a := range s.byName {
		style = bytes.ReplaceAll(style, []byte(`url("`+name+`")`), []byte(`url("`+a.address+`")`))
	}
	s.add(Style, style)
	return s
}

func (s *set) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:6])
	ext := path.Ext(name)
	a := &asset{
		address: Prefix + strings.TrimSuffix(name, ext) + "." + hash + ext,
		tag:     `"` + hash + `"`,
		kind:    kinds(ext),
		body:    body,
	}
	a.br = sync.OnceValue(func() []byte { return smaller(body, ext, withBrotli) })
	a.gz = sync.OnceValue(func() []byte { return smaller(body, ext, withGzip) })
	s.byName[name] = a
	s.byAddress[a.address] = a
}

// kinds gives the content type; the machine's own table may lack some.
func kinds(ext string) string {
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

// smaller compresses, and gives nil where that does not help: a font is
// compressed already.
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
