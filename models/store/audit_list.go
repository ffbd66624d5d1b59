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

// ListAudit returns one page of the account's audit, newest first. A Member sees what they did and what was done to
// them. It searches the newest AuditListed rows that match, or those before q.Before; More reports that there are older
// ones. Instead of a page beyond the last it returns the last.
func (s *Store) ListAudit(ctx context.Context, who models.Actor, q models.AuditQuery) (models.AuditPage, error) {
	var page models.AuditPage
	if err := permit(who, models.PermAuditView); err != nil {
		return page, err
	}
	if !who.Role.SeesAllKeys() {
		q.Person = 0
	}
	err := s.browse(ctx, who, func(db *gorm.DB) error {
		ids, err := auditIDs(db, who, q)
		if err != nil {
			return err
		}
		if page.More = len(ids) > models.AuditListed; page.More {
			ids = ids[:models.AuditListed]
			page.Oldest = ids[models.AuditListed-1]
		}
		page.Total = len(ids)
		page.Page, page.Pages = pageOf(q.Page, page.Total, models.AuditRowsPerPage)
		ids = ids[(page.Page-1)*models.AuditRowsPerPage : min(page.Page*models.AuditRowsPerPage, page.Total)]
		if q.Person != 0 {
			if err := db.Where("account_id = ? AND actor_id = ?", who.AccountID, q.Person).Limit(maxNames).Find(&page.Names).Error; err != nil {
				return err
			}
		}
		if len(ids) == 0 {
			return nil
		}
		return db.Where("id IN ?", ids).Order("id DESC").Find(&page.Rows).Error
	})
	return page, err
}

// auditIDs returns the ids of the newest rows that match, one more than a list shows. Each arm walks along one index
// from its end and stops there.
func auditIDs(db *gorm.DB, who models.Actor, q models.AuditQuery) ([]int64, error) {
	arms, err := auditArms(db, who, q)
	if err != nil {
		return nil, err
	}
	var all []int64
	for _, arm := range arms {
		var ids []int64
		err := auditMatch(db.Model(&models.AuditRow{}).Where("account_id = ?", who.AccountID).Where(arm.condition, arm.values...), q).
			Order("id DESC").Limit(models.AuditListed+1).Pluck("id", &ids).Error
		if err != nil {
			return nil, err
		}
		all = append(all, ids...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	slices.Reverse(all)
	return all[:min(len(all), models.AuditListed+1)], nil
}

// auditArm is one of the conditions by which rows of the audit are found.
type auditArm struct {
	condition string
	values    []any
}

// maxArms is the number of people up to which each person's rows are searched for separately.
const maxArms = 50

// auditArms returns the conditions that follow from the actor's role and from whose rows are searched for.
func auditArms(db *gorm.DB, who models.Actor, q models.AuditQuery) ([]auditArm, error) {
	sought := strings.TrimSpace(q.Actor)
	switch {
	case !who.Role.SeesAllKeys():
		return []auditArm{
			{"actor_id = ?", []any{who.UserID}},
			{"target_kind = ? AND target_id = (SELECT email FROM users WHERE id = ?)", []any{kindUser, who.UserID}},
		}, nil
	case q.Person != 0:
		return []auditArm{{"actor_id = ?", []any{q.Person}}}, nil
	case sought == "":
		return []auditArm{{"1 = 1", nil}}, nil
	}
	people, err := auditPeople(db, who.AccountID, likePattern(sought))
	if err != nil {
		return nil, err
	}
	arms := []auditArm{{"actor_id = 0 AND actor_name LIKE ? ESCAPE '\\'", []any{likePattern(sought)}}}
	if len(people) > maxArms {
		return append(arms, auditArm{"+actor_id IN ?", []any{people}}), nil
	}
	for _, id := range people {
		arms = append(arms, auditArm{"actor_id = ?", []any{id}})
	}
	return arms, nil
}

// auditPeople returns the people whose name or e-mail, today's or one in any row of the account, is like the pattern.
func auditPeople(db *gorm.DB, accountID int64, like string) ([]int64, error) {
	var ids []int64
	err := db.Raw(`SELECT DISTINCT n.actor_id FROM audit_names n LEFT JOIN users u ON u.id = n.actor_id
		WHERE n.account_id = @account AND n.actor_id <> 0 AND (n.name LIKE @like ESCAPE '\' OR n.email LIKE @like ESCAPE '\'
			OR u.name LIKE @like ESCAPE '\' OR u.email LIKE @like ESCAPE '\')`,
		sql.Named("account", accountID), sql.Named("like", like)).Scan(&ids).Error
	return ids, err
}

// auditMatch narrows a query of the audit to the query's event, target and times.
func auditMatch(db *gorm.DB, q models.AuditQuery) *gorm.DB {
	switch event := string(q.Event); {
	case strings.HasSuffix(event, "."):
		db = db.Where("substr(event, 1, ?) = ?", len(event), event)
	case event != "":
		db = db.Where("event = ?", event)
	}
	if target := strings.TrimSpace(q.Target); target != "" {
		like := likePattern(target)
		db = db.Where(`(target_id LIKE ? ESCAPE '\' OR target_name LIKE ? ESCAPE '\')`, like, like)
	}
	if q.Before != 0 {
		db = db.Where("id < ?", q.Before)
	}
	if q.From != nil {
		db = db.Where("at >= ?", q.From.UTC())
	}
	if q.Until != nil {
		db = db.Where("at < ?", q.Until.UTC())
	}
	return db
}

// noteNames keeps the names that people have in the transaction's rows, for searches.
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

// KeyHistory returns the newest n rows about the key with the Sid, or CodeNotFound.
func (s *Store) KeyHistory(ctx context.Context, who models.Actor, sid string, n int) ([]models.AuditRow, error) {
	if err := permit(who, models.PermKeysView); err != nil {
		return nil, err
	}
	var rows []models.AuditRow
	err := s.browse(ctx, who, func(db *gorm.DB) error {
		k, err := findKey(db, who, sid)
		if err != nil {
			return err
		}
		return db.Where("account_id = ? AND target_kind = ? AND target_id = ?", k.AccountID, kindKey, k.Sid).
			Order("id DESC").Limit(min(max(n, 1), maxHistory)).Find(&rows).Error
	})
	return rows, err
}

// record adds a finished row, at its own time or now.
func (t *tx) record(row models.AuditRow) {
	if row.At.IsZero() {
		row.At = t.now
	}
	row.At = row.At.UTC().Truncate(time.Microsecond)
	t.rows = append(t.rows, row)
}
