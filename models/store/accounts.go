package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"gorm.io/gorm"

	"keywicket/models"
)

const kindAccount = "account"

// AccountFor returns the account with the slug and the person's membership of it. Owners and Admins of a master account
// have their role in its sub-accounts. For everybody else the account is CodeNotFound, like one that does not exist.
func (s *Store) AccountFor(ctx context.Context, slug string, userID int64) (models.Account, models.Member, error) {
	var a models.Account
	var m models.Member
	err := s.read(ctx, func(db *gorm.DB) error {
		if err := db.Where("slug = ?", slug).Take(&a).Error; err != nil {
			return err
		}
		var err error
		if m, err = membershipOf(db, a, userID); err != nil {
			return err
		}
		a.Master, err = masterOf(db, a)
		return err
	})
	if err != nil {
		return models.Account{}, models.Member{}, orNotFound(err, "errors.account.not_found")
	}
	return a, m, nil
}

// Accounts returns every account of the installation with its size, for the command line.
func (s *Store) Accounts(ctx context.Context) ([]models.AccountSummary, error) {
	var all []models.AccountSummary
	err := s.rdb.WithContext(ctx).Table("accounts").Select(`accounts.*,
		(SELECT count(*) FROM keys WHERE keys.account_id = accounts.id) AS keys,
		(SELECT count(*) FROM apps WHERE apps.account_id = accounts.id) AS apps,
		(SELECT count(*) FROM apis WHERE apis.account_id = accounts.id) AS apis`).
		Order("accounts.id").Scan(&all).Error
	byID := map[int64]models.Account{}
	for _, a := range all {
		byID[a.ID] = a.Account
	}
	for i, a := range all {
		if a.Sub() {
			all[i].Master = masterRef(byID[*a.ParentID])
		}
	}
	return all, classify(err)
}

// UpdateAccount changes the name and the policies of the actor's account. It calls change inside the transaction with
// the stored account, so fields that change does not set keep their latest values. Changes of slug, status and creation
// time are ignored.
func (s *Store) UpdateAccount(ctx context.Context, who models.Actor, change func(*models.Account)) error {
	return s.act(ctx, who, models.PermAccountEdit, func(t *tx) error {
		var was models.Account
		if err := t.Where("id = ?", t.who.AccountID).Take(&was).Error; err != nil {
			return orNotFound(err, "errors.account.not_found")
		}
		a := was
		change(&a)
		a, err := models.CheckAccount(a)
		if err != nil {
			return err
		}
		if err := t.fresh(models.AccountSection(was), models.AccountSection(a)); err != nil {
			return err
		}
		before, after := changed(accountColumns(was), accountColumns(a))
		if len(after) == 0 {
			return nil
		}
		if err := t.Model(&models.Account{}).Where("id = ?", was.ID).Updates(map[string]any(after)).Error; err != nil {
			return err
		}
		t.touchAccount(was.ID)
		return t.audit(models.EventAccountUpdate, kindAccount, was.Slug, a.Name, before, after)
	})
}

func accountColumns(a models.Account) facts {
	return facts{
		"name": a.Name, "key_visibility": a.KeyVisibility, "pass_unknown_apis": a.PassUnknownAPIs,
		"key_in_query": a.KeyInQuery, "error_dialect": a.ErrorDialect, "rate_per_second": a.RatePerSecond,
		"max_expiry_days": a.MaxExpiryDays, "members_create": a.MembersCreate, "require_reauth": a.RequireReauth, "language": a.Language,
	}
}

// changed returns the columns of which two sets of values differ.
func changed(was, is facts) (before, after facts) {
	before, after = facts{}, facts{}
	for column, v := range is {
		if was[column] != v {
			before[column], after[column] = was[column], v
		}
	}
	return before, after
}

