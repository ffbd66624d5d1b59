package store

import (
	"context"

	"gorm.io/gorm"

	"keywicket/models"
)

// memberships are the roles of one person, by the accounts of which they are an active member.
type memberships map[int64]models.Role

// in returns the person's role in the account, "" for none: the higher of their own role and the role that they have
// through the master. No other code decides who can enter an account.
func (m memberships) in(a models.Account) models.Role {
	role := m[a.ID]
	if a.Sub() {
		if above := m[*a.ParentID].Below(); above.Above(role) {
			role = above
		}
	}
	return role
}

// reached returns a query of the accounts that a role in the account reaches: the account itself, and its sub-accounts
// where the role has one there.
func reached(db *gorm.DB, accountID int64, role models.Role) *gorm.DB {
	q := db.Session(&gorm.Session{NewDB: true}).Table("accounts")
	if role.Below() == "" {
		return q.Where("accounts.id = ?", accountID)
	}
	return q.Where("(accounts.id = ? OR accounts.parent_id = ?)", accountID, accountID)
}

// membershipsOf returns the person's active memberships that the query includes.
func membershipsOf(db *gorm.DB, userID int64) (memberships, error) {
	all, err := membershipsBy(db.Where("user_id = ?", userID))
	if m := all[userID]; m != nil {
		return m, err
	}
	return memberships{}, err
}

// membershipsBy returns the active memberships that the query finds, by person.
func membershipsBy(db *gorm.DB) (map[int64]memberships, error) {
	var rows []models.Member
	err := db.Where("disabled_at IS NULL").Find(&rows).Error
	all := map[int64]memberships{}
	for _, m := range rows {
		if all[m.UserID] == nil {
			all[m.UserID] = memberships{}
		}
		all[m.UserID][m.AccountID] = m.Role
	}
	return all, err
}

// roleIn returns the person's role in the account, "" for none.
func roleIn(db *gorm.DB, a models.Account, userID int64) (models.Role, error) {
	ids := []int64{a.ID}
	if a.Sub() {
		ids = append(ids, *a.ParentID)
	}
	m, err := membershipsOf(db.Where("account_id IN ?", ids), userID)
	return m.in(a), err
}

// membershipOf returns the person's membership of the account, their own or through the master, or gorm's not-found.
func membershipOf(db *gorm.DB, a models.Account, userID int64) (models.Member, error) {
	role, err := roleIn(db, a, userID)
	if err == nil && role == "" {
		err = gorm.ErrRecordNotFound
	}
	if err != nil {
		return models.Member{}, err
	}
	return models.Member{AccountID: a.ID, UserID: userID, Role: role}, nil
}

// accountOrder is the order in which the console lists accounts: the oldest master first, each followed by its
// sub-accounts by name.
const accountOrder = "coalesce(accounts.parent_id, accounts.id), accounts.parent_id IS NOT NULL, lower(accounts.name), accounts.id"

// AccountsOf returns the accounts that the person can enter, in the console's order.
func (s *Store) AccountsOf(ctx context.Context, userID int64) ([]models.Membership, error) {
	var all []models.Membership
	err := s.read(ctx, func(db *gorm.DB) error {
		m, err := membershipsOf(db, userID)
		if err != nil {
			return err
		}
		var accounts []models.Account
		mine := db.Model(&models.Member{}).Select("account_id").Where("user_id = ?", userID)
		err = db.Where("id IN (?) OR parent_id IN (?)", mine, mine).
			Order(accountOrder).Find(&accounts).Error
		for _, a := range accounts {
			if role := m.in(a); role != "" {
				all = append(all, models.Membership{Account: a, Role: role})
			}
		}
		return err
	})
	return all, err
}
