// Package chain keeps the audit's rows in a hash chain, so that a row that was changed, removed or moved shows. Each
// row has a keyed hash over its fields and the hash before it. A head holds the number of rows and the last hash, and a
// mark outside of the database shows where an earlier state was put back.
//
// The package computes and compares; its caller reads and writes the rows through Table and Reader.
package chain

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"log/slog"

	"keywicket/models"
	"keywicket/models/secret"
)

// Chain is the audit chain of one installation. It is safe for concurrent use.
type Chain struct {
	key    []byte
	log    *slog.Logger
	anchor anchor
}

// New returns the chain under the key. Its mark is in the file at anchorPath. If the chain is damaged, it continues and
// writes that to log.
func New(key []byte, anchorPath string, log *slog.Logger) *Chain {
	return &Chain{key: key, log: log, anchor: anchor{path: anchorPath}}
}

// Close closes the file of the mark.
func (c *Chain) Close() error { return c.anchor.close() }

// Head is the one row of the table audit_heads: how many rows the audit has and the hash of the last one, so that a
// tail that was cut off shows.
type Head struct {
	ID    int64 `gorm:"primaryKey"`
	Count int64
	Hash  []byte
	MAC   []byte
}

// TableName returns the table of the head.
func (Head) TableName() string { return "audit_heads" }

// HeadID is the id of the one head.
const HeadID = 1

// FirstHead returns the head of an audit without rows.
func FirstHead(key []byte) Head { return newHead(key, 0, firstHash()) }

func newHead(key []byte, count int64, last []byte) Head {
	h := Head{ID: HeadID, Count: count, Hash: last}
	h.MAC = h.sum(key)
	return h
}

func (h Head) sum(key []byte) []byte {
	w := secret.NewMAC(key, "head")
	w.Number(h.Count)
	w.Bytes(h.Hash)
	return w.Sum()
}

func (h Head) verifies(key []byte) bool { return hmac.Equal(h.MAC, h.sum(key)) }

// firstHash returns the hash before the first row.
func firstHash() []byte { return make([]byte, sha256.Size) }

// brokenLink returns the hash before a row that is appended to a head which does not verify. That row never verifies
// either, so what happened stays visible whatever is appended later.
func brokenLink() []byte {
	sum := sha256.Sum256([]byte("keywicket audit: the head did not verify"))
	return sum[:]
}

// rowHash returns the hash of a row: over its fields and the hash before it. A row with an actor's e-mail is hashed in
// a form of its own, because rows from before there was one must verify as they always did. No row has a valid hash in
// both forms, so an e-mail that is put into a row, or taken out of it, shows.
func rowHash(key, before []byte, r models.AuditRow) []byte {
	form := "row"
	if r.ActorEmail != "" {
		form = "row with e-mail"
	}
	w := secret.NewMAC(key, form)
	w.Bytes(before)
	for _, n := range []int64{r.ID, r.AccountID, r.At.UnixMicro(), r.ActorID} {
		w.Number(n)
	}
	for _, s := range []string{r.ActorName, r.IP, string(r.Event), r.TargetKind, r.TargetID, r.TargetName, r.Before, r.After} {
		w.Text(s)
	}
	if r.ActorEmail != "" {
		w.Text(r.ActorEmail)
	}
	return w.Sum()
}

// Table is the audit inside the transaction of a change.
type Table interface {
	// LastID returns the highest id of a row, 0 without rows.
	LastID() (int64, error)
	// Head returns the head, and false where there is none.
	Head() (Head, bool, error)
	// Insert adds the rows.
	Insert(rows []models.AuditRow) error
	// SaveHead replaces the head.
	SaveHead(h Head) error
}

// Step describes the rows that one transaction added to the chain. The zero Step has none.
type Step struct {
	from int64  // the id of the row before the first that was added
	link []byte // the hash of that row
	head Head
}

// Append sets the ids and hashes of the rows, and adds them to the table with a new head.
func (c *Chain) Append(ctx context.Context, t Table, rows []models.AuditRow) (Step, error) {
	if len(rows) == 0 {
		return Step{}, nil
	}
	id, link, err := c.end(ctx, t)
	if err != nil {
		return Step{}, err
	}
	step := Step{from: id, link: link}
	for i := range rows {
		id++
		rows[i].ID = id
		rows[i].Hash = rowHash(c.key, link, rows[i])
		link = rows[i].Hash
	}
	if err := t.Insert(rows); err != nil {
		return Step{}, err
	}
	step.head = newHead(c.key, id, link)
	return step, t.SaveHead(step.head)
}

// end returns the id of the last row and the hash for the next row to follow. The id is at least that of any row in the
// table, so rows that were added without the chain do not stop the service. Verify reports them.
func (c *Chain) end(ctx context.Context, t Table) (id int64, link []byte, err error) {
	last, err := t.LastID()
	if err != nil {
		return 0, nil, err
	}
	head, found, err := t.Head()
	if err != nil {
		return 0, nil, err
	}
	if !found || !head.verifies(c.key) {
		c.log.ErrorContext(ctx, "the audit's head does not verify: run audit verify")
		return last, brokenLink(), nil
	}
	return max(last, head.Count), head.Hash, nil
}
