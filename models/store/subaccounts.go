package store

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"keywicket/models"
)

// ListSubaccounts returns one page of the master's sub-accounts by name. Instead of a page beyond the last it returns the
// last. In a sub-account it is CodeNotFound.
func (s *Store) ListSubaccounts(ctx context.Context, who models.Actor, q models.SubaccountQuery) (models.SubaccountPage, error) {
	var page models.SubaccountPage
	if err := permit(who, models.PermSubaccountsView); err != nil {
		return page, err
	}
	err := s.browse(ctx, who, func(db *gorm.DB) error {
		if err := (&tx{DB: db, who: who}).permitInAccount(models.PermSubaccountsView); err != nil {
			return err
		}
		all := db.Model(&models.Account{}).Where("parent_id = ?", who.AccountID).Session(&gorm.Session{})
		match := all
		if search := strings.TrimSpace(q.Search); search != "" {
			like := likePattern(search)
			match = all.Where(`(slug LIKE ? ESCAPE '\' OR name LIKE ? ESCAPE '\')`, like, like).Session(&gorm.Session{})
		}
		var count, total int64
		if err := all.Count(&count).Error; err != nil {
			return err
		}
		if err := match.Count(&total).Error; err != nil {
			return err
		}
		page.Count, page.Total = int(count), int(total)
		page.Page, page.Pages = pageOf(q.Page, page.Total, models.SubaccountsPerPage)
		return match.Select(subColumns).Order("lower(name), id").
			Offset((page.Page - 1) * models.SubaccountsPerPage).Limit(models.SubaccountsPerPage).Scan(&page.Rows).Error
	})
	return page, err
}

const subColumns = `accounts.*,
	(SELECT count(*) FROM keys WHERE keys.account_id = accounts.id) AS keys,
	(SELECT count(*) FROM apps WHERE apps.account_id = ` + catalogueOwner + `) AS apps,
	(SELECT count(*) FROM members WHERE members.account_id = accounts.id) AS people`

// Sub returns the master's sub-account with the slug, or CodeNotFound.
func (s *Store) Sub(ctx context.Context, who models.Actor, slug string) (models.SubaccountRow, error) {
	var row models.SubaccountRow
	if err := permit(who, models.PermSubaccountsView); err != nil {
		return row, err
	}
	err := s.rdb.WithContext(ctx).Model(&models.Account{}).Select(subColumns).
		Where("parent_id = ? AND slug = ?", who.AccountID, slug).Take(&row).Error
	return row, classify(orNotFound(err, "errors.sub.not_found"))
}

func findSubaccount(db *gorm.DB, who models.Actor, slug string) (models.Account, error) {
	var a models.Account
	err := db.Where("parent_id = ? AND slug = ?", who.AccountID, slug).Take(&a).Error
	return a, orNotFound(err, "errors.sub.not_found")
}

// CreateSubaccount creates a sub-account of the actor's account. It begins with the master's policies, and without
// keys and people of its own: the master's Owners and Admins have their role in it. A slug in use is CodeConflict.
func (s *Store) CreateSubaccount(ctx context.Context, who models.Actor, n models.NewSubaccount) (models.Account, error) {
	var a models.Account
	n, err := models.CheckSubaccount(n)
	if err != nil {
		return a, err
	}
	err = s.act(ctx, who, models.PermSubaccountsManage, func(t *tx) error {
		master, err := t.accountOf()
		if err != nil {
			return err
		}
		if err := master.PermitsGrants(); err != nil {
			return err
		}
		a, err = t.createSubaccount(master, n)
		return err
	})
	return a, err
}

func (t *tx) createSubaccount(master models.Account, n models.NewSubaccount) (models.Account, error) {
	a := master
	a.ID, a.ParentID, a.CreatedAt = 0, &master.ID, t.now
	a.Name, a.OwnCatalogue, a.Status, a.StatusAt = n.Name, n.OwnCatalogue, models.AccountActive, nil
	var err error
	if a.Slug, err = t.newSlug(n.Slug, n.Name); err != nil {
		return a, err
	}
	if err := t.Create(&a).Error; err != nil {
		return a, err
	}
	t.touchAccount(a.ID)
	return a, t.auditSub(master, a, models.EventAccountCreate, nil, facts{"name": a.Name, "own_catalogue": a.OwnCatalogue, "master": master.Name})
}

