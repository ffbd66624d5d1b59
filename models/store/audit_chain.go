package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"

	"gorm.io/gorm"

	"keywicket/models"
)

// auditHead is the one row of the table audit_heads: how many rows the audit
// has and the hash of the last one, so that cutting the tail shows.
type auditHead struct {
	ID    int64 `gorm:"primaryKey"`
	Count int64
	Hash  []byte
	MAC   []byte
}

const headID = 1

// firstHash stands before the first row.
func firstHash() []byte { return make([]byte, sha256.Size) }

// brokenLink stands before a row that was appended to a head which does not
// verify: the row then never verifies either, and what happened stays visible
// whatever is appended later.
func brokenLink() []byte {
	sum := sha256.Sum256([]byte("keywicket audit: the head did not verify"))
	return sum[:]
}

// macWriter feeds fields into a MAC so that no two rows give the same bytes.
type macWriter struct{ hash.Hash }

func newMAC(key []byte, what string) macWriter {
	w := macWriter{hmac.New(sha256.New, key)}
	w.text(what)
	return w
}

func (w macWriter) number(n int64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n)) // #nosec G115 -- the bits, whatever the sign
	_, _ = w.Write(b[:])                        // a hash takes everything
}

func (w macWriter) text(s string) { w.bytes([]byte(s)) }

func (w macWriter) bytes(b []byte) {
	w.number(int64(len(b)))
	_, _ = w.Write(b)
}

// rowHash returns the link of a row: over its fields and the link before it. A
// row with an actor's e-mail has a form of its own, for rows from before there
// was one must verify as they always did. No row has a valid hash in both: an
// e-mail that is put into a row, or taken out of it, shows.
func rowHash(key, before []byte, r models.AuditRow) []byte {
	form := "row"
	if r.ActorEmail != "" {
		form = "row with e-mail"
	}
	w := newMAC(key, form)
	w.bytes(before)
	for _, n := range []int64{r.ID, r.AccountID, r.At.UnixMicro(), r.ActorID} {
		w.number(n)
	}
	for _, s := range []string{r.ActorName, r.IP, string(r.Event), r.TargetKind, r.TargetID, r.TargetName, r.Before, r.After} {
		w.text(s)
	}
	if r.ActorEmail != "" {
		w.text(r.ActorEmail)
	}
	return w.Sum(nil)
}

func newHead(key []byte, count int64, last []byte) *auditHead {
	h := &auditHead{ID: headID, Count: count, Hash: last}
	h.MAC = h.sum(key)
	return h
}

func (h auditHead) sum(key []byte) []byte {
	w := newMAC(key, "head")
	w.number(h.Count)
	w.bytes(h.Hash)
	return w.Sum(nil)
}

func (h auditHead) verifies(key []byte) bool { return hmac.Equal(h.MAC, h.sum(key)) }

// auditStep is what one transaction did to the chain: it went on behind the
// row from with the hash link, up to the head. Without audit rows it is zero.
type auditStep struct {
	from int64
	link []byte
	head auditHead
}

// appendAudit links the transaction's rows to the chain.
func (t *tx) appendAudit() (auditStep, error) {
	if len(t.rows) == 0 {
		return auditStep{}, nil
	}
	id, link, err := t.auditEnd()
	if err != nil {
		return auditStep{}, err
	}
	step := auditStep{from: id, link: link}
	for i := range t.rows {
		id++
		r := &t.rows[i]
		r.ID = id
		r.Hash = rowHash(t.s.macKey, link, *r)
		link = r.Hash
	}
	if err := t.CreateInBatches(&t.rows, insertBatch).Error; err != nil {
		return auditStep{}, err
	}
	if err := t.noteNames(); err != nil {
		return auditStep{}, err
	}
	step.head = *newHead(t.s.macKey, id, link)
	return step, t.Save(&step.head).Error
}

