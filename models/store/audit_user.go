package store

import (
	"gorm.io/gorm"

	"keywicket/models"
)

// auditUser notes a row about a person: a sign-in, or a change that they make to
// themselves. It is done in no account, so auditedIn decides whose audit has it.
func (t *tx) auditUser(event models.Event, u models.User, before, after facts) error {
	accountID, err := auditedIn(t.DB, u.ID)
	if err != nil {
		return err
	}
	return t.auditIn(accountID, event, kindUser, u.Email, u.Name, before, after)
}

// auditedIn returns the account whose audit has what a person does to
// themselves. Of the accounts of which they are an active member, it is the one
// that they were in last, else the first that the console lists. It is 0 for a
// person without such an account: the audit of a former or disabled membership
// gets nothing more, and neither does an account that is only reached through
// its master.
func auditedIn(db *gorm.DB, userID int64) (int64, error) {
	var ids []int64
	err := db.Table("accounts").
		Joins("JOIN members ON members.account_id = accounts.id AND members.user_id = ? AND members.disabled_at IS NULL", userID).
		Joins("LEFT JOIN visits ON visits.account_id = accounts.id AND visits.user_id = members.user_id").
		Order("visits.at IS NULL, visits.at DESC, "+accountOrder).Limit(1).Pluck("accounts.id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return ids[0], nil
}

// actAs makes the person, who is at the address ip, the actor of the audit rows
// that follow.
func (t *tx) actAs(u models.User, ip string) {
	t.who = models.Actor{UserID: u.ID, Name: u.Name, Email: u.Email, IP: ip}
}
