package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"keywicket/models"
)

// maxHistory is how many rows of a key's history are given at most.
const maxHistory = 200

// ListAudit gives one page of the account's audit, newest first. A Member
// sees what they did themselves. A page beyond the last gives the last.
func (s *Store) ListAudit(ctx context.Context, who models.Actor, q models.AuditQuery) (models.AuditPage, error) {
	var page models.AuditPage
	if err := permit(who, models.PermAuditView); err != nil {
		return page, err
	}
	err := s.read(ctx, func(db *gorm.DB) error {
		match := auditMatch(db.Model(&models.AuditRow{}), who, q).Session(&gorm.Session{})
		var total int64
		if err := match.Count(&total).Error; err != nil {
			return err
		}
		page.Total = int(total)
		page.Page, page.Pages = pageOf(q.Page, page.Total, models.AuditRowsPerPage)
		return match.Order("id DESC").
			Offset((page.Page - 1) * models.AuditRowsPerPage).Limit(models.AuditRowsPerPage).
			Find(&page.Rows).Error
	})
	return page, err
}

func auditMatch(db *gorm.DB, who models.Actor, q models.AuditQuery) *gorm.DB {
	db = db.Where("account_id = ?", who.AccountID)
	if who.Role != models.RoleOwner && who.Role != models.RoleAdmin {
		db = db.Where("actor_id = ?", who.UserID)
	}
	switch event := string(q.Event); {
	case strings.HasSuffix(event, "."):
		db = db.Where("substr(event, 1, ?) = ?", len(event), event)
	case event != "":
		db = db.Where("event = ?", event)
	}
	if actor := strings.TrimSpace(q.Actor); actor != "" {
		db = db.Where(`actor_name LIKE ? ESCAPE '\'`, likePattern(actor))
	}
	if target := strings.TrimSpace(q.Target); target != "" {
		like := likePattern(target)
		db = db.Where(`(target_id LIKE ? ESCAPE '\' OR target_name LIKE ? ESCAPE '\')`, like, like)
	}
	if q.From != nil {
		db = db.Where("at >= ?", q.From.UTC())
	}
	if q.Until != nil {
		db = db.Where("at < ?", q.Until.UTC())
	}
	return db
}

// KeyHistory gives the newest n rows about the key with the Sid, or
// not-found.
func (s *Store) KeyHistory(ctx context.Context, who models.Actor, sid string, n int) ([]models.AuditRow, error) {
	if err := permit(who, models.PermKeysView); err != nil {
		return nil, err
	}
	var rows []models.AuditRow
	err := s.read(ctx, func(db *gorm.DB) error {
		k, err := findKey(db, who, sid)
		if err != nil {
			return err
		}
		return db.Where("account_id = ? AND target_kind = ? AND target_id = ?", k.AccountID, kindKey, k.Sid).
			Order("id DESC").Limit(min(max(n, 1), maxHistory)).Find(&rows).Error
	})
	return rows, err
}

// RecordAudit writes one row that belongs to no change, such as a log-in.
// Its time, where unset, is now.
func (s *Store) RecordAudit(ctx context.Context, row models.AuditRow) error {
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		t.record(row)
		return nil
	})
}

// record notes a finished row, at its own time or now.
func (t *tx) record(row models.AuditRow) {
	if row.At.IsZero() {
		row.At = t.now
	}
	row.At = row.At.UTC().Truncate(time.Microsecond)
	t.rows = append(t.rows, row)
}
