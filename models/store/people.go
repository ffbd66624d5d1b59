package store

import (
	"context"
	"crypto/rand"
	"time"

	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store/sqlite"
)

const kindUser = "user"

// setupToken is the one set-up link that can be used. The link holds the token, the table its hash.
type setupToken struct {
	IDHash    string `gorm:"primaryKey"`
	CreatedAt time.Time
	ExpiresAt time.Time
}

// OwnerExists reports whether the installation is set up.
func (s *Store) OwnerExists(ctx context.Context) (bool, error) {
	exists, err := ownerExists(s.rdb.WithContext(ctx))
	return exists, classify(err)
}

func ownerExists(db *gorm.DB) (bool, error) {
	var n int64
	err := db.Model(&models.Member{}).Where("role = ?", models.RoleOwner).Count(&n).Error
	return n > 0, err
}

func errSetupDone() error {
	return models.Refuse(models.CodeConflict, "", "errors.setup.done")
}

func errSetupLink() error {
	return models.Refuse(models.CodeNotFound, "", "errors.setup.link")
}

// NewSetupToken returns the token of a set-up link that works for ttl. Earlier links stop working. Once there is an
// Owner it is CodeConflict.
func (s *Store) NewSetupToken(ctx context.Context, ttl time.Duration) (string, error) {
	token, hash, err := secret.NewToken(rand.Reader)
	if err != nil {
		return "", err
	}
	err = s.write(ctx, models.Actor{}, func(t *tx) error {
		if exists, err := ownerExists(t.DB); err != nil || exists {
			if exists {
				err = errSetupDone()
			}
			return err
		}
		if err := t.Where("1 = 1").Delete(&setupToken{}).Error; err != nil {
			return err
		}
		return t.Create(&setupToken{IDHash: hash, CreatedAt: t.now, ExpiresAt: t.now.Add(ttl)}).Error
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// SetupTokenValid reports whether a set-up link can still be used.
func (s *Store) SetupTokenValid(ctx context.Context, token string) (bool, error) {
	var valid bool
	err := s.read(ctx, func(db *gorm.DB) error {
		exists, err := ownerExists(db)
		if err != nil || exists {
			return err
		}
		valid, err = tokenHolds(db, token, s.now())
		return err
	})
	return valid, err
}

func tokenHolds(db *gorm.DB, token string, now time.Time) (bool, error) {
	var n int64
	err := db.Model(&setupToken{}).Where("id_hash = ? AND expires_at > ?", secret.HashToken(token), now).Count(&n).Error
	return n > 0, err
}

// CreateOwner creates the first account and its Owner, and uses the token up; all of it, or nothing. token is "" from
// the command line, which writes the database and needs no link. A link that is used, expired or unknown is
// CodeNotFound; a second owner is CodeConflict.
func (s *Store) CreateOwner(ctx context.Context, token string, o models.NewOwner) (models.User, models.Account, error) {
	var u models.User
	var a models.Account
	o, err := models.CheckOwner(o)
	if err != nil {
		return u, a, err
	}
	err = s.write(ctx, models.Actor{}, func(t *tx) error {
		if err := t.useToken(token); err != nil {
			return err
		}
		var err error
		u, a, err = t.createOwner(o)
		return err
	})
	if err != nil {
		return models.User{}, models.Account{}, err
	}
	return u, a, nil
}

func (t *tx) useToken(token string) error {
	exists, err := ownerExists(t.DB)
	switch {
	case err != nil:
		return err
	case exists:
		return errSetupDone()
	}
	if token != "" {
		holds, err := tokenHolds(t.DB, token, t.now)
		if err != nil {
			return err
		}
		if !holds {
			return errSetupLink()
		}
	}
	return t.Where("1 = 1").Delete(&setupToken{}).Error
}

func (t *tx) createOwner(o models.NewOwner) (models.User, models.Account, error) {
	slug, err := t.freeSlug(o.AccountName)
	if err != nil {
		return models.User{}, models.Account{}, err
	}
	a := newMaster(o.AccountName, t.now)
	a.Slug = slug
	u := models.User{Email: o.Email, Name: o.Name, PasswordHash: o.PasswordHash, Language: o.Language, CreatedAt: t.now}
	if err := t.Create(&a).Error; err != nil {
		return u, a, err
	}
	if err := t.Create(&u).Error; err != nil {
		if sqlite.IsDuplicate(err) {
			err = models.Refuse(models.CodeConflict, "email", "errors.email.taken")
		}
		return u, a, err
	}
	m := models.Member{AccountID: a.ID, UserID: u.ID, Role: models.RoleOwner, CreatedAt: t.now}
	if err := t.Create(&m).Error; err != nil {
		return u, a, err
	}
	t.who = models.Actor{AccountID: a.ID, UserID: u.ID, Name: u.Name, Email: u.Email, Role: m.Role, IP: o.IP}
	t.touchAccount(a.ID)
	if err := t.audit(models.EventAccountCreate, kindAccount, a.Slug, a.Name, nil, facts{"name": a.Name}); err != nil {
		return u, a, err
	}
	if err := t.audit(models.EventUserCreate, kindUser, u.Email, u.Name, nil, facts{"role": m.Role}); err != nil {
		return u, a, err
	}
	if o.Preset {
		_, err = t.applyPreset()
	}
	return u, a, err
}

// UserByEmail returns the person with the e-mail, in upper or lower case, or CodeNotFound.
func (s *Store) UserByEmail(ctx context.Context, email string) (models.User, error) {
	err := models.Refuse(models.CodeNotFound, "", "errors.user.not_found")
	for _, form := range models.EmailForms(email) {
		var u models.User
		found := classify(orNotFound(s.rdb.WithContext(ctx).Where("email = ?", form).Take(&u).Error, "errors.user.not_found"))
		if models.CodeOf(found) != models.CodeNotFound {
			return u, found
		}
	}
	return models.User{}, err
}

// User returns the person with the id, or CodeNotFound.
func (s *Store) User(ctx context.Context, id int64) (models.User, error) {
	var u models.User
	err := s.rdb.WithContext(ctx).Where("id = ?", id).Take(&u).Error
	return u, classify(orNotFound(err, "errors.user.not_found"))
}

// ChangePassword stores the hash of the actor's new password, ends all of their sessions and begins next. verified is
// the hash that the present password was compared with: where it is no longer the person's, the password was changed
// meanwhile, and ChangePassword changes nothing and returns CodeConflict.
func (s *Store) ChangePassword(ctx context.Context, who models.Actor, verified, hash string, next models.Session) error {
	return s.write(ctx, who, func(t *tx) error {
		u, err := t.me()
		if err != nil {
			return err
		}
		if u.PasswordHash != verified {
			return models.Refuse(models.CodeConflict, "", "errors.password.changed")
		}
		if _, err := t.setPassword(u.ID, hash); err != nil {
			return err
		}
		if err := t.createSession(next); err != nil {
			return err
		}
		return t.auditUser(models.EventUserPassword, u, nil, nil)
	})
}

// setPassword stores the hash, and ends what the former password opened: the person's sessions, sign-ins that wait for
// their second step, and links to choose another password. It returns the number of sessions.
func (t *tx) setPassword(userID int64, hash string) (sessions int, err error) {
	if err := t.Model(&models.User{}).Where("id = ?", userID).Update("password_hash", hash).Error; err != nil {
		return 0, err
	}
	if err := t.Where("user_id = ?", userID).Delete(&models.PasswordReset{}).Error; err != nil {
		return 0, err
	}
	return t.endSessions(userID)
}

// endSessions ends the person's sessions and pending sign-ins, and returns the number of sessions.
func (t *tx) endSessions(userID int64) (int, error) {
	if err := t.Where("user_id = ?", userID).Delete(&signInStep{}).Error; err != nil {
		return 0, err
	}
	r := t.Where("user_id = ?", userID).Delete(&models.Session{})
	return int(r.RowsAffected), r.Error
}

// UpdateProfile changes the actor's name, language and theme. It calls change inside the transaction with the stored
// person, so fields that change does not set keep their latest values. Language is "en", "zh-CN" or "", theme "light",
// "dark" or "". A new name is audited, because the audit identifies people by name. Only the name is checked against
// the form's version.
func (s *Store) UpdateProfile(ctx context.Context, who models.Actor, change func(*models.User)) error {
	return s.write(ctx, who, func(t *tx) error {
		var was models.User
		if err := t.Where("id = ?", t.who.UserID).Take(&was).Error; err != nil {
			return orNotFound(err, "errors.user.not_found")
		}
		u := was
		change(&u)
		u, err := models.CheckProfile(u, was)
		if err != nil {
			return err
		}
		if err := t.fresh(models.NameSection(was.Name), models.NameSection(u.Name)); err != nil {
			return err
		}
		_, after := changed(profileColumns(was), profileColumns(u))
		if len(after) == 0 {
			return nil
		}
		if err := t.Model(&models.User{}).Where("id = ?", was.ID).Updates(map[string]any(after)).Error; err != nil || u.Name == was.Name {
			return err
		}
		return t.auditUser(models.EventUserUpdate, was, facts{"name": was.Name}, facts{"name": u.Name})
	})
}

func profileColumns(u models.User) facts {
	return facts{"name": u.Name, "language": u.Language, "theme": u.Theme}
}
