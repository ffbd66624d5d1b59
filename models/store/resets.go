package store

import (
	"context"
	"crypto/rand"
	"time"

	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/secret"
)

// TakeReset counts a request to reset the password for an e-mail, whether or not a user has it. It returns CodeTooMany
// beyond the limit. Sign-ins are counted apart, so these requests lock nobody out.
func (s *Store) TakeReset(ctx context.Context, email, ip string) error {
	return s.takeTry(ctx, "people.error.too_many_resets", models.ResetAttempts(email, ip))
}

// NewPasswordReset returns the person with the e-mail, and the token of a link to choose a new password, once and
// within ResetTTL. Earlier links stay valid, so that further requests cannot spoil one; the first one that is used ends
// them all. It returns CodeNotFound for an unknown or disabled person.
func (s *Store) NewPasswordReset(ctx context.Context, who models.Actor, email string) (models.User, string, error) {
	u, err := s.UserByEmail(ctx, email)
	if err == nil && u.DisabledAt != nil {
		err = models.Refuse(models.CodeNotFound, "", "errors.user.not_found")
	}
	if err != nil {
		return models.User{}, "", err
	}
	token, hash, err := secret.NewToken(rand.Reader)
	if err != nil {
		return models.User{}, "", err
	}
	err = s.write(ctx, who, func(t *tx) error {
		if err := t.Where("expires_at <= ?", t.now).Delete(&models.PasswordReset{}).Error; err != nil {
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

// PasswordReset returns the person whose password the token's link changes. A link that was used, is too old or never
// existed is CodeNotFound.
func (s *Store) PasswordReset(ctx context.Context, token string) (models.User, error) {
	u, err := resetOf(s.rdb.WithContext(ctx), token, s.now())
	return u, classify(err)
}

func resetOf(db *gorm.DB, token string, now time.Time) (models.User, error) {
	var u models.User
	err := db.Where("disabled_at IS NULL AND id IN (SELECT user_id FROM password_resets WHERE token_hash = ? AND expires_at > ?)",
		secret.HashToken(token), now).Take(&u).Error
	return u, orNotFound(err, "people.error.reset")
}

// UsePasswordReset resets the password of the link's person, and uses the link up. It takes away what ResetPassword
// takes away.
func (s *Store) UsePasswordReset(ctx context.Context, who models.Actor, token, passwordHash string) (models.ResetOutcome, error) {
	var out models.ResetOutcome
	err := s.write(ctx, who, func(t *tx) error {
		u, err := resetOf(t.DB, token, t.now)
		if err != nil {
			return err
		}
		t.actAs(u, t.who.IP)
		out, err = t.resetPassword(u, passwordHash, facts{"by": "reset"})
		return err
	})
	return out, err
}

// ResetPassword is for the command line. It stores the hash of a person's new password and removes everything that an
// attacker with the former one could have added: passkeys, sessions, pending sign-ins, links to choose a password, and
// an unconfirmed authenticator app. An app in use stays, with its recovery codes, and so does the link to an OpenID
// provider: the former password is not enough for either, and without them a stolen mailbox would be.
func (s *Store) ResetPassword(ctx context.Context, userID int64, passwordHash string) (models.ResetOutcome, error) {
	var out models.ResetOutcome
	err := s.write(ctx, models.Actor{Name: commandLine}, func(t *tx) error {
		u, err := t.user(userID)
		if err != nil {
			return err
		}
		out, err = t.resetPassword(u, passwordHash, facts{})
		return err
	})
	return out, err
}

func (t *tx) resetPassword(u models.User, hash string, after facts) (models.ResetOutcome, error) {
	out := models.ResetOutcome{User: u}
	var err error
	if out.Sessions, err = t.setPassword(u.ID, hash); err != nil {
		return out, err
	}
	if out.Passkeys, err = t.removePasskeys(u.ID); err != nil {
		return out, err
	}
	if u.TOTPSince == nil {
		if err := t.endTOTP(u.ID); err != nil {
			return out, err
		}
	}
	out.User.PasswordHash = hash
	after["sessions"] = out.Sessions
	if len(out.Passkeys) > 0 {
		after["passkeys"] = out.Passkeys
	}
	return out, t.auditUser(models.EventUserPassword, u, nil, after)
}

// removePasskeys removes all passkeys of a person and returns their names.
func (t *tx) removePasskeys(userID int64) ([]string, error) {
	var names []string
	err := t.Model(&models.Passkey{}).Where("user_id = ?", userID).Order("id").Pluck("name", &names).Error
	if err != nil {
		return nil, err
	}
	return names, t.Where("user_id = ?", userID).Delete(&models.Passkey{}).Error
}
