package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"keywicket/models"
)

// visit is the time when a person last used an account.
type visit struct {
	AccountID int64 `gorm:"primaryKey;autoIncrement:false"`
	UserID    int64 `gorm:"primaryKey;autoIncrement:false"`
	At        time.Time
}

// visitStep is the resolution of visits.
const visitStep = time.Minute

// memberSelect are the columns of a models.MemberRow.
const memberSelect = `members.*, users.name, users.email, users.disabled_at IS NOT NULL AS locked,
	(SELECT count(*) FROM keys WHERE keys.account_id = members.account_id AND keys.owner_id = members.user_id) AS keys`

func memberRows(db *gorm.DB, accountID int64) *gorm.DB {
	return db.Table("members").Select(memberSelect).Joins("JOIN users ON users.id = members.user_id").
		Where("members.account_id = ?", accountID)
}

// ListMembers returns the people of the account: Owners, Admins, then Members, each by name.
func (s *Store) ListMembers(ctx context.Context, who models.Actor) ([]models.MemberRow, error) {
	if err := permit(who, models.PermMembersView); err != nil {
		return nil, err
	}
	var rows []models.MemberRow
	err := s.browse(ctx, who, func(db *gorm.DB) error {
		var err error
		if rows, err = listMembers(db, who.AccountID); err != nil {
			return err
		}
		if err := addSubKeys(db, who.AccountID, rows); err != nil {
			return err
		}
		return addVisits(db, who.AccountID, rows)
	})
	return rows, err
}

func listMembers(db *gorm.DB, accountID int64) ([]models.MemberRow, error) {
	var rows []models.MemberRow
	err := memberRows(db, accountID).
		Order("CASE members.role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 ELSE 2 END, lower(users.name), members.user_id").
		Scan(&rows).Error
	return rows, err
}

// addSubKeys adds the number of keys that people own in the account's sub-accounts.
func addSubKeys(db *gorm.DB, accountID int64, rows []models.MemberRow) error {
	var counts []struct {
		OwnerID int64
		Count   int
	}
	err := db.Table("keys").Select("keys.owner_id, count(*) AS count").Joins("JOIN accounts ON accounts.id = keys.account_id").
		Where("accounts.parent_id = ?", accountID).Group("keys.owner_id").Scan(&counts).Error
	have := make(map[int64]int, len(counts))
	for _, c := range counts {
		have[c.OwnerID] = c.Count
	}
	for i := range rows {
		rows[i].SubKeys = have[rows[i].UserID]
	}
	return err
}

// addVisits adds when people were last in the account.
func addVisits(db *gorm.DB, accountID int64, rows []models.MemberRow) error {
	var visits []visit
	if err := db.Where("account_id = ?", accountID).Find(&visits).Error; err != nil {
		return err
	}
	at := make(map[int64]time.Time, len(visits))
	for _, v := range visits {
		at[v.UserID] = v.At
	}
	for i := range rows {
		if t, been := at[rows[i].UserID]; been {
			rows[i].LastSeenAt = &t
		}
	}
	return nil
}

// Member returns one person of the account, or CodeNotFound.
func (s *Store) Member(ctx context.Context, who models.Actor, userID int64) (models.MemberRow, error) {
	if err := permit(who, models.PermMembersView); err != nil {
		return models.MemberRow{}, err
	}
	m, err := findMember(s.rdb.WithContext(ctx), who.AccountID, userID)
	return m, classify(err)
}

func findMember(db *gorm.DB, accountID, userID int64) (models.MemberRow, error) {
	var m models.MemberRow
	err := memberRows(db, accountID).Where("members.user_id = ?", userID).Take(&m).Error
	return m, orNotFound(err, "people.error.not_found")
}

