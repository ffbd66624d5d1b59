package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"keywicket/models"
)

const (
	kindApp = "app"
	// namedInRefusal is how many duplicates a refusal names.
	namedInRefusal = 10
)

// ListApps returns one page of the account's apps by name, or all of them. Instead of a page beyond the last it returns
// the last.
func (s *Store) ListApps(ctx context.Context, who models.Actor, q models.AppQuery) (models.AppPage, error) {
	var page models.AppPage
	if err := permit(who, models.PermAppsView); err != nil {
		return page, err
	}
	err := s.browse(ctx, who, func(db *gorm.DB) error {
		match := ofCatalogue(db.Model(&models.App{}), who)
		if search := strings.TrimSpace(q.Search); search != "" {
			like := likePattern(search)
			match = match.Where(`(app_id LIKE ? ESCAPE '\' OR name LIKE ? ESCAPE '\')`, like, like)
		}
		match = match.Session(&gorm.Session{})
		var total int64
		if err := match.Count(&total).Error; err != nil {
			return err
		}
		page.Total = int(total)
		page.Page, page.Pages = pageOf(q.Page, page.Total, models.AppsPerPage)
		rows := match.Select("apps.*, (?) AS key_count", listingKeys(db, who, appScope(), "apps")).Order("lower(name), id")
		if q.All {
			page.Page, page.Pages = 1, 1
		} else {
			rows = rows.Offset((page.Page - 1) * models.AppsPerPage).Limit(models.AppsPerPage)
		}
		return rows.Scan(&page.Rows).Error
	})
	return page, err
}

// AppCount returns the number of the account's apps.
func (s *Store) AppCount(ctx context.Context, who models.Actor) (int, error) {
	if err := permit(who, models.PermAppsView); err != nil {
		return 0, err
	}
	var n int64
	err := ofCatalogue(s.rdb.WithContext(ctx).Model(&models.App{}), who).Count(&n).Error
	return int(n), classify(err)
}

// App returns the app with the id, or CodeNotFound.
func (s *Store) App(ctx context.Context, who models.Actor, id int64) (models.App, error) {
	if err := permit(who, models.PermAppsView); err != nil {
		return models.App{}, err
	}
	a, err := findApp(s.rdb.WithContext(ctx), who, id)
	return a, classify(err)
}

func findApp(db *gorm.DB, who models.Actor, id int64) (models.App, error) {
	var a models.App
	err := ofCatalogue(db, who).Where("id = ?", id).Take(&a).Error
	return a, orNotFound(err, "errors.app.not_found")
}

// AddApps adds all of the apps, or none, and returns their number. App ids that exist, or that are in the list twice,
// are CodeConflict, and the refusal names them. An app without a name is named by its app id.
func (s *Store) AddApps(ctx context.Context, who models.Actor, apps []models.NewApp) (int, error) {
	if len(apps) > models.MaxPastedApp {
		return 0, models.Refuse(models.CodeLimit, "apps", "errors.apps.too_many", "Max", models.MaxPastedApp)
	}
	rows, err := cleanApps(who.AccountID, apps)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	err = s.act(ctx, who, models.PermAppsManage, func(t *tx) error {
		have, err := t.haveApps(rows)
		if err != nil {
			return err
		}
		if len(have) > 0 {
			return duplicateApps(have)
		}
		for i := range rows {
			rows[i].ID, rows[i].CreatedAt = 0, t.now
		}
		if err := t.CreateInBatches(&rows, insertBatch).Error; err != nil {
			return err
		}
		t.touchAccount(t.who.AccountID)
		return t.auditNewApps(rows)
	})
	if err != nil {
		return 0, err
	}
	return len(rows), nil
}

func cleanApps(accountID int64, apps []models.NewApp) ([]models.App, error) {
	rows := make([]models.App, 0, len(apps))
	seen := make(map[string]bool, len(apps))
	var twice []string
	for _, a := range apps {
		a, err := models.CheckApp(a)
		if err != nil {
			return nil, err
		}
		if seen[a.AppID] {
			twice = append(twice, a.AppID)
		}
		seen[a.AppID] = true
		rows = append(rows, models.App{AccountID: accountID, AppID: a.AppID, Name: a.Name})
	}
	if len(twice) > 0 {
		return nil, duplicateApps(twice)
	}
	return rows, nil
}

func duplicateApps(ids []string) error {
	named := strings.Join(ids[:min(len(ids), namedInRefusal)], ", ")
	if len(ids) > namedInRefusal {
		named += ", …"
	}
	return models.Refuse(models.CodeConflict, "app_id", "errors.app.duplicate", "Count", len(ids), "IDs", named)
}

// haveApps returns the app ids of rows that the account has already.
func (t *tx) haveApps(rows []models.App) ([]string, error) {
	var have []string
	for part := range slices.Chunk(rows, idBatch) {
		ids := make([]string, len(part))
		for i, a := range part {
			ids[i] = a.AppID
		}
		var found []string
		err := t.Model(&models.App{}).Where("account_id = ? AND app_id IN ?", t.who.AccountID, ids).
			Order("app_id").Pluck("app_id", &found).Error
		if err != nil {
			return nil, err
		}
		have = append(have, found...)
	}
	return have, nil
}

