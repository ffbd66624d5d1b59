package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/store/chain"
)

// auditTable is the chain's view of the audit: inside the transaction of a change, or on an unchanging picture.
type auditTable struct{ db *gorm.DB }

var (
	_ chain.Table  = auditTable{}
	_ chain.Reader = auditTable{}
)

// LastID implements chain.Table.
func (a auditTable) LastID() (int64, error) {
	var id int64
	err := a.db.Raw("SELECT coalesce(max(id), 0) FROM audit").Scan(&id).Error
	return id, err
}

// Head implements chain.Table and chain.Reader.
func (a auditTable) Head() (chain.Head, bool, error) {
	var h chain.Head
	err := a.db.Where("id = ?", chain.HeadID).Take(&h).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return h, false, nil
	}
	return h, err == nil, err
}

// Insert implements chain.Table.
func (a auditTable) Insert(rows []models.AuditRow) error {
	return a.db.CreateInBatches(&rows, insertBatch).Error
}

// SaveHead implements chain.Table.
func (a auditTable) SaveHead(h chain.Head) error { return a.db.Save(&h).Error }

// Rows implements chain.Reader.
func (a auditTable) Rows(after int64, n int) ([]models.AuditRow, error) {
	var rows []models.AuditRow
	err := a.db.Where("id > ?", after).Order("id").Limit(n).Find(&rows).Error
	return rows, err
}

// appendAudit adds the transaction's rows to the chain.
func (t *tx) appendAudit() (chain.Step, error) {
	step, err := t.s.chain.Append(t.Statement.Context, auditTable{t.DB}, t.rows)
	if err != nil || len(t.rows) == 0 {
		return chain.Step{}, err
	}
	return step, t.noteNames()
}

// auditHash returns the hash of the audit's row with the id, nil for no such row.
func (s *Store) auditHash(ctx context.Context, id int64) ([]byte, error) {
	var hash []byte
	err := s.gdb.WithContext(ctx).Raw("SELECT hash FROM audit WHERE id = ?", id).Row().Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return hash, err
}

// VerifyAudit walks the whole audit and reports whether every row that was ever written is there, unchanged and in its
// place. A finding is in the report; an error means that the check itself could not run.
func (s *Store) VerifyAudit(ctx context.Context) (models.AuditReport, error) {
	mark, err := s.chain.Mark()
	if err != nil {
		return models.AuditReport{}, fmt.Errorf("read the audit's mark: %w", err)
	}
	var report models.AuditReport
	err = s.read(ctx, func(db *gorm.DB) error {
		var err error
		report, err = s.chain.Verify(auditTable{db}, mark)
		return err
	})
	return report, err
}