// SetMemberRole changes a person's role. Only an Owner makes or changes an Owner. Nobody changes their own role,
// except an Owner who steps down while there is another one.
//
// A role that no longer reaches the sub-accounts takes the person's role in them too: d then decides about their keys
// there. Without such keys d is ignored.
func (s *Store) SetMemberRole(ctx context.Context, who models.Actor, userID int64, role models.Role, d models.Departure) error {
	if err := models.CheckRole(role); err != nil {
		return err
	}
	return s.changeMember(ctx, who, userID, func(t *tx, m models.MemberRow) error {
		if m.Role == role {
			return nil
		}
		if err := t.checkRole(m, role); err != nil {
			return err
		}
		if err := t.checkDisposition(m, role, &d); err != nil {
			return err
		}
		_, err := t.lower(m, role, d, models.EventMemberRole, func() error {
			return t.setMember(m.UserID, map[string]any{"role": role})
		})
		if err != nil {
			return err
		}
		return t.auditMember(models.EventMemberRole, m, facts{"role": m.Role}, facts{"role": role})
	})
}

// checkRole refuses a role that the actor may not give the person, or that their form did not offer.
func (t *tx) checkRole(m models.MemberRow, role models.Role) error {
	if err := permit(t.who, models.PermToManage(role)); err != nil {
		return errOwners()
	}
	if err := t.freshDeparture(m, role); err != nil {
		return err
	}
	if m.UserID == t.who.UserID && m.Role != models.RoleOwner {
		return models.Refuse(models.CodeForbidden, "", "people.error.self")
	}
	if err := t.leavesOwner(m); err != nil {
		return err
	}
	if role.Above(m.Role) {
		return t.permitGrants()
	}
	return nil
}

// checkDisposition refuses another role that takes keys from the person while d does not decide about them. Where it
// takes none, checkDisposition clears d.
func (t *tx) checkDisposition(m models.MemberRow, role models.Role, d *models.Departure) error {
	losses, err := lossesOf(t.DB, m, role)
	if err != nil {
		return err
	}
	n := 0
	for _, l := range losses {
		n += len(l.keys)
	}
	switch {
	case n == 0:
		*d = models.Departure{Keys: models.KeysLeave}
		return nil
	case d.Keys == "":
		return models.Refuse(models.CodeInvalid, "keys", "people.error.keys", "Count", n)
	}
	return models.CheckDeparture(*d, m.UserID)
}

// EnableMember allows a disabled person to enter the account again.
func (s *Store) EnableMember(ctx context.Context, who models.Actor, userID int64) error {
	return s.changeMember(ctx, who, userID, func(t *tx, m models.MemberRow) error {
		if m.DisabledAt == nil {
			return nil
		}
		if err := t.permitGrants(); err != nil {
			return err
		}
		if err := t.fresh(models.PersonSection(m), nil); err != nil {
			return err
		}
		if err := t.setMember(m.UserID, map[string]any{"disabled_at": nil}); err != nil {
			return err
		}
		return t.auditMember(models.EventMemberEnable, m, nil, nil)
	})
}

// DisableMember locks a person out of the account, and out of its sub-accounts unless they are a member there, and ends
// their sessions. d decides about their keys in each account that they can no longer enter. All of it happens, or
// nothing.
func (s *Store) DisableMember(ctx context.Context, who models.Actor, userID int64, d models.Departure) error {
	return s.depart(ctx, who, userID, d, models.EventMemberDisable, func(t *tx, m models.MemberRow) error {
		return t.setMember(m.UserID, map[string]any{"disabled_at": t.now})
	})
}

// RemoveMember removes a person from the account, and otherwise does what DisableMember does. The person can be invited
// again.
func (s *Store) RemoveMember(ctx context.Context, who models.Actor, userID int64, d models.Departure) error {
	return s.depart(ctx, who, userID, d, models.EventMemberRemove, func(t *tx, m models.MemberRow) error {
		return t.Where("account_id = ? AND user_id = ?", m.AccountID, m.UserID).Delete(&models.Member{}).Error
	})
}

