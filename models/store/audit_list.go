package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"keywicket/models"
)

// The most rows of a key's history, and the most names of a person, in one
// answer.
const (
	maxHistory = 200
	maxNames   = 20
)

// ListAudit gives one page of the account's audit, newest first. A Member
// sees what they did themselves. A page beyond the last gives the last.
func (s *Store) ListAudit(ctx context.Context, who models.Actor, q models.AuditQuery) (models.AuditPage, error) {
	var page models.AuditPage
	if !seesAll(who) {
		q.Person = 0
	}
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
		if q.Person != 0 {
			if err := db.Where("account_id = ? AND actor_id = ?", who.AccountID, q.Person).Limit(maxNames).Find(&page.Names).Error; err != nil {
				return err
			}
		}
		page.Page, page.Pages = pageOf(q.Page, page.Total, models.AuditRowsPerPage)
		return match.Order("id DESC").
			Offset((page.Page - 1) * models.AuditRowsPerPage).Limit(models.AuditRowsPerPage).
			Find(&page.Rows).Error
	})
	return page, err
}

func auditMatch(db *gorm.DB, who models.Actor, q models.AuditQuery) *gorm.DB {
	db = db.Where("account_id = ?", who.AccountID)
	if !seesAll(who) {
		db = db.Where("actor_id = ?", who.UserID)
	}
	switch event := string(q.Event); {
	case strings.HasSuffix(event, "."):
		db = db.Where("substr(event, 1, ?) = ?", len(event), event)
	case event != "":
		db = db.Where("event = ?", event)
	}
	if q.Person != 0 {
		db = db.Where("actor_id = ?", q.Person)
	}
	if actor := strings.TrimSpace(q.Actor); actor != "" {
		db = actorMatch(db, who.AccountID, likePattern(actor))
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

// actorMatch keeps the rows of everybody who has, or had in any row of the
// account, a name or an e-mail like the pattern: all of them, under whatever
// name. Rows of nobody known have their name alone.
func actorMatch(db *gorm.DB, accountID int64, like string) *gorm.DB {
	return db.Where(`(actor_id IN (SELECT n.actor_id FROM audit_names n LEFT JOIN users u ON u.id = n.actor_id
		WHERE n.account_id = @account AND n.actor_id <> 0 AND (n.name LIKE @like ESCAPE '\' OR n.email LIKE @like ESCAPE '\'
			OR u.name LIKE @like ESCAPE '\' OR u.email LIKE @like ESCAPE '\'))
		OR actor_id = 0 AND actor_name LIKE @like ESCAPE '\')`,
		sql.Named("account", accountID), sql.Named("like", like))
}

// noteNames keeps the names under which people stand in the transaction's
// rows.
func (t *tx) noteNames() error {
	var names []models.AuditName
	for _, r := range t.rows {
		n := models.AuditName{AccountID: r.AccountID, ActorID: r.ActorID, Name: r.ActorName, Email: r.ActorEmail}
		if n.ActorID != 0 && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return t.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&names, insertBatch).Error
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
