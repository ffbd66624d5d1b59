package store

import (
	"errors"

	"gorm.io/gorm"

	"keywicket/models"
)

// catalogueID gives the account whose apps and catalogue the actor's account
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

// permitHere refuses what the actor's account, being what it is, cannot do. The
// command line, which acts in no account, may do everything.
func (t *tx) permitHere(p models.Permission) error {
	if t.who.AccountID == 0 {
		return nil
	}
	a, err := t.accountOf()
	if err != nil {
		return err
	}
	return a.Permits(p)
}

// familyKeys narrows a query of keys to those that may list the actor's apps
// and calls and that the actor may see: also the sub-accounts' for Owners and
// Admins of the master.
func familyKeys(db *gorm.DB, who models.Actor) *gorm.DB {
	if !seesAll(who) {
		return visibleKeys(db, who)
	}
	return db.Where("keys.account_id IN (SELECT id FROM accounts WHERE id = ? OR parent_id = ?)", who.AccountID, who.AccountID)
}

// masterOf gives what the account's pages tell of its master.
func masterOf(db *gorm.DB, a models.Account) (models.MasterRef, error) {
	if !a.Sub() {
		return models.MasterRef{}, nil
	}
	var m models.Account
	err := db.Where("id = ?", *a.ParentID).Take(&m).Error
	return models.MasterRef{ID: m.ID, Slug: m.Slug, Name: m.Name, Status: m.Status}, err
}

// placeOf gives the person's place in the account. Owners and Admins of the
// master have theirs in each of its sub-accounts; who is a member of both has
// the higher role.
func placeOf(db *gorm.DB, a models.Account, userID int64) (models.Member, error) {
	m, err := activeMember(db, a.ID, userID)
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) || !a.Sub() {
		return m, err
	}
	above, failed := activeMember(db, *a.ParentID, userID)
	switch {
	case errors.Is(failed, gorm.ErrRecordNotFound), failed == nil && !above.Role.Can(models.PermSubsView):
		return m, err
	case failed != nil:
		return m, failed
	case err != nil || above.Role == models.RoleOwner || m.Role == models.RoleMember:
		above.AccountID = a.ID
		return above, nil
	}
	return m, nil
}

func activeMember(db *gorm.DB, accountID, userID int64) (models.Member, error) {
	var m models.Member
	err := db.Where("account_id = ? AND user_id = ? AND disabled_at IS NULL", accountID, userID).Take(&m).Error
	return m, err
}
