package chain

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"

	"keywicket/models/secret"
	"keywicket/models/wholefile"
)

// anchor is a small file beside the database that records the newest audit row. An attacker who restores an older state
// of the audit must also restore this file. It can lag behind the database only by what a crash cut off. It is written
// without a sync, because a lagging mark raises no false alarm.
type anchor struct {
	path string

	mu   sync.Mutex
	file *os.File // nil until first needed
}

// Mark is the position of the newest audit row. The zero Mark is none.
type Mark struct {
	count  int64
	hash   []byte
	forged bool // the file does not verify; the other fields are zero
}

func (m Mark) sum(key []byte) []byte {
	w := secret.NewMAC(key, "anchor")
	w.Number(m.count)
	w.Bytes(m.hash)
	return w.Sum()
}

// Mark reads the mark. A file that is missing or empty is the zero Mark. An error means that the file could not be
// read, which is no finding.
func (c *Chain) Mark() (Mark, error) {
	text, err := os.ReadFile(c.anchor.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(text) == 0 {
		return Mark{}, nil
	}
	if err != nil {
		return Mark{}, err
	}
	if m, ok := parseMark(string(text), c.key); ok {
		return m, nil
	}
	return Mark{forged: true}, nil
}

// parseMark reports false for a text that was not written under the key.
func parseMark(text string, key []byte) (Mark, bool) {
	f := strings.Fields(text)
	if len(f) != 3 {
		return Mark{}, false
	}
	var m Mark
	var errs [3]error
	var sum []byte
	m.count, errs[0] = strconv.ParseInt(f[0], 10, 64)
	m.hash, errs[1] = hex.DecodeString(f[1])
	sum, errs[2] = hex.DecodeString(f[2])
	return m, errors.Join(errs[:]...) == nil && hmac.Equal(sum, m.sum(key))
}

// write writes the mark into the file. All marks have the same length, so that none leaves a rest of another.
func (a *anchor) write(key []byte, m Mark) error {
	text := fmt.Appendf(nil, "%020d %x %x\n", m.count, m.hash, m.sum(key))
	if a.file == nil {
		f, err := os.OpenFile(a.path, os.O_RDWR, 0)
		if errors.Is(err, fs.ErrNotExist) {
			return a.create(text)
		}
		if err != nil {
			return err
		}
		a.file = f
	}
	_, err := a.file.WriteAt(text, 0)
	return err
}

// create creates the file with its first mark in it. Where another process is first, its mark is as good.
func (a *anchor) create(text []byte) error {
	f, err := wholefile.Create(a.path)
	if err == nil {
		_, err = f.Write(text)
		if err == nil {
			err = f.Commit()
		}
		err = errors.Join(err, f.Discard())
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

func (a *anchor) close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == nil {
		return nil
	}
	return a.file.Close()
}

// Advance moves the mark after the transaction of the step was committed. hashOf returns the hash of the row with the
// id, nil for no such row. A mark that the database does not confirm stays as it is: it is the evidence.
func (c *Chain) Advance(ctx context.Context, step Step, hashOf func(id int64) ([]byte, error)) {
	if step.head.Count == 0 {
		return
	}
	c.anchor.mu.Lock()
	defer c.anchor.mu.Unlock()
	mark, err := c.Mark()
	switch {
	case err != nil: // no finding: the next change looks again
		c.log.WarnContext(ctx, "the audit's mark could not be read", "error", err)
		return
	case mark.forged:
		c.log.ErrorContext(ctx, "the audit's mark does not verify: run audit verify")
		return
	case mark.count >= step.head.Count: // a later commit was faster
		return
	case mark.count == 0, mark.count == step.from && hmac.Equal(mark.hash, step.link): // the usual case
	case !c.confirms(ctx, mark, hashOf):
		return
	}
	if err := c.anchor.write(c.key, Mark{count: step.head.Count, hash: step.head.Hash}); err != nil {
		c.log.WarnContext(ctx, "the audit's mark cannot be written", "error", err)
	}
}

// confirms reports whether the audit has the row of the mark, and logs why not. A database that does not answer is no
// finding.
func (c *Chain) confirms(ctx context.Context, mark Mark, hashOf func(int64) ([]byte, error)) bool {
	hash, err := hashOf(mark.count)
	switch {
	case err != nil:
		c.log.WarnContext(ctx, "the audit could not be compared with its mark", "error", err)
	case !hmac.Equal(hash, mark.hash):
		c.log.ErrorContext(ctx, "the audit does not hold the row of its mark: run audit verify")
	default:
		return true
	}
	return false
}
