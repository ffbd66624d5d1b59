package chain

import (
	"crypto/hmac"
	"errors"
	"fmt"

	"keywicket/models"
)

// Reader is an unchanging picture of the audit.
type Reader interface {
	// Head returns the head, and false where there is none.
	Head() (Head, bool, error)
	// Rows returns at most n rows with ids above after, in the order of their ids.
	Rows(after int64, n int) ([]models.AuditRow, error)
}

// batch is how many rows Verify reads at once.
const batch = 500

// Verify walks the whole chain and reports whether every row that was ever written is there, unchanged and in its
// place. mark must have been read before r began, since rows that are written meanwhile are no finding. A finding is in
// the report; an error means that the check itself could not run.
func (c *Chain) Verify(r Reader, mark Mark) (models.AuditReport, error) {
	v := verification{key: c.key, link: firstHash(), mark: mark}
	if err := v.walk(r); err != nil {
		return v.report, err
	}
	if err := v.end(r); err != nil {
		return v.report, err
	}
	v.report.OK = v.report.Problem == ""
	return v.report, nil
}

// verification is a walk over the audit.
type verification struct {
	key    []byte
	link   []byte // the hash of the row before
	mark   Mark
	marked bool // the row of the mark was seen, with its hash
	report models.AuditReport
}

// found reports a problem at the row with the id. Only the first one is kept.
func (v *verification) found(id int64, format string, args ...any) {
	if v.report.Problem == "" {
		v.report.FirstBad, v.report.Problem = id, fmt.Sprintf(format, args...)
	}
}

func (v *verification) walk(r Reader) error {
	for after := int64(-1 << 62); ; {
		rows, err := r.Rows(after, batch)
		if err != nil {
			return err
		}
		for _, row := range rows {
			v.row(row)
			after = row.ID
		}
		if len(rows) < batch {
			return nil
		}
	}
}

func (v *verification) row(r models.AuditRow) {
	v.report.Rows++
	if want := int64(v.report.Rows); r.ID != want {
		v.found(want, "row %d is missing, or rows were put in another order", want)
	}
	if !hmac.Equal(r.Hash, rowHash(v.key, v.link, r)) {
		v.found(r.ID, "row %d was changed, or does not follow the row before it", r.ID)
	}
	if r.ID == v.mark.count && hmac.Equal(r.Hash, v.mark.hash) {
		v.marked = true
	}
	v.link = r.Hash
}

// end compares the end of the chain with the head and with the mark outside of the database.
func (v *verification) end(r Reader) error {
	head, exists, err := r.Head()
	rows := int64(v.report.Rows)
	switch {
	case err != nil:
		return err
	case !exists:
		v.found(0, "the audit's head is missing")
	case !head.verifies(v.key):
		v.found(0, "the audit's head was changed")
	case head.Count > rows:
		v.found(rows+1, "the last rows are missing: there were %d", head.Count)
	case head.Count < rows || !hmac.Equal(head.Hash, v.link):
		v.found(head.Count, "the last rows do not belong to the audit's head")
	case v.mark.forged:
		v.found(0, "the mark beside the database was changed: %v", errForged)
	case v.mark.count > 0 && !v.marked:
		v.found(v.mark.count, "the audit was put back to an earlier state: row %d, which was there, is gone "+
			"(after restoring a backup on purpose, remove the .anchor file beside the database)", v.mark.count)
	}
	return nil
}

// errForged is a mark that was not written under the key.
var errForged = errors.New("it does not verify")
