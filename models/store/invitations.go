package store

import (
	"context"
	"crypto/rand"
	"strconv"
	"time"

	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store/sqlite"
)

const (
	kindMember     = "member"
	kindInvitation = "invitation"
)

func errInvitationGone() error {
	return models.Refuse(models.CodeNotFound, "", "people.error.invitation")
}

func invitationID(id int64) string { return strconv.FormatInt(id, 10) }

// Invite adds an invitation to the actor's account, and returns it with the token of its link. The database holds only
// the token's hash. Only an Owner invites an Owner.
func (s *Store) Invite(ctx context.Context, who models.Actor, n models.NewInvitation) (models.Invitation, string, error) {
	n, err := cleanInvitation(who, n)
	if err != nil {
		return models.Invitation{}, "", err
	}
	token, hash, err := secret.NewToken(rand.Reader)
	if err != nil {
		return models.Invitation{}, "", err
	}
	var i models.Invitation
	err = s.write(ctx, who, func(t *tx) error {
		if err := permit(t.who, models.PermToManage(n.Role)); err != nil {
			return err
		}
		if err := t.permitGrants(); err != nil {
			return err
		}
		if err := t.checkInvited(n.Email); err != nil {
			return err
		}
		i = models.Invitation{
			AccountID: t.who.AccountID, TokenHash: hash, Email: n.Email, Role: n.Role, InvitedBy: t.who.UserID,
			InviterName: t.who.Name, CreatedAt: t.now, ExpiresAt: t.now.Add(models.InvitationTTL),
		}
		if err := t.Create(&i).Error; err != nil {
			return err
		}
		return t.auditInvitation(models.EventMemberInvite, i, nil, facts{"role": i.Role, "email": i.Email})
	})
	if err != nil {
		return models.Invitation{}, "", err
	}
	return i, token, nil
}

func cleanInvitation(who models.Actor, n models.NewInvitation) (models.NewInvitation, error) {
	if err := permit(who, models.PermMembersManage); err != nil {
		return n, err
	}
	n, err := models.CheckInvitation(n)
	if err == nil && !who.Role.Can(models.PermToManage(n.Role)) {
		err = errOwners()
	}
	return n, err
}

// checkInvited refuses an e-mail of a member, and withdraws an earlier invitation to it: the newest one counts.
func (t *tx) checkInvited(email string) error {
	if email == "" {
		return nil
	}
	var n int64
	err := t.Table("members").Joins("JOIN users ON users.id = members.user_id").
		Where("members.account_id = ? AND users.email = ?", t.who.AccountID, email).Count(&n).Error
	if err != nil {
		return err
	}
	if n > 0 {
		return models.Refuse(models.CodeConflict, "email", "people.error.already")
	}
	var before []models.Invitation
	if err := t.Where("account_id = ? AND email = ?", t.who.AccountID, email).Order("id").Find(&before).Error; err != nil {
		return err
	}
	return t.withdraw(before)
}

// Invitations returns the account's invitations that can still be used, the newest first.
func (s *Store) Invitations(ctx context.Context, who models.Actor) ([]models.Invitation, error) {
	if err := permit(who, models.PermMembersView); err != nil {
		return nil, err
	}
	var open []models.Invitation
	err := s.read(ctx, func(db *gorm.DB) error {
		var all []models.Invitation
		if err := db.Where("account_id = ? AND expires_at > ?", who.AccountID, s.now()).Order("id DESC").Find(&all).Error; err != nil {
			return err
		}
		for _, i := range all {
			holds, err := holds(db, i)
			if err != nil {
				return err
			}
			if holds {
				open = append(open, i)
			}
		}
		return nil
	})
	return open, err
}

// WithdrawInvitation ends an invitation of the actor's account. An invitation that has ended, or is another account's,
// is CodeNotFound. Only an Owner withdraws an invitation that makes an Owner.
func (s *Store) WithdrawInvitation(ctx context.Context, who models.Actor, id int64) error {
	return s.act(ctx, who, models.PermMembersManage, func(t *tx) error {
		var i models.Invitation
		if err := t.Where("account_id = ? AND id = ?", t.who.AccountID, id).Take(&i).Error; err != nil {
			return orNotFound(err, "people.error.invitation")
		}
		if !t.who.Role.Can(models.PermToManage(i.Role)) {
			return errOwners()
		}
		return t.withdraw([]models.Invitation{i})
	})
}