// NavCounts returns the figures of the left panel: the keys and plugins that the actor sees, and the account's apps and
// APIs.
func (s *Store) NavCounts(ctx context.Context, who models.Actor) (models.NavCounts, error) {
	var c models.NavCounts
	db := s.rdb.WithContext(ctx)
	keys := visibleKeys(db.Model(&models.Key{}).Select("count(*)"), who)
	apps := ofCatalogue(db.Model(&models.App{}).Select("count(*)"), who)
	apis := ofCatalogue(db.Model(&models.API{}).Select("count(*)"), who)
	plugins := pluginRows(db.Select("count(*)"), who)
	err := db.Raw("SELECT (?) AS keys, (?) AS apps, (?) AS apis, (?) AS plugins", keys, apps, apis, plugins).Scan(&c).Error
	return c, classify(err)
}

// OwnerActor returns an actor for the command line: the oldest Owner of the account with the slug, or of its master
// where it has none. An empty slug is the only account; with several accounts it is CodeInvalid.
func (s *Store) OwnerActor(ctx context.Context, slug string) (models.Actor, error) {
	var who models.Actor
	err := s.read(ctx, func(db *gorm.DB) error {
		q := db.Table("members").
			Select("accounts.id AS account_id, members.user_id, members.role, users.name, users.email").
			Joins("JOIN users ON users.id = members.user_id").
			Joins("JOIN accounts ON members.account_id IN (accounts.id, accounts.parent_id)").
			Where("members.role = ? AND members.disabled_at IS NULL AND users.disabled_at IS NULL", models.RoleOwner)
		if slug != "" {
			q = q.Where("accounts.slug = ?", slug)
		} else {
			var n int64
			if err := db.Model(&models.Account{}).Count(&n).Error; err != nil {
				return err
			}
			if n > 1 {
				return models.Refuse(models.CodeInvalid, "account", "errors.account.which")
			}
		}
		return q.Order("members.account_id <> accounts.id, members.created_at, members.user_id").Take(&who).Error
	})
	return who, orNotFound(err, "errors.account.not_found")
}

// OldestOwner returns an actor in no account: the person who has been an Owner for longest.
func (s *Store) OldestOwner(ctx context.Context) (models.Actor, error) {
	var who models.Actor
	err := s.rdb.WithContext(ctx).Table("members").Select("members.user_id, members.role, users.name, users.email").
		Joins("JOIN users ON users.id = members.user_id").
		Where("members.role = ? AND members.disabled_at IS NULL AND users.disabled_at IS NULL", models.RoleOwner).
		Order("members.created_at, members.account_id, members.user_id").Take(&who).Error
	return who, classify(orNotFound(err, "errors.user.not_found"))
}

// newMaster returns a new master account with the policies of a fresh installation.
func newMaster(name string, now time.Time) models.Account {
	return models.Account{
		Name: name, Status: models.AccountActive, KeyVisibility: models.Revealable,
		ErrorDialect: models.DialectProblem, OwnCatalogue: true, MembersCreate: true, CreatedAt: now,
	}
}

// freeSlug returns the slug of a new account. It is made from the name, with a number where it is in use.
func (t *tx) freeSlug(name string) (string, error) {
	base := models.Slugify(name)
	if base == "" {
		base = "account"
	}
	for n := max(t.slugs[base], 1); ; n++ {
		slug := base
		if n > 1 {
			slug += "-" + strconv.Itoa(n)
		}
		var a models.Account
		err := t.Where("slug = ?", slug).Take(&a).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			if t.slugs == nil {
				t.slugs = map[string]int{}
			}
			t.slugs[base] = n + 1
			return slug, nil
		}
		if err != nil {
			return "", err
		}
	}
}

// accountOf returns the actor's account, with its policies, as the transaction finds it.
func (t *tx) accountOf() (models.Account, error) {
	var a models.Account
	if err := t.Where("id = ?", t.who.AccountID).Take(&a).Error; err != nil {
		return a, orNotFound(err, "errors.account.not_found")
	}
	var err error
	a.Master, err = masterOf(t.DB, a)
	return a, err
}
