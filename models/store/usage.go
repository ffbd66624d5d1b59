package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"keywicket/models"
	"keywicket/models/usage"
)

// maxUsageDays is how many days usage is kept and can be asked for.
const maxUsageDays = 400

// usageDay is a row of the table usage_days.
type usageDay struct {
	AccountID int64  `gorm:"primaryKey;autoIncrement:false"`
	KeyID     int64  `gorm:"primaryKey;autoIncrement:false"`
	Day       string `gorm:"primaryKey"`
	Reason    string `gorm:"primaryKey"`
	Count     int64
}

// accountDay is a row of the table account_days: the sum of usage_days over the account's keys.
type accountDay struct {
	AccountID int64  `gorm:"primaryKey;autoIncrement:false"`
	Day       string `gorm:"primaryKey"`
	Reason    string `gorm:"primaryKey"`
	Count     int64
}

// sums returns the sums of the days over the keys of each account.
func sums(days []usageDay) []accountDay {
	at := map[accountDay]int{}
	var list []accountDay
	for _, d := range days {
		where := accountDay{AccountID: d.AccountID, Day: d.Day, Reason: d.Reason}
		i, known := at[where]
		if !known {
			i = len(list)
			at[where], list = i, append(list, where)
		}
		list[i].Count += d.Count
	}
	return list
}

// addCounts adds rows to a table of counts with the key columns.
func addCounts(t *tx, table string, rows any, key ...string) error {
	add := clause.OnConflict{DoUpdates: clause.Set{{Column: clause.Column{Name: "count"}, Value: gorm.Expr(table + ".count + excluded.count")}}}
	for _, name := range key {
		add.Columns = append(add.Columns, clause.Column{Name: name})
	}
	return t.Clauses(add).CreateInBatches(rows, insertBatch).Error
}

// AddUsage adds counts to the stored ones and updates last uses, in one transaction. Counts of deleted keys still count
// for their account.
func (s *Store) AddUsage(ctx context.Context, b usage.Batch) error {
	if b.Empty() {
		return nil
	}
	days := make([]usageDay, len(b.Days))
	for i, d := range b.Days {
		days[i] = usageDay(d)
	}
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		if len(days) > 0 {
			if err := addCounts(t, "usage_days", &days, "account_id", "key_id", "day", "reason"); err != nil {
				return err
			}
			totals := sums(days)
			if err := addCounts(t, "account_days", &totals, "account_id", "day", "reason"); err != nil {
				return err
			}
		}
		for _, l := range b.Last {
			at := t.pastOrNow(l.At)
			err := t.Exec(`UPDATE keys SET last_used_at = ?, last_used_ip = ?, last_used_api = ?
				WHERE id = ? AND (last_used_at IS NULL OR last_used_at <= ? OR last_used_at > ?)`, at, l.IP, l.API, l.KeyID, at, t.now).Error
			if err != nil {
				return err
			}
		}
		return t.addPreviousUses(b.Previous)
	})
}

// pastOrNow returns at, or now where at is in the future because the clock has been set back.
func (t *tx) pastOrNow(at time.Time) time.Time {
	if at = at.UTC(); at.After(t.now) {
		return t.now
	}
	return at
}

// addPreviousUses adds to the uses of previous credentials. Credentials that were swept need no count any more.
func (t *tx) addPreviousUses(uses []usage.PreviousUse) error {
	for _, u := range uses {
		at := t.pastOrNow(u.At)
		err := t.Exec("UPDATE previous_credentials SET uses = uses + ? WHERE id = ?", u.Count, u.PreviousID).Error
		if err != nil {
			return err
		}
		err = t.Exec(`UPDATE previous_credentials SET last_used_at = ?, last_used_ip = ?, last_used_api = ?
			WHERE id = ? AND (last_used_at IS NULL OR last_used_at <= ? OR last_used_at > ?)`, at, u.IP, u.API, u.PreviousID, at, t.now).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// KeyUsage returns the counts of the key's last days, today included, by day and reason, or CodeNotFound.
func (s *Store) KeyUsage(ctx context.Context, who models.Actor, sid string, days int) ([]models.UsageDay, error) {
	if err := permit(who, models.PermKeysView); err != nil {
		return nil, err
	}
	var all []models.UsageDay
	err := s.browse(ctx, who, func(db *gorm.DB) error {
		k, err := findKey(db, who, sid)
		if err != nil {
			return err
		}
		return s.usageSince(db, who, days).Where("key_id = ?", k.ID).Scan(&all).Error
	})
	return all, err
}

// AccountUsage returns the counts of the account's keys together, or of the actor's own keys where their role does not
// see all keys.
func (s *Store) AccountUsage(ctx context.Context, who models.Actor, days int) ([]models.UsageDay, error) {
	if err := permit(who, models.PermKeysView); err != nil {
		return nil, err
	}
	var all []models.UsageDay
	err := s.browse(ctx, who, func(db *gorm.DB) error {
		if who.Role.SeesAllKeys() {
			return db.Model(&accountDay{}).Select("day, reason, count").
				Where("account_id = ? AND day >= ?", who.AccountID, s.firstDay(days)).
				Order("day, reason").Scan(&all).Error
		}
		own := visibleKeys(db.Model(&models.Key{}).Select("keys.id"), who)
		return s.usageSince(db, who, days).Where("key_id IN (?)", own).Scan(&all).Error
	})
	return all, err
}

// firstDay returns the first of the last days, in UTC.
func (s *Store) firstDay(days int) string {
	return s.now().AddDate(0, 0, 1-min(max(days, 1), maxUsageDays)).Format(dayForm)
}

func (s *Store) usageSince(db *gorm.DB, who models.Actor, days int) *gorm.DB {
	return db.Model(&usageDay{}).Select("day, reason, sum(count) AS count").
		Where("account_id = ? AND day >= ?", who.AccountID, s.firstDay(days)).
		Group("day, reason").Order("day, reason")
}

// PruneUsage deletes counts that are older than the console shows, also those of deleted keys, and returns the number
// of rows.
func (s *Store) PruneUsage(ctx context.Context) (int, error) {
	var n int64
	oldest := s.firstDay(maxUsageDays)
	err := s.write(ctx, models.Actor{}, func(t *tx) error {
		// The sums first: they are few, and without old ones there are no old
		// counts either, which it takes the whole table to see.
		sums := t.Where("day < ?", oldest).Delete(&accountDay{})
		if sums.Error != nil || sums.RowsAffected == 0 {
			return sums.Error
		}
		counts := t.Where("day < ?", oldest).Delete(&usageDay{})
		n = sums.RowsAffected + counts.RowsAffected
		return counts.Error
	})
	if err != nil {
		return 0, err
	}
	return int(n), nil
}
