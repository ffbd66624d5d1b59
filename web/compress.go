package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"sync"

	"keywicket/static"
)

// compressFrom is the size in bytes from which a page is worth compressing.
const compressFrom = 2048

// mayCompress reports whether the answer is sent compressed. Only pages that
// were asked for by GET are: an answer that shows a key's value is always to a
// POST, and the length of a compressed one could tell something about it.
func (c *Context) mayCompress(status, size int) bool {
	r := c.Request()
	return r.Method == http.MethodGet && status == http.StatusOK && size >= compressFrom && static.Accepts(r, "gzip")
}

var errNoWriter = errors.New("the pool lent something else than a gzip writer")

// pools lend what rendering a page needs: pages are made in memory, so that a
// fault in a view still becomes a clean error page.
type pools struct {
	buffers sync.Pool // of *bytes.Buffer
	writers sync.Pool // of *gzip.Writer
}

func newPools() *pools {
	p := &pools{}
	p.buffers.New = func() any { return new(bytes.Buffer) }
	p.writers.New = func() any {
		// The level is one that gzip knows, so there is no error.
		w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
		return w
	}
	return p
}

// buffer lends an empty buffer, to be given back with put.
func (p *pools) buffer() *bytes.Buffer {
	b, ok := p.buffers.Get().(*bytes.Buffer)
	if !ok {
		return new(bytes.Buffer)
	}
	b.Reset()
	return b
}

func (p *pools) put(b *bytes.Buffer) {
	// What was in it may have been a key's value.
	clear(b.Bytes())
	p.buffers.Put(b)
}

// compress writes page into to.
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