// auditNewApps records one row for one app, and a single row for many.
func (t *tx) auditNewApps(rows []models.App) error {
	if len(rows) == 1 {
		return t.audit(models.EventAppCreate, kindApp, rows[0].AppID, rows[0].Name, nil,
			facts{"app_id": rows[0].AppID, "name": rows[0].Name})
	}
	named := make([]string, 0, namedInAudit)
	for _, a := range rows[:min(len(rows), namedInAudit)] {
		named = append(named, a.AppID+" "+a.Name)
	}
	return t.audit(models.EventAppCreate, kindApp, rows[0].AppID, rows[0].Name+" + "+strconv.Itoa(len(rows)-1), nil,
		facts{"count": len(rows), "apps": named})
}

// RenameApp changes the name of an app.
func (s *Store) RenameApp(ctx context.Context, who models.Actor, id int64, name string) error {
	name, err := models.CleanName("name", name, true)
	if err != nil {
		return err
	}
	return s.act(ctx, who, models.PermAppsManage, func(t *tx) error {
		a, err := findApp(t.DB, t.who, id)
		if err != nil || a.Name == name {
			return err
		}
		if err := t.fresh(models.NameSection(a.Name), models.NameSection(name)); err != nil {
			return err
		}
		if err := t.Model(&models.App{}).Where("account_id = ? AND id = ?", t.who.AccountID, id).
			Update("name", name).Error; err != nil {
			return err
		}
		t.touchAccount(t.who.AccountID)
		return t.audit(models.EventAppUpdate, kindApp, a.AppID, name, facts{"name": a.Name}, facts{"name": name})
	})
}

// RemoveApp removes the app, and with it the entries of App Lists that name it, those of sub-accounts too.
func (s *Store) RemoveApp(ctx context.Context, who models.Actor, id int64) error {
	return s.act(ctx, who, models.PermAppsManage, func(t *tx) error {
		a, err := findApp(t.DB, t.who, id)
		if err != nil {
			return err
		}
		if err := t.freshListed(appScope(), id, a.Name); err != nil {
			return err
		}
		listed, err := t.touchListed(appScope(), id)
		if err != nil {
			return err
		}
		if err := t.Where("account_id = ? AND id = ?", t.who.AccountID, id).Delete(&models.App{}).Error; err != nil {
			return err
		}
		t.touchAccount(t.who.AccountID)
		return t.audit(models.EventAppDelete, kindApp, a.AppID, a.Name,
			facts{"app_id": a.AppID, "name": a.Name, "keys": listed}, nil)
	})
}

// freshListed refuses to remove a thing when other keys list it than those that the confirmation named.
func (t *tx) freshListed(sc scope, id int64, name string) error {
	if t.who.FormVersion == "" {
		return nil
	}
	keys, err := listedKeys(t.DB, t.who, sc, id)
	if err != nil {
		return err
	}
	return t.fresh(models.ListedSection(name, keys), nil)
}

// touchListed marks the keys whose list names the thing as changed, and returns their names for the audit.
func (t *tx) touchListed(sc scope, id int64) ([]string, error) {
	var keys []models.Key
	err := t.Where("id IN (SELECT key_id FROM "+sc.list+" WHERE account_id = ? AND "+sc.column+" = ?)",
		t.who.AccountID, id).Order("id").Find(&keys).Error
	names := make([]string, 0, min(len(keys), namedInAudit))
	for _, k := range keys {
		t.touchKey(k)
		if len(names) < namedInAudit {
			names = append(names, k.Name)
		}
	}
	return names, err
}

// AppKeys returns, by name, the keys that the actor sees and whose App List names the app, or CodeNotFound. Owners and
// Admins of a master account also see those of its sub-accounts.
func (s *Store) AppKeys(ctx context.Context, who models.Actor, id int64) ([]models.ListedKey, error) {
	return s.keysNaming(ctx, who, models.PermAppsView, appScope(), id, func(db *gorm.DB) error {
		_, err := findApp(db, who, id)
		return err
	})
}

// keysNaming returns, by name, the keys that the actor sees and whose list of the scope names the id. find returns
// CodeNotFound if the actor's account has no such thing.
func (s *Store) keysNaming(ctx context.Context, who models.Actor, perm models.Permission, sc scope, id int64, find func(*gorm.DB) error) ([]models.ListedKey, error) {
	if err := permit(who, perm); err != nil {
		return nil, err
	}
	var keys []models.ListedKey
	err := s.read(ctx, func(db *gorm.DB) error {
		err := find(db)
		if err == nil {
			keys, err = listedKeys(db, who, sc, id)
		}
		return err
	})
	return keys, err
}

// listingKeys counts the keys that the actor sees and whose list names a row of the outer query.
func listingKeys(db *gorm.DB, who models.Actor, sc scope, outer string) *gorm.DB {
	return familyKeys(db.Session(&gorm.Session{NewDB: true}).Table("keys").Select("count(*)"), who).
		Joins("JOIN " + sc.list + " ON " + sc.list + ".key_id = keys.id").
		Where(sc.list + ".account_id = " + outer + ".account_id AND " + sc.list + "." + sc.column + " = " + outer + ".id")
}

func listedKeys(db *gorm.DB, who models.Actor, sc scope, id int64) ([]models.ListedKey, error) {
	var keys []models.ListedKey
	err := familyKeys(db.Table("keys"), who).Select("keys.sid, keys.name, accounts.slug, accounts.name AS account").
		Joins("JOIN accounts ON accounts.id = keys.account_id").
		Where("keys.id IN (SELECT key_id FROM "+sc.list+" WHERE "+sc.column+" = ?)", id).
		Order("accounts.parent_id IS NOT NULL, lower(keys.name), keys.id").Scan(&keys).Error
	return keys, err
}
