package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"

	"keywicket/models"
)

// dayForm is the format of days in the tables of usage.
const dayForm = "2006-01-02"

// visibleKeys narrows a query of keys to those that the actor may see: their own, or all where their role sees all
// keys.
func visibleKeys(db *gorm.DB, who models.Actor) *gorm.DB {
	db = db.Where("keys.account_id = ?", who.AccountID)
	if !who.Role.SeesAllKeys() {
		db = db.Where("keys.owner_id = ?", who.UserID)
	}
	return db
}

// findKey returns the key with the Sid, or CodeNotFound.
func findKey(db *gorm.DB, who models.Actor, sid string) (models.Key, error) {
	var k models.Key
	err := visibleKeys(db, who).Where("keys.sid = ?", sid).Take(&k).Error
	return k, orNotFound(err, "errors.key.not_found")
}

// keyCounts are the figures above the list.
type keyCounts struct {
	InUse, Enabled, Disabled, Expired, Expiring, Total int
}

// ListKeys returns one page of the account's keys that the actor may see, without hashes and sealed values. InUse
// counts the whole account, the other figures what the actor may see. Instead of a page beyond the last it returns the
// last.
func (s *Store) ListKeys(ctx context.Context, who models.Actor, q models.KeyQuery) (models.KeyPage, error) {
	var page models.KeyPage
	if err := permit(who, models.PermKeysView); err != nil {
		return page, err
	}
	now := s.now()
	err := s.browse(ctx, who, func(db *gorm.DB) error {
		counts, err := countKeys(db, who, q, now)
		if err != nil {
			return err
		}
		page = models.KeyPage{
			Total: counts.Total, InUse: counts.InUse, Enabled: counts.Enabled,
			Disabled: counts.Disabled, Expired: counts.Expired, Expiring: counts.Expiring,
		}
		page.Page, page.Pages = pageOf(q.Page, counts.Total, models.KeysPerPage)
		if q.All {
			page.Page, page.Pages = 1, 1
		}
		if page.Rows, err = keyRows(db, who, q, now, page.Page); err != nil || q.All {
			return err
		}
		if err := addPeople(db, who, &page); err != nil {
			return err
		}
		return addSparks(db, who.AccountID, page.Rows, now)
	})
	return page, err
}

// countKeys computes all figures in one pass over the account's keys.
func countKeys(db *gorm.DB, who models.Actor, q models.KeyQuery, now time.Time) (keyCounts, error) {
	mine := "account_id = @account"
	if who.Role != models.RoleOwner && who.Role != models.RoleAdmin {
		mine = "owner_id = @me"
	}
	match, values := keyMatch(who, q, now)
	sum := func(condition string) string {
		return "coalesce(sum(CASE WHEN " + mine + " AND " + condition + " THEN 1 ELSE 0 END), 0)"
	}
	var c keyCounts
	err := db.Raw(`SELECT count(*) AS in_use,
		`+sum("enabled")+` AS enabled,
		`+sum("NOT enabled")+` AS disabled,
		`+sum(isExpired)+` AS expired,
		`+sum(isExpiring)+` AS expiring,
		`+sum(match)+` AS total
		FROM keys WHERE account_id = @account`, values).Scan(&c).Error
	return c, err
}

const (
	isExpired  = "expires_at <= @now"
	isExpiring = "enabled AND expires_at > @now AND expires_at <= @soon"
	isUnused   = "coalesce(last_used_at, created_at) <= @idle"
	isSought   = `(name LIKE @like ESCAPE '\' OR description LIKE @like ESCAPE '\' OR sid LIKE @like ESCAPE '\'
		OR prefix LIKE @like ESCAPE '\' OR last4 = @sought OR username LIKE @like ESCAPE '\'
		OR EXISTS (SELECT 1 FROM users WHERE users.id = keys.owner_id
			AND (users.name LIKE @like ESCAPE '\' OR users.email LIKE @like ESCAPE '\')))`
)