// auditEnd returns the id of the last row and the link that the next one takes.
// Ids go on behind whatever stands in the table, so that rows put there by
// somebody else do not stop the service; the check reports them.
func (t *tx) auditEnd() (id int64, link []byte, err error) {
	var last int64
	if err := t.Raw("SELECT coalesce(max(id), 0) FROM audit").Scan(&last).Error; err != nil {
		return 0, nil, err
	}
	var head auditHead
	err = t.Where("id = ?", headID).Take(&head).Error
	switch {
	case err != nil && !errors.Is(err, gorm.ErrRecordNotFound):
		return 0, nil, err
	case err != nil || !head.verifies(t.s.macKey):
		t.s.log.ErrorContext(t.Statement.Context, "the audit's head does not verify: run audit verify")
		return last, brokenLink(), nil
	}
	return max(last, head.Count), head.Hash, nil
}

// VerifyAudit walks the whole chain and says whether every row that was ever
// written is there, unchanged and in its place. A finding is in the report;
// an error means that the check itself could not run.
func (s *Store) VerifyAudit(ctx context.Context) (models.AuditReport, error) {
	// The anchor first: rows that are written meanwhile are no finding.
	mark, markErr := s.anchor.read(s.macKey)
	if markErr != nil && !errors.Is(markErr, errAnchor) {
		return models.AuditReport{}, fmt.Errorf("read the audit's mark: %w", markErr)
	}
	var report models.AuditReport
	err := s.read(ctx, func(db *gorm.DB) error {
		c := chainCheck{key: s.macKey, link: firstHash(), mark: mark}
		if err := c.walk(db); err != nil {
			return err
		}
		if err := c.end(db, markErr); err != nil {
			return err
		}
		report = c.report
		return nil
	})
	report.OK = err == nil && report.Problem == ""
	return report, err
}

// chainCheck is a walk over the audit.
type chainCheck struct {
	key    []byte
	link   []byte // of the row before
	mark   anchorMark
	marked bool // the row of the mark was seen, with its hash
	report models.AuditReport
}

func (c *chainCheck) found(id int64, format string, args ...any) {
	if c.report.Problem == "" {
		c.report.FirstBad, c.report.Problem = id, fmt.Sprintf(format, args...)
	}
}

func (c *chainCheck) walk(db *gorm.DB) error {
	var batch []models.AuditRow
	for after := int64(-1 << 62); ; {
		if err := db.Where("id > ?", after).Order("id").Limit(insertBatch).Find(&batch).Error; err != nil {
			return err
		}
		for _, r := range batch {
			c.row(r)
			after = r.ID
		}
		if len(batch) < insertBatch {
			return nil
		}
	}
}

func (c *chainCheck) row(r models.AuditRow) {
	c.report.Rows++
	if want := int64(c.report.Rows); r.ID != want {
		c.found(want, "row %d is missing, or rows were put in another order", want)
	}
	if !hmac.Equal(r.Hash, rowHash(c.key, c.link, r)) {
		c.found(r.ID, "row %d was changed, or does not follow the row before it", r.ID)
	}
	if r.ID == c.mark.count && hmac.Equal(r.Hash, c.mark.hash) {
		c.marked = true
	}
	c.link = r.Hash
}

// end compares the end of the chain with the head and with the mark outside
// of the database.
func (c *chainCheck) end(db *gorm.DB, markErr error) error {
	var head auditHead
	err := db.Where("id = ?", headID).Take(&head).Error
	rows := int64(c.report.Rows)
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		c.found(0, "the audit's head is missing")
	case err != nil:
		return err
	case !head.verifies(c.key):
		c.found(0, "the audit's head was changed")
	case head.Count > rows:
		c.found(rows+1, "the last rows are missing: there were %d", head.Count)
	case head.Count < rows || !hmac.Equal(head.Hash, c.link):
		c.found(head.Count, "the last rows do not belong to the audit's head")
	case markErr != nil:
		c.found(0, "the mark beside the database was changed: %v", markErr)
	case c.mark.count > 0 && !c.marked:
		c.found(c.mark.count, "the audit was put back to an earlier state: row %d, which was there, is gone "+
			"(after restoring a backup on purpose, remove the .anchor file beside the database)", c.mark.count)
	}
	return nil
}
