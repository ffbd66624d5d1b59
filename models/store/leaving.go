package store

import (
	"context"
	"maps"

	"gorm.io/gorm"

	"keywicket/models"
)

// loss is an account in which a person's role becomes less.
type loss struct {
	account models.Account
	was, is models.Role // is is "" where they lose their place
	keys    []string    // Sids of their keys there, where they lose their place
}

// lossesOf returns what the person loses when their role in the account of the membership becomes to, "" for none:
// first there, then in the sub-accounts where they have keys or invitations. A disabled membership counts like an
// active one, because keys may have been left to it.
func lossesOf(db *gorm.DB, m models.MemberRow, to models.Role) ([]loss, error) {
	before, err := membershipsOf(db, m.UserID)
	if err != nil {
		return nil, err
	}
	before[m.AccountID] = m.Role
	after := maps.Clone(before)
	after[m.AccountID] = to
	accounts, err := touchedBy(db, m)
	if err != nil {
		return nil, err
	}
	var losses []loss
	for _, a := range accounts {
		l := loss{account: a, was: before.in(a), is: after.in(a)}
		if !l.was.Above(l.is) {
			continue
		}
		if l.is == "" {
			if l.keys, err = ownedSids(db, a.ID, m.UserID); err != nil {
				return nil, err
			}
		}
		losses = append(losses, l)
	}
	return losses, nil
}

// touchedBy returns the account of the membership, and the accounts that it reaches in which the person has keys, or
// has made or received an invitation.
func touchedBy(db *gorm.DB, m models.MemberRow) ([]models.Account, error) {
	var accounts []models.Account
	err := reached(db, m.AccountID, m.Role).Where(`(accounts.id = @account
		OR EXISTS (SELECT 1 FROM keys WHERE keys.account_id = accounts.id AND keys.owner_id = @user)
		OR EXISTS (SELECT 1 FROM invitations WHERE invitations.account_id = accounts.id AND (invited_by = @user OR email = @email)))`,
		map[string]any{"account": m.AccountID, "user": m.UserID, "email": m.Email}).
		Order(gorm.Expr("accounts.id <> ?, lower(accounts.name), accounts.id", m.AccountID)).Find(&accounts).Error
	return accounts, err
}

func ownedSids(db *gorm.DB, accountID, userID int64) ([]string, error) {
	var sids []string
	err := db.Model(&models.Key{}).Where("account_id = ? AND owner_id = ?", accountID, userID).Order("id").Pluck("sid", &sids).Error
	return sids, err
}

// Leaving returns what the person of the actor's account loses when their role there becomes to, "" for none.
func (s *Store) Leaving(ctx context.Context, who models.Actor, userID int64, to models.Role) (models.Leaving, error) {
	var l models.Leaving
	if err := permit(who, models.PermMembersView); err != nil {
		return l, err
	}
	err := s.read(ctx, func(db *gorm.DB) error {
		var err error
		if l.Member, err = findMember(db, who.AccountID, userID); err != nil {
			return err
		}
		losses, err := lossesOf(db, l.Member, to)
		if err != nil {
			return err
		}
		l.Keys = lostKeys(losses, who.AccountID)
		if l.NewOwners, err = newOwnersOf(db, who, l.Member, losses); err != nil || to != "" {
			return err
		}
		l.Stays, err = staysAs(db, l.Member)
		return err
	})
	return l, err
}

// lostKeys returns the keys among the losses of a person of the account.
func lostKeys(losses []loss, accountID int64) []models.LostKeys {
	var keys []models.LostKeys
	for _, x := range losses {
		if len(x.keys) > 0 {
			keys = append(keys, models.LostKeys{Account: x.account.Name, Below: x.account.ID != accountID, Sids: x.keys})
		}
	}
	return keys
}

// freshDeparture returns CodeStale if lowering the person's role to to ("" for none) loses other keys than the ones
// that the form showed.
func (t *tx) freshDeparture(m models.MemberRow, to models.Role) error {
	if t.who.FormVersion == "" {
		return nil
	}
	losses, err := lossesOf(t.DB, m, to)
	if err != nil {
		return err
	}
	now := models.DepartureSection(m, lostKeys(losses, m.AccountID))
	if to == "" {
		return t.fresh(now, nil)
	}
	wanted := m
	wanted.Role = to
	if to == models.RoleMember {
		return t.fresh(now, models.PlaceSection(wanted))
	}
	return t.fresh(models.PersonSection(m), models.PlaceSection(wanted))
}

// staysAs returns the role that the person has in the account without their membership of it, "" for none.
func staysAs(db *gorm.DB, m models.MemberRow) (models.Role, error) {
	var a models.Account
	if err := db.Where("id = ?", m.AccountID).Take(&a).Error; err != nil {
		return "", err
	}
	return roleIn(db.Session(&gorm.Session{}).Where("account_id <> ?", a.ID), a, m.UserID)
}