// withdrawOf withdraws invitations in an account where the person got a lower role: those that they made and could no
// longer make, and those sent to them with a higher role than they keep. None of these can bring the former role back.
func (t *tx) withdrawOf(l loss, m models.MemberRow) error {
	var all, gone []models.Invitation
	err := t.Where("account_id = ? AND (invited_by = ? OR email = ?)", l.account.ID, m.UserID, m.Email).Order("id").Find(&all).Error
	if err != nil {
		return err
	}
	for _, i := range all {
		made := i.InvitedBy == m.UserID && !l.is.Can(models.PermToManage(i.Role))
		held := i.Email == m.Email && i.Role.Above(l.is)
		if made || held {
			gone = append(gone, i)
		}
	}
	return t.withdraw(gone)
}

func (t *tx) withdraw(list []models.Invitation) error {
	for _, i := range list {
		if err := t.Where("id = ?", i.ID).Delete(&models.Invitation{}).Error; err != nil {
			return err
		}
		if !t.now.Before(i.ExpiresAt) {
			continue
		}
		if err := t.auditInvitation(models.EventMemberWithdraw, i, facts{"role": i.Role, "email": i.Email}, nil); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) auditInvitation(event models.Event, i models.Invitation, before, after facts) error {
	return t.auditIn(i.AccountID, event, kindInvitation, invitationID(i.ID), i.Email, before, after)
}

// MembersByInvitation returns the members of the account of an invitation, to compare them with the person who joins.
// Never show them. It returns CodeNotFound if the link does not work.
func (s *Store) MembersByInvitation(ctx context.Context, token string) ([]models.MemberRow, error) {
	var rows []models.MemberRow
	err := s.read(ctx, func(db *gorm.DB) error {
		i, err := findInvitation(db, token, s.now())
		if err != nil {
			return err
		}
		rows, err = listMembers(db, i.AccountID)
		return err
	})
	return rows, err
}

// Invitation returns the invitation whose link holds the token. An invitation that was used or withdrawn, is too old,
// or whose maker could no longer make it, is CodeNotFound.
func (s *Store) Invitation(ctx context.Context, token string) (models.OpenInvitation, error) {
	i, err := findInvitation(s.rdb.WithContext(ctx), token, s.now())
	return i, classify(err)
}

func findInvitation(db *gorm.DB, token string, now time.Time) (models.OpenInvitation, error) {
	var i models.OpenInvitation
	err := db.Table("invitations").
		Select("invitations.*, accounts.name AS account_name, accounts.slug AS account_slug, accounts.language AS account_language").
		Joins("JOIN accounts ON accounts.id = invitations.account_id").
		Where("invitations.token_hash = ? AND invitations.expires_at > ?", secret.HashToken(token), now).Take(&i).Error
	if err != nil {
		return i, orNotFound(err, "people.error.invitation")
	}
	holds, err := holds(db, i.Invitation)
	if err == nil && !holds {
		err = errInvitationGone()
	}
	if err != nil {
		return i, err
	}
	i.Suspended, err = stopped(db, i.AccountID)
	return i, err
}

// stopped reports whether the account, or its master, is suspended.
func stopped(db *gorm.DB, accountID int64) (bool, error) {
	var a models.Account
	err := db.Where("id = ?", accountID).Take(&a).Error
	if err != nil {
		return false, err
	}
	a.Master, err = masterOf(db, a)
	return a.Suspended(), err
}

// holds reports whether the person who made the invitation could still make it. Leaving an account withdraws
// invitations; this covers other ways out, such as a person who can no longer sign in at all.
func holds(db *gorm.DB, i models.Invitation) (bool, error) {
	var a models.Account
	if err := db.Where("id = ?", i.AccountID).Take(&a).Error; err != nil {
		return false, err
	}
	able := db.Where("user_id IN (SELECT id FROM users WHERE disabled_at IS NULL)")
	role, err := roleIn(able, a, i.InvitedBy)
	return role.Can(models.PermToManage(i.Role)), err
}

// AcceptInvitation makes the person a member and deletes the invitation. It returns CodeSuspended for a suspended
// account, and CodeConflict for a person who is a member already, also for a disabled one, whom only a member can
// enable. The invitation then stays.
func (s *Store) AcceptInvitation(ctx context.Context, who models.Actor, token string) (models.OpenInvitation, error) {
	return s.accept(ctx, who, token, func(t *tx, _ models.Invitation) (models.User, error) {
		var u models.User
		err := t.Where("id = ? AND disabled_at IS NULL", t.who.UserID).Take(&u).Error
		return u, orNotFound(err, "errors.user.not_found")
	})
}

// AcceptAsNew creates a person, makes them a member and uses the invitation up; all of it, or nothing. An invitation
// that was sent to an e-mail creates a person with that e-mail. An e-mail that has a person is CodeConflict.
func (s *Store) AcceptAsNew(ctx context.Context, who models.Actor, token string, n models.NewPerson) (models.User, models.OpenInvitation, error) {
	n, err := models.CheckPerson(n)
	if err != nil {
		return models.User{}, models.OpenInvitation{}, err
	}
	var u models.User
	i, err := s.accept(ctx, who, token, func(t *tx, i models.Invitation) (models.User, error) {
		if i.Email != "" {
			// Made before an upgrade, it may have an address that is refused now.
			var err error
			if n.Email, err = models.NormalizeEmail(i.Email); err != nil {
				return u, err
			}
		}
		u = models.User{Email: n.Email, Name: n.Name, PasswordHash: n.PasswordHash, Language: n.Language, CreatedAt: t.now}
		err := t.Create(&u).Error
		if sqlite.IsDuplicate(err) {
			err = models.Refuse(models.CodeConflict, "email", "people.error.known")
		}
		return u, err
	})
	if err != nil {
		return models.User{}, models.OpenInvitation{}, err
	}
	return u, i, nil
}

func (s *Store) accept(ctx context.Context, who models.Actor, token string, person func(*tx, models.Invitation) (models.User, error)) (models.OpenInvitation, error) {
	var i models.OpenInvitation
	who.AccountID = 0 // whoever accepts is not in the account yet
	err := s.write(ctx, who, func(t *tx) error {
		var err error
		if i, err = findInvitation(t.DB, token, t.now); err != nil {
			return err
		}
		if i.Suspended {
			return models.Refuse(models.CodeSuspended, "", "errors.suspended.join", "Account", i.AccountName)
		}
		u, err := person(t, i.Invitation)
		if err != nil {
			return err
		}
		return t.join(i.Invitation, u)
	})
	if err != nil {
		return models.OpenInvitation{}, err
	}
	return i, nil
}

// join makes the person a member and uses the invitation up.
func (t *tx) join(i models.Invitation, u models.User) error {
	gone := t.Where("id = ?", i.ID).Delete(&models.Invitation{})
	if gone.Error != nil {
		return gone.Error
	}
	if gone.RowsAffected == 0 {
		return errInvitationGone()
	}
	err := t.Create(&models.Member{AccountID: i.AccountID, UserID: u.ID, Role: i.Role, CreatedAt: t.now}).Error
	if sqlite.IsDuplicate(err) {
		err = models.Refuse(models.CodeConflict, "", "people.error.member")
	}
	if err != nil {
		return err
	}
	t.who = models.Actor{AccountID: i.AccountID, UserID: u.ID, Name: u.Name, Email: u.Email, Role: i.Role, IP: t.who.IP}
	return t.audit(models.EventMemberJoin, kindMember, u.Email, u.Name, nil,
		facts{"role": i.Role, "invited_by": i.InviterName})
}

// PruneInvitations deletes the invitations and the links of forgotten passwords that are too old to be used, and
// returns how many there were.
func (s *Store) PruneInvitations(ctx context.Context) (int, error) {
	var n int64
	err := s.write(ctx, models.Actor{}, func(t *tx) error {
		for _, table := range []any{&models.Invitation{}, &models.PasswordReset{}} {
			r := t.Where("expires_at <= ?", t.now).Delete(table)
			if r.Error != nil {
				return r.Error
			}
			n += r.RowsAffected
		}
		return nil
	})
	return int(n), err
}
