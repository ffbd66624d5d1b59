package store

import (
	"gorm.io/gorm"

	"keywicket/models"
)

// catalogueOwner is the SQL of [models.Account.CatalogueID]: the account whose apps and API Catalogue an account uses.
const catalogueOwner = "CASE WHEN accounts.own_catalogue OR accounts.parent_id IS NULL THEN accounts.id ELSE accounts.parent_id END"

// catalogueID returns the account whose apps and API Catalogue the account with the id uses.
func catalogueID(db *gorm.DB, accountID int64) (int64, error) {
	var id int64
	err := db.Raw("SELECT "+catalogueOwner+" FROM accounts WHERE id = ?", accountID).Scan(&id).Error
	return id, err
}

// ofCatalogue narrows a query of apps, families or APIs to those that the actor's account uses.
func ofCatalogue(db *gorm.DB, who models.Actor) *gorm.DB {
	return db.Where("account_id = (SELECT "+catalogueOwner+" FROM accounts WHERE id = ?)", who.AccountID)
}

// permitInAccount returns an error for what the actor's account does not permit, such as changes while it is suspended.
// It permits everything to the command line, which acts in no account.
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

// permitGrants refuses changes that grant new rights while the actor's account is suspended. It permits everything to
// the command line, which acts in no account.
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

// familyKeys narrows a query of keys to those that may list the actor's apps and APIs and that the actor may see, those
// of sub-accounts included.
func familyKeys(db *gorm.DB, who models.Actor) *gorm.DB {
	if !who.Role.SeesAllKeys() {
		return visibleKeys(db, who)
	}
	return db.Where("keys.account_id IN (?)", reached(db, who.AccountID, who.Role).Select("id"))
}

// masterOf returns what the account's pages show of its master.
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
