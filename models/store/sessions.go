package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"keywicket/models"
)

// SignIn keeps a new session, whose ID is the hash of the cookie's token. The
// slow check of a password may have taken a while: a person who is disabled by
// now, or has another password, is CodeInvalid with the words of a wrong one.
func (s *Store) SignIn(ctx context.Context, in models.SignIn) error {
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		u, err := t.user(in.Session.UserID)
		if err != nil {
			return err
		}
		if u.DisabledAt != nil || u.PasswordHash != in.PasswordHash {
			return models.Refuse(models.CodeInvalid, "", "errors.login.wrong")
		}
		if err := t.Where("id = ?", in.Replaces).Delete(&models.Session{}).Error; err != nil {
			return err
		}
		for _, row := range in.Audit {
			t.record(row)
		}
		return t.createSession(in.Session)
	})
}

func (t *tx) createSession(session models.Session) error {
	for _, t := range []*time.Time{&session.CreatedAt, &session.SeenAt, &session.ExpiresAt} {
		*t = t.UTC().Truncate(time.Microsecond)
	}
	if session.ReauthAt != nil {
		at := session.ReauthAt.UTC().Truncate(time.Microsecond)
		session.ReauthAt = &at
	}
	return t.Create(&session).Error
}

// Session returns the session with the id. One that has ended, or whose person
// is disabled, is not-found. Whether it was idle for too long is for the
// caller to judge by SeenAt.
func (s *Store) Session(ctx context.Context, id string) (models.Session, error) {
	var session models.Session
	err := s.rdb.WithContext(ctx).
		Where("id = ? AND expires_at > ?", id, s.now()).
		Where("user_id IN (SELECT id FROM users WHERE disabled_at IS NULL)").Take(&session).Error
	return session, fault(orNotFound(err, "errors.session.not_found"))
}

// TouchSession notes when the session was seen last and what it holds. A
// session that is gone is not-found, and stays gone.
func (s *Store) TouchSession(ctx context.Context, id string, seen time.Time, values []byte) error {
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		r := t.Model(&models.Session{}).Where("id = ?", id).
			Updates(map[string]any{"seen_at": seen.UTC().Truncate(time.Microsecond), "values": values})
		if r.Error == nil && r.RowsAffected == 0 {
			return models.Refuse(models.CodeNotFound, "", "errors.session.not_found")
		}
		return r.Error
	})
}

// MarkReauth notes when the session's person proved last who they are. A
// session that is gone is not-found.
func (s *Store) MarkReauth(ctx context.Context, id string, at time.Time) error {
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		r := t.Model(&models.Session{}).Where("id = ?", id).Update("reauth_at", at.UTC().Truncate(time.Microsecond))
		if r.Error == nil && r.RowsAffected == 0 {
			return models.Refuse(models.CodeNotFound, "", "errors.session.not_found")
		}
		return r.Error
	})
}

// DeleteSession ends a session. One that is gone is no error.
func (s *Store) DeleteSession(ctx context.Context, id string) error {
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		return t.Where("id = ?", id).Delete(&models.Session{}).Error
	})
}

// DeleteSessions ends the person's sessions except one, and gives how many
// that were.
func (s *Store) DeleteSessions(ctx context.Context, userID int64, except string) (int, error) {
	return s.deleteSessions(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Where("user_id = ? AND id <> ?", userID, except)
	})
}

// PruneSessions forgets the sessions that have ended, and gives how many
// that were.
func (s *Store) PruneSessions(ctx context.Context) (int, error) {
	return s.deleteSessions(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Where("expires_at <= ?", s.now())
	})
}

func (s *Store) deleteSessions(ctx context.Context, which func(*gorm.DB) *gorm.DB) (int, error) {
	var n int64
	err := s.write(ctx, models.Actor{}, func(t *tx) error {
		r := which(t.DB).Delete(&models.Session{})
		n = r.RowsAffected
		return r.Error
	})
	if err != nil {
		return 0, err
	}
	return int(n), nil
}

// ListSessions returns the person's sessions that have not ended, the one seen
// last first.
func (s *Store) ListSessions(ctx context.Context, userID int64) ([]models.Session, error) {
	var all []models.Session
	err := s.rdb.WithContext(ctx).Where("user_id = ? AND expires_at > ?", userID, s.now()).
		Order("seen_at DESC, id").Find(&all).Error
	return all, fault(err)
}