// keyMatch returns the condition of the search and the filters, with the values that it and the figures name.
func keyMatch(who models.Actor, q models.KeyQuery, now time.Time) (string, map[string]any) {
	sought := strings.TrimSpace(q.Search)
	conditions := []string{"account_id = @account"}
	narrow := func(wanted bool, condition string) {
		if wanted {
			conditions = append(conditions, condition)
		}
	}
	narrow(sought != "", isSought)
	narrow(q.Filter == models.FilterEnabled, "enabled")
	narrow(q.Filter == models.FilterDisabled, "NOT enabled")
	narrow(q.Filter == models.FilterExpired, isExpired)
	narrow(q.Filter == models.FilterExpiring, isExpiring)
	narrow(q.Channel != "", "channel = @channel")
	narrow(q.OwnerID != 0, "owner_id = @owner")
	narrow(q.CreatedBy != "", "created_by = @by")
	narrow(q.Unused, isUnused)
	return "(" + strings.Join(conditions, " AND ") + ")", map[string]any{
		"account": who.AccountID, "me": who.UserID, "sought": sought, "like": likePattern(sought),
		"channel": q.Channel, "owner": q.OwnerID, "by": q.CreatedBy,
		"now": now, "soon": now.AddDate(0, 0, models.ExpiringDays), "idle": now.AddDate(0, 0, -models.UnusedDays),
	}
}

// maxSought is the maximum length of a search in characters: longer than any name, and far below the length at which
// SQLite refuses a pattern.
const maxSought = 600

// likePattern returns the LIKE pattern, with \ as its escape, of texts that contain s.
func likePattern(s string) string {
	s = norm.NFC.String(s) // as names are kept
	if r := []rune(s); len(r) > maxSought {
		s = string(r[:maxSought])
	}
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) + "%"
}

// keyOrder returns the order of the list. Its last word makes it total, so that no key is on two pages.
func keyOrder(by models.KeySort) string {
	switch by {
	case models.SortName:
		return "lower(name), id"
	case models.SortUsed:
		return "last_used_at DESC NULLS LAST, id DESC"
	case models.SortExpiry:
		return "expires_at ASC NULLS LAST, id DESC"
	case models.SortCreated:
	}
	return "created_at DESC, id DESC"
}

func keyRows(db *gorm.DB, who models.Actor, q models.KeyQuery, now time.Time, page int) ([]models.KeyRow, error) {
	match, values := keyMatch(who, q, now)
	var rows []models.KeyRow
	size := models.KeysPerPage
	if q.All {
		size = models.MaxKeysPerAccount
	}
	err := visibleKeys(db.Model(&models.Key{}), who).
		Select(`id, account_id, owner_id, sid, name, description, channel, enabled, status_at, expires_at, scope_apps, scope_apis,
			username, prefix, last4, credential_at, visibility, rate_requests, rate_window_sec, created_by, created_at, updated_at,
			last_used_at, last_used_ip, last_used_api,
			(SELECT users.name FROM users WHERE users.id = keys.owner_id) AS owner_name,
			(SELECT users.email FROM users WHERE users.id = keys.owner_id) AS owner_email,
			(SELECT count(*) FROM key_apps WHERE key_apps.key_id = keys.id) AS app_count,
			(SELECT count(*) FROM key_apis WHERE key_apis.key_id = keys.id) AS api_count,
			(SELECT count(*) FROM key_ips WHERE key_ips.key_id = keys.id) AS ip_count`).
		Where(match, values).Order(keyOrder(q.Sort)).
		Offset((page - 1) * size).Limit(size).
		Scan(&rows).Error
	return rows, err
}

// addPeople adds the owners and makers of keys to which the actor can narrow the list.
func addPeople(db *gorm.DB, who models.Actor, page *models.KeyPage) error {
	var pairs []struct {
		OwnerID   int64
		CreatedBy string
		Name      string
		Email     string
	}
	err := visibleKeys(db.Model(&models.Key{}), who).Distinct("keys.owner_id", "keys.created_by", "users.name", "users.email").
		Joins("JOIN users ON users.id = keys.owner_id").Order("lower(users.name), users.id").Scan(&pairs).Error
	if err != nil {
		return err
	}
	for _, p := range pairs {
		owner := models.KeyOwner{ID: p.OwnerID, Name: p.Name, Email: p.Email}
		if !slices.Contains(page.Owners, owner) {
			page.Owners = append(page.Owners, owner)
		}
		if p.CreatedBy != "" && !slices.Contains(page.Creators, p.CreatedBy) {
			page.Creators = append(page.Creators, p.CreatedBy)
		}
	}
	slices.Sort(page.Creators)
	return nil
}