// newSlug returns the requested slug, or one made from the name.
func (t *tx) newSlug(slug, name string) (string, error) {
	if slug == "" {
		return t.freeSlug(name)
	}
	var n int64
	if err := t.Model(&models.Account{}).Where("slug = ?", slug).Count(&n).Error; err != nil {
		return "", err
	}
	if n > 0 {
		return "", models.Refuse(models.CodeConflict, "slug", "errors.slug.taken", "Slug", slug)
	}
	return slug, nil
}

// auditSub records what was done to a sub-account in its master's audit and in its own.
func (t *tx) auditSub(master, a models.Account, event models.Event, before, after facts) error {
	if err := t.auditIn(master.ID, event, kindAccount, a.Slug, a.Name, before, after); err != nil {
		return err
	}
	return t.auditIn(a.ID, event, kindAccount, a.Slug, a.Name, before, after)
}

// changeSubaccount finds the sub-account with the slug and lets fn change it.
func (s *Store) changeSubaccount(ctx context.Context, who models.Actor, slug string, fn func(t *tx, master, a models.Account) error) error {
	return s.act(ctx, who, models.PermSubaccountsManage, func(t *tx) error {
		master, err := t.accountOf()
		if err != nil {
			return err
		}
		a, err := findSubaccount(t.DB, t.who, slug)
		if err != nil {
			return err
		}
		return fn(t, master, a)
	})
}

// RenameSubaccount changes the name of the master's sub-account. The slug stays.
func (s *Store) RenameSubaccount(ctx context.Context, who models.Actor, slug, name string) error {
	name, err := models.CleanName("name", name, true)
	if err != nil {
		return err
	}
	return s.changeSubaccount(ctx, who, slug, func(t *tx, master, a models.Account) error {
		if a.Name == name {
			return nil
		}
		if err := t.fresh(models.NameSection(a.Name), models.NameSection(name)); err != nil {
			return err
		}
		was := a.Name
		a.Name = name
		if err := t.Model(&models.Account{}).Where("id = ?", a.ID).Update("name", name).Error; err != nil {
			return err
		}
		t.touchAccount(a.ID)
		return t.auditSub(master, a, models.EventAccountUpdate, facts{"name": was}, facts{"name": name})
	})
}

// SetSubaccountStatus suspends or reopens the master's sub-account. The gate denies all keys of a suspended account with
// account_suspended.
func (s *Store) SetSubaccountStatus(ctx context.Context, who models.Actor, slug string, status models.AccountStatus) error {
	return s.changeSubaccount(ctx, who, slug, func(t *tx, master, a models.Account) error {
		if status == models.AccountActive {
			if err := master.PermitsGrants(); err != nil {
				return err
			}
		}
		if err := t.freshStatusOf(a); err != nil || a.Status == status {
			return err
		}
		return t.setStatus(a, status, func(event models.Event, before, after facts) error {
			return t.auditSub(master, a, event, before, after)
		})
	})
}

// freshStatusOf refuses to suspend or reopen a sub-account whose status differs from the one that the person saw.
func (t *tx) freshStatusOf(a models.Account) error {
	if t.who.FormVersion == "" {
		return nil
	}
	var keys int64
	if err := t.Model(&models.Key{}).Where("account_id = ?", a.ID).Count(&keys).Error; err != nil {
		return err
	}
	return t.fresh(models.SubaccountStatusSection(a, int(keys)), nil)
}

// SetAccountStatus suspends or reopens any account, for the command line. Sub-accounts are suspended with their master,
// and reopen with it unless they are suspended themselves.
func (s *Store) SetAccountStatus(ctx context.Context, who models.Actor, slug string, status models.AccountStatus) error {
	return s.write(ctx, who, func(t *tx) error {
		var a models.Account
		if err := t.Where("slug = ?", slug).Take(&a).Error; err != nil {
			return orNotFound(err, "errors.account.not_found")
		}
		return t.setStatus(a, status, func(event models.Event, before, after facts) error {
			return t.auditIn(a.ID, event, kindAccount, a.Slug, a.Name, before, after)
		})
	})
}

func (t *tx) setStatus(a models.Account, status models.AccountStatus, audit func(models.Event, facts, facts) error) error {
	event := models.EventAccountSuspend
	switch status {
	case models.AccountSuspended:
	case models.AccountActive:
		event = models.EventAccountReopen
	default:
		return models.Refuse(models.CodeInvalid, "status", "errors.choice")
	}
	if a.Status == status {
		return nil
	}
	if err := t.Model(&models.Account{}).Where("id = ?", a.ID).Updates(map[string]any{"status": status, "status_at": t.now}).Error; err != nil {
		return err
	}
	t.touchAccount(a.ID)
	return audit(event, facts{"status": a.Status}, facts{"status": status})
}
