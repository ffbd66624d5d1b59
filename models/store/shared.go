package store

import (
	"gorm.io/gorm"

	"keywicket/models"
)

// catalogueID returns the account whose apps and catalogue the actor's account
// uses: its own, or its master's. Every query of them asks this first.
func catalogueID(db *gorm.DB, accountID int64) (int64, error) {
	var id int64
	err := db.Raw("SELECT CASE WHEN own_catalogue OR parent_id IS NULL THEN id ELSE parent_id END FROM accounts WHERE id = ?",
		accountID).Scan(&id).Error
	return id, err
}

// ofCatalogue narrows a query of apps, families or calls to those that the
// actor's account uses.
func ofCatalogue(db *gorm.DB, who models.Actor) *gorm.DB {
	return db.Where("account_id = (SELECT CASE WHEN own_catalogue OR parent_id IS NULL THEN id ELSE parent_id END "+
		"FROM accounts WHERE id = ?)", who.AccountID)
}

// permitInAccount refuses what the actor's account, being what it is, cannot do. The
// command line, which acts in no account, may do everything.
func (t *tx) permitInAccount(p models.Permission) error {
	if t.who.AccountID == 0 {
		return nil
	}
	a, err := t.accountOf()
	if err != nil {
		return err
	}
	return a.Permits(p)
}

// permitGrants refuses what gives new rights where the actor's account is
// suspended. The command line, which acts in no account, may do everything.
func (t *tx) permitGrants() error {
	if t.who.AccountID == 0 {
		return nil
	}
	a, err := t.accountOf()
	if err != nil {
		return err
	}
	return a.PermitsGrants()
}

// familyKeys narrows a query of keys to those that may list the actor's apps
// and calls and that the actor may see: also those of the accounts below.
func familyKeys(db *gorm.DB, who models.Actor) *gorm.DB {
	if !seesAll(who) {
		return visibleKeys(db, who)
	}
	return db.Where("keys.account_id IN (?)", reached(db, who.AccountID, who.Role).Select("id"))
}

// masterOf returns what the account's pages tell of its master.
func masterOf(db *gorm.DB, a models.Account) (models.MasterRef, error) {
	if !a.Sub() {
		return models.MasterRef{}, nil
	}
	var m models.Account
	err := db.Where("id = ?", *a.ParentID).Take(&m).Error
	return masterRef(m), err
}

func masterRef(m models.Account) models.MasterRef {
	return models.MasterRef{ID: m.ID, Slug: m.Slug, Name: m.Name, Status: m.Status}
}