// newOwnersOf returns who can take over the keys that the person loses: active members of the account and the actor, as
// far as they can enter each account with such keys.
func newOwnersOf(db *gorm.DB, who models.Actor, m models.MemberRow, losses []loss) ([]models.MemberRow, error) {
	candidates, err := listMembers(db, m.AccountID)
	if err != nil {
		return nil, err
	}
	if !hasMember(candidates, who.UserID) { // they are here by the master
		candidates = append(candidates, models.MemberRow{
			Member: models.Member{AccountID: m.AccountID, UserID: who.UserID, Role: who.Role}, Name: who.Name, Email: who.Email,
		})
	}
	ids := db.Model(&models.Member{}).Select("user_id").Where("account_id = ?", m.AccountID)
	places, err := membershipsBy(db.Where("user_id IN (?) OR user_id = ?", ids, who.UserID))
	if err != nil {
		return nil, err
	}
	var newOwners []models.MemberRow
	for _, c := range candidates {
		if c.UserID != m.UserID && c.Active() && places[c.UserID].enterAll(losses) {
			newOwners = append(newOwners, c)
		}
	}
	return newOwners, nil
}

func hasMember(rows []models.MemberRow, userID int64) bool {
	for _, m := range rows {
		if m.UserID == userID {
			return true
		}
	}
	return false
}

// enterAll reports whether the person can enter each account in which keys are lost.
func (m memberships) enterAll(losses []loss) bool {
	for _, l := range losses {
		if len(l.keys) > 0 && m.in(l.account) == "" {
			return false
		}
	}
	return true
}

// lower makes change, which lowers the person's role to to, "" for none, and takes away what depended on the role:
// invitations that they could no longer make or that would give them more than they keep, and the keys of accounts that
// they can no longer enter. It returns the facts of the account itself; those of sub-accounts are in their own audits.
func (t *tx) lower(m models.MemberRow, to models.Role, d models.Departure, event models.Event, change func() error) (facts, error) {
	losses, err := lossesOf(t.DB, m, to)
	if err != nil {
		return nil, err
	}
	newOwner, err := t.newOwner(m, losses, d)
	if err != nil {
		return nil, err
	}
	master, err := t.accountOf()
	if err != nil {
		return nil, err
	}
	if err := change(); err != nil {
		return nil, err
	}
	said := facts{"their_keys": d.Keys, "count": 0}
	for _, l := range losses {
		if err := t.withdrawOf(l, m); err != nil {
			return nil, err
		}
		f, err := t.decideKeys(l, m, d, newOwner)
		if err != nil {
			return nil, err
		}
		if l.account.ID == m.AccountID {
			said = f
			continue
		}
		f["master"] = master.Name
		if l.is != "" {
			f["role"] = l.is
		}
		if err := t.auditIn(l.account.ID, event, kindMember, m.Email, m.Name, facts{"role": l.was}, f); err != nil {
			return nil, err
		}
	}
	return said, nil
}

// newOwner returns who gets the keys, the zero row unless they are handed over.
func (t *tx) newOwner(m models.MemberRow, losses []loss, d models.Departure) (models.MemberRow, error) {
	if d.Keys != models.KeysHandOver {
		return models.MemberRow{}, nil
	}
	newOwners, err := newOwnersOf(t.DB, t.who, m, losses)
	if err != nil {
		return models.MemberRow{}, err
	}
	for _, h := range newOwners {
		if h.UserID == d.To {
			return h, nil
		}
	}
	return models.MemberRow{}, models.Refuse(models.CodeInvalid, "to", "people.error.hand_over")
}

// decideKeys does with the person's keys of the account what d says, and returns the facts of it. Keys of an account
// that the person can still enter stay.
func (t *tx) decideKeys(l loss, m models.MemberRow, d models.Departure, newOwner models.MemberRow) (facts, error) {
	if l.is != "" {
		return facts{}, nil
	}
	said := facts{"their_keys": d.Keys, "count": len(l.keys)}
	if d.Keys == models.KeysHandOver {
		said["to"] = newOwner.Email
	}
	var keys []models.Key
	err := t.Where("account_id = ? AND owner_id = ?", l.account.ID, m.UserID).Order("id").Find(&keys).Error
	for _, k := range keys {
		if err != nil {
			break
		}
		if c := t.dispositionOf(k, d, m, newOwner); c.event != "" {
			err = t.applyKey(k, c)
		}
	}
	return said, err
}

func (t *tx) dispositionOf(k models.Key, d models.Departure, m, newOwner models.MemberRow) keyChange {
	switch d.Keys {
	case models.KeysHandOver:
		return keyChange{
			event: models.EventKeyUpdate, set: map[string]any{"owner_id": newOwner.UserID, "idempotency_key": nil}, // the press is the person's who pressed
			before: facts{"owner": m.Email}, after: facts{"owner": newOwner.Email},
		}
	case models.KeysDisable:
		return t.switchKey(k, false)
	default:
		return keyChange{}
	}
}