// addSparks adds the allowed requests of the last days to the rows.
func addSparks(db *gorm.DB, accountID int64, rows []models.KeyRow, now time.Time) error {
	if len(rows) == 0 {
		return nil
	}
	at := make(map[int64]*models.KeyRow, len(rows))
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i], at[rows[i].ID] = rows[i].ID, &rows[i]
	}
	first := now.AddDate(0, 0, 1-models.ChartDays)
	// One row for a key instead of one for a day: a page has thousands of days.
	var sums []struct {
		KeyID int64
		Days  string
	}
	err := db.Model(&usageDay{}).Select("key_id, string_agg(day || '=' || count, ' ') AS days").
		Where("account_id = ? AND key_id IN ? AND day >= ? AND reason = ?", accountID, ids, first.Format(dayForm), models.ReasonAllowed).
		Group("key_id").Scan(&sums).Error
	if err != nil {
		return err
	}
	index := make(map[string]int, models.ChartDays)
	for i := range models.ChartDays {
		index[first.AddDate(0, 0, i).Format(dayForm)] = i
	}
	for _, sum := range sums {
		if row := at[sum.KeyID]; row != nil {
			row.Spark = spark(sum.Days, index)
		}
	}
	return nil
}

// spark parses "2026-01-02=7 2026-01-03=1" into a count for each day of the index. It returns nil without counts.
func spark(days string, index map[string]int) []int {
	var counts []int
	for text := range strings.FieldsSeq(days) {
		day, n, _ := strings.Cut(text, "=")
		i, known := index[day]
		count, err := strconv.Atoi(n)
		if !known || err != nil {
			continue
		}
		if counts == nil {
			counts = make([]int, models.ChartDays)
		}
		counts[i] += count
	}
	return counts
}

// pageOf returns the page to show when page asked is asked for, and the number of pages, which is at least 1.
func pageOf(asked, total, size int) (page, pages int) {
	pages = max(1, (total+size-1)/size)
	return min(max(asked, 1), pages), pages
}

// Key returns the key with the Sid and its whole policy, without hashes and sealed value, or CodeNotFound.
func (s *Store) Key(ctx context.Context, who models.Actor, sid string) (models.KeyDetail, error) {
	var d models.KeyDetail
	if err := permit(who, models.PermKeysView); err != nil {
		return d, err
	}
	err := s.read(ctx, func(db *gorm.DB) error {
		var err error
		if d.Key, err = findKey(db, who, sid); err != nil {
			return err
		}
		d.Key = withoutSecrets(d.Key)
		err = ofCatalogue(db, who).Where("id IN (SELECT app_id FROM key_apps WHERE key_id = ?)", d.ID).
			Order("lower(name), id").Find(&d.Apps).Error
		if err != nil {
			return err
		}
		err = ofCatalogue(db, who).Where("id IN (SELECT api_id FROM key_apis WHERE key_id = ?)", d.ID).
			Order("family_id, name").Find(&d.APIs).Error
		if err != nil {
			return err
		}
		if d.Plugins, err = keyPlugins(db, d.Key); err != nil {
			return err
		}
		if d.Previous, err = s.previousOf(db, d.Key); err != nil {
			return err
		}
		return db.Where("key_id = ?", d.ID).Order("id").Find(&d.IPs).Error
	})
	return d, err
}

// withoutSecrets returns the key without its hashes and its sealed value, as it may leave the store.
func withoutSecrets(k models.Key) models.Key {
	k.Hash, k.SecretHash, k.Sealed, k.IdempotencyKey, k.IdempotencySession = nil, "", nil, nil, ""
	return k
}

// KeyHash returns the keyed hash of the key with the Sid, for the Tester.
func (s *Store) KeyHash(ctx context.Context, who models.Actor, sid string) ([32]byte, error) {
	var h [32]byte
	if err := permit(who, models.PermTester); err != nil {
		return h, err
	}
	k, err := findKey(s.rdb.WithContext(ctx), who, sid)
	copy(h[:], k.Hash)
	return h, classify(err)
}
