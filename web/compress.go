package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"sync"

	"keywicket/static"
)

// compressFrom is the least size in bytes of a page that is compressed.
const compressFrom = 2048

// mayCompress reports whether the answer is sent compressed. Only answers to GET
// are: the length of a compressed answer could reveal something about a key's
// value, and values are only in answers to POST.
func (c *Context) mayCompress(status, size int) bool {
	r := c.Request()
	return r.Method == http.MethodGet && status == http.StatusOK && size >= compressFrom && static.Accepts(r, "gzip")
}

var errNoWriter = errors.New("the pool does not hold a gzip writer")

// pools hold the buffers for rendering: pages are rendered into memory, so that
// an error in a view still becomes an error page.
type pools struct {
	buffers sync.Pool // of *bytes.Buffer
	writers sync.Pool // of *gzip.Writer
}

func newPools() *pools {
	p := &pools{}
	p.buffers.New = func() any { return new(bytes.Buffer) }
	p.writers.New = func() any {
		// NewWriterLevel returns an error only for an unknown level.
		w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		return w
	}
	return p
}

// buffer returns an empty buffer. Return it with put.
func (p *pools) buffer() *bytes.Buffer {
	b, ok := p.buffers.Get().(*bytes.Buffer)
	if !ok {
		return new(bytes.Buffer)
	}
	b.Reset()
	return b
}

func (p *pools) put(b *bytes.Buffer) {
	// The page may have contained a key's value.
	clear(b.Bytes())
	p.buffers.Put(b)
}

// compress writes the page to to, compressed.
func (p *pools) compress(to *bytes.Buffer, page []byte) error {
	w, ok := p.writers.Get().(*gzip.Writer)
	if !ok {
		return errNoWriter
	}
	defer p.writers.Put(w)
	w.Reset(to)
	if _, err := w.Write(page); err != nil {
		return err
	}
	return w.Close()
}