func (s *Store) depart(ctx context.Context, who models.Actor, userID int64, d models.Departure, event models.Event, end func(*tx, models.MemberRow) error) error {
	if err := models.CheckDeparture(d, userID); err != nil {
		return err
	}
	return s.changeMember(ctx, who, userID, func(t *tx, m models.MemberRow) error {
		if m.UserID == t.who.UserID {
			return models.Refuse(models.CodeForbidden, "", "people.error.self")
		}
		if m.DisabledAt != nil && event == models.EventMemberDisable {
			return nil
		}
		if err := t.freshDeparture(m, ""); err != nil {
			return err
		}
		if err := t.leavesOwner(m); err != nil {
			return err
		}
		said, err := t.lower(m, "", d, event, func() error { return end(t, m) })
		if err != nil {
			return err
		}
		if _, err := t.endSessions(m.UserID); err != nil {
			return err
		}
		return t.auditMember(event, m, facts{"role": m.Role}, said)
	})
}

// changeMember finds the person and calls fn to change them.
func (s *Store) changeMember(ctx context.Context, who models.Actor, userID int64, fn func(*tx, models.MemberRow) error) error {
	return s.act(ctx, who, models.PermMembersManage, func(t *tx) error {
		m, err := findMember(t.DB, t.who.AccountID, userID)
		if err != nil {
			return err
		}
		if err := permit(t.who, models.PermToManage(m.Role)); err != nil {
			return errOwners()
		}
		return fn(t, m)
	})
}

func errOwners() error {
	return models.Refuse(models.CodeForbidden, "", "people.error.owners")
}

// leavesOwner refuses to take away the last Owner who can enter the account. The transaction is immediate, so two such
// changes follow each other.
func (t *tx) leavesOwner(m models.MemberRow) error {
	if m.Role != models.RoleOwner || !m.Active() {
		return nil
	}
	var others int64
	err := t.Table("members").Joins("JOIN users ON users.id = members.user_id").
		Where("members.account_id = ? AND members.user_id <> ? AND members.role = ?", m.AccountID, m.UserID, models.RoleOwner).
		Where("members.disabled_at IS NULL AND users.disabled_at IS NULL").Count(&others).Error
	if err == nil && others == 0 {
		err = models.Refuse(models.CodeConflict, "", "people.error.last_owner")
	}
	return err
}

func (t *tx) setMember(userID int64, set map[string]any) error {
	return t.Model(&models.Member{}).Where("account_id = ? AND user_id = ?", t.who.AccountID, userID).Updates(set).Error
}

func (t *tx) auditMember(event models.Event, m models.MemberRow, before, after facts) error {
	return t.audit(event, kindMember, m.Email, m.Name, before, after)
}

// Visit notes that the person is in the account. It keeps the time to a minute, so that most calls write nothing.
func (s *Store) Visit(ctx context.Context, accountID, userID int64) error {
	var v visit
	err := s.rdb.WithContext(ctx).Where("account_id = ? AND user_id = ?", accountID, userID).Take(&v).Error
	now := s.now()
	switch {
	case err == nil && now.Sub(v.At) < visitStep && !v.At.After(now):
		return nil
	case err != nil && !errors.Is(err, gorm.ErrRecordNotFound):
		return classify(err)
	}
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		return t.Exec("INSERT INTO visits (account_id, user_id, at) VALUES (@a, @u, @at) ON CONFLICT DO UPDATE SET at = @at",
			map[string]any{"a": accountID, "u": userID, "at": t.now}).Error
	})
}

// LastAccount returns the slug of the account that the person was in last and can still enter, else of the first that
// they can enter; "" without any.
func (s *Store) LastAccount(ctx context.Context, userID int64) (string, error) {
	all, err := s.AccountsOf(ctx, userID)
	if err != nil || len(all) == 0 {
		return "", err
	}
	var visits []visit
	if err := s.rdb.WithContext(ctx).Where("user_id = ?", userID).Order("at DESC, account_id").Find(&visits).Error; err != nil {
		return "", classify(err)
	}
	for _, v := range visits {
		for _, a := range all {
			if a.ID == v.AccountID {
				return a.Slug, nil
			}
		}
	}
	return all[0].Slug, nil
}
