package store

import (
	"context"
	"crypto/rand"
	"time"

	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/secret"
)

// Limits of asking for the mail of a forgotten password in GuessWindow.
const (
	MaxResetsPerEmail   = 3
	MaxResetsPerAddress = 20
)

// TakeReset counts one try to get the mail of a forgotten password, whether
// or not there is such a person. One too many is a CodeTooMany. These tries
// are apart from those to sign in: nobody is locked out by being asked for.
func (s *Store) TakeReset(ctx context.Context, email, ip string) error {
	return s.takeTry(ctx, "people.error.too_many_resets", []tryLimit{
		{s.guessSubject("reset-email", emailSubject(email)), MaxResetsPerEmail},
		{s.guessSubject("reset-address", addressSubject(ip)), MaxResetsPerAddress},
	})
}

// NewPasswordReset makes the token of a link with which the person with the
// e-mail chooses a new password, once and for ResetTTL. Earlier ones stop
// working. Without such a person, or for one who is disabled, it is
// not-found.
func (s *Store) NewPasswordReset(ctx context.Context, who models.Actor, email string) (models.User, string, error) {
	u, err := s.UserByEmail(ctx, email)
	if err == nil && u.DisabledAt != nil {
		err = models.Errorf(models.CodeNotFound, "", "errors.user.not_found")
	}
	if err != nil {
		return models.User{}, "", err
	}
	token, hash, err := secret.NewToken(rand.Reader)
	if err != nil {
		return models.User{}, "", err
	}
	err = s.write(ctx, who, func(t *tx) error {
		if err := t.Where("user_id = ?", u.ID).Delete(&models.PasswordReset{}).Error; err != nil {
			return err
		}
		r := models.PasswordReset{TokenHash: hash, UserID: u.ID, CreatedAt: t.now, ExpiresAt: t.now.Add(models.ResetTTL)}
		if err := t.Create(&r).Error; err != nil {
			return err
		}
		return t.auditUser(models.EventUserForgot, u, nil, nil)
	})
	if err != nil {
		return models.User{}, "", err
	}
	return u, token, nil
}

// PasswordReset gives whose password the token's link changes. One that was
// used, is too old, or never was, is not-found.
func (s *Store) PasswordReset(ctx context.Context, token string) (models.User, error) {
	u, err := resetOf(s.rdb.WithContext(ctx), token, s.now())
	return u, fault(err)
}

func resetOf(db *gorm.DB, token string, now time.Time) (models.User, error) {
	var u models.User
	err := db.Where("disabled_at IS NULL AND id IN (SELECT user_id FROM password_resets WHERE token_hash = ? AND expires_at > ?)",
		secret.HashToken(token), now).Take(&u).Error
	return u, orNotFound(err, "people.error.reset")
}

// UsePasswordReset keeps the hash of the new password, ends all sessions of
// the person, and uses the link up.
func (s *Store) UsePasswordReset(ctx context.Context, who models.Actor, token, passwordHash string) (models.User, error) {
	var u models.User
	err := s.write(ctx, who, func(t *tx) error {
		var err error
		if u, err = resetOf(t.DB, token, t.now); err != nil {
			return err
		}
		if err := t.setPassword(u.ID, passwordHash); err != nil {
			return err
		}
		t.who.UserID, t.who.Name, t.who.Email = u.ID, u.Name, u.Email
		return t.auditUser(models.EventUserPassword, u, nil, facts{"by": "reset"})
	})
	if err != nil {
		return models.User{}, err
	}
	u.PasswordHash = passwordHash
	return u, nil
}
