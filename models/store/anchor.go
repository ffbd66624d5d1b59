package store

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"

	"keywicket/models/wholefile"
)

// anchor is a small file beside the database that remembers how far the audit
// had come. Somebody who puts an older state of the database's audit back
// must also put this file back. It only ever lags behind the database, by
// what a crash cut off; it is written without waiting for the disk, because a
// lagging mark raises no false alarm.
type anchor struct {
	path string

	mu   sync.Mutex
	file *os.File // nil until first needed
}

// anchorMark is what the file says; the zero value is no mark.
type anchorMark struct {
	count int64
	hash  []byte
}

func (m anchorMark) mac(key []byte) []byte {
	w := newMAC(key, "anchor")
	w.number(m.count)
	w.bytes(m.hash)
	return w.Sum(nil)
}

var errAnchor = errors.New("it does not verify")

// read returns the mark; no file, or an empty one, is no mark.
func (a *anchor) read(key []byte) (anchorMark, error) {
	text, err := os.ReadFile(a.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(text) == 0 {
		return anchorMark{}, nil
	}
	if err != nil {
		return anchorMark{}, err
	}
	var m anchorMark
	f := strings.Fields(string(text))
	if len(f) != 3 {
		return anchorMark{}, errAnchor
	}
	var errs [3]error
	var sum []byte
	m.count, errs[0] = strconv.ParseInt(f[0], 10, 64)
	m.hash, errs[1] = hex.DecodeString(f[1])
	sum, errs[2] = hex.DecodeString(f[2])
	if errors.Join(errs[:]...) != nil || !hmac.Equal(sum, m.mac(key)) {
		return anchorMark{}, errAnchor
	}
	return m, nil
}

// write puts the mark into the file. All marks are of the same length, so
// that one never leaves a rest of another.
func (a *anchor) write(key []byte, m anchorMark) error {
	text := fmt.Appendf(nil, "%020d %x %x\n", m.count, m.hash, m.mac(key))
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

// create makes the file with its first mark in it. Another process that is
// first has a mark that is as good.
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

// advanceAnchor moves the mark after a commit. A mark that the database does
// not bear out is left alone: it is the evidence.
func (s *Store) advanceAnchor(ctx context.Context, step auditStep) {
	s.anchor.mu.Lock()
	defer s.anchor.mu.Unlock()
	mark, err := s.anchor.read(s.macKey)
	switch {
	case errors.Is(err, errAnchor):
		s.log.ErrorContext(ctx, "the audit's mark does not verify: run audit verify")
		return
	case err != nil: // no finding: the next change looks again
		s.log.WarnContext(ctx, "the audit's mark could not be read", "error", err)
		return
	case mark.count >= step.head.Count: // a later commit was faster
		return
	case mark.count == 0, mark.count == step.from && hmac.Equal(mark.hash, step.link): // the usual case
	default:
		if !s.confirmed(ctx, mark) {
			return
		}
	}
	if err := s.anchor.write(s.macKey, anchorMark{step.head.Count, step.head.Hash}); err != nil {
		s.log.WarnContext(ctx, "the audit's mark cannot be written", "error", err)
	}
}

// confirmed reports whether the audit has the row that the mark saw, and logs
// why not. That the database did not answer is no finding.
func (s *Store) confirmed(ctx context.Context, mark anchorMark) bool {
	var hash []byte
	err := s.gdb.WithContext(ctx).Raw("SELECT hash FROM audit WHERE id = ?", mark.count).Row().Scan(&hash)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		s.log.WarnContext(ctx, "the audit could not be compared with its mark", "error", err)
	case err != nil || !hmac.Equal(hash, mark.hash):
		s.log.ErrorContext(ctx, "the audit does not hold the row of its mark: run audit verify")
	default:
		return true
	}
	return false
}
