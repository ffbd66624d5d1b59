package store

import (
	"context"
	"time"

	"keywicket/models"
)

// SignIn begins a session, whose ID is the hash of the cookie's token, and records the sign-in. Because the slow check
// of a password takes a while, SignIn returns CodeInvalid, with the words of a wrong password, for a person who is
// disabled by now or has another password.
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
		if err := t.createSession(in.Session); err != nil || in.NewUser {
			return err
		}
		t.actAs(u, in.Session.IP)
		var after facts
		if in.By != "" {
			after = facts{"by": in.By}
		}
		return t.auditUser(models.EventUserSignIn, u, nil, after)
	})
}

// SignOut ends the actor's session and records the sign-out. A session that has
// ended already is no error, and is not recorded.
func (s *Store) SignOut(ctx context.Context, who models.Actor) error {
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		u, err := t.user(who.UserID)
		if err != nil {
			return err
		}
		r := t.Where("id = ? AND user_id = ?", who.SessionID, u.ID).Delete(&models.Session{})
		if r.Error != nil || r.RowsAffected == 0 {
			return r.Error
		}
		t.actAs(u, who.IP)
		return t.auditUser(models.EventUserSignOut, u, nil, nil)
	})
}

// SignOutEverywhere ends all of the actor's sessions and records it.
func (s *Store) SignOutEverywhere(ctx context.Context, who models.Actor) error {
	return s.write(ctx, who, func(t *tx) error {
		u, err := t.me()
		if err != nil {
			return err
		}
		if err := t.Where("user_id = ?", u.ID).Delete(&models.Session{}).Error; err != nil {
			return err
		}
		return t.auditUser(models.EventUserSignOutAll, u, nil, nil)
	})
}

// RecordFailedSignIn records a failed sign-in as the user from the address ip. A user without an ID stands for an
// unknown e-mail.
func (s *Store) RecordFailedSignIn(ctx context.Context, ip string, user models.User) error {
	return s.write(ctx, models.Actor{IP: ip}, func(t *tx) error {
		if user.ID == 0 {
			return t.recordStranger(user.Email)
		}
		return t.auditUser(models.EventUserSignInFailed, user, nil, nil)
	})
}

// RecordFailedReauth records a wrong answer that was given in the actor's
// session. at is what asked for it: "password", "totp", or "" for a
// re-authentication.
func (s *Store) RecordFailedReauth(ctx context.Context, who models.Actor, at string) error {
	return s.write(ctx, who, func(t *tx) error {
		u, err := t.me()
		if err != nil {
			return err
		}
		var after facts
		if at != "" {
			after = facts{"at": at}
		}
		return t.auditUser(models.EventUserReauthFailed, u, nil, after)
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

// Session returns the session with the id. A session that has ended, or whose person is disabled, is CodeNotFound.
// Whether it was idle for too long is for the caller to decide by SeenAt.
func (s *Store) Session(ctx context.Context, id string) (models.Session, error) {
	var session models.Session
	err := s.rdb.WithContext(ctx).
		Where("id = ? AND expires_at > ?", id, s.now()).
		Where("user_id IN (SELECT id FROM users WHERE disabled_at IS NULL)").Take(&session).Error
	return session, classify(orNotFound(err, "errors.session.not_found"))
}

// TouchSession stores when the session was last seen, and its values. A session that has ended is CodeNotFound, and
// stays ended.
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

// MarkReauth stores when the session's person last re-authenticated. A session that has ended is CodeNotFound.
func (s *Store) MarkReauth(ctx context.Context, id string, at time.Time) error {
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		r := t.Model(&models.Session{}).Where("id = ?", id).Update("reauth_at", at.UTC().Truncate(time.Microsecond))
		if r.Error == nil && r.RowsAffected == 0 {
			return models.Refuse(models.CodeNotFound, "", "errors.session.not_found")
		}
		return r.Error
	})
}

// DeleteSession ends a session. A session that has ended already is no error.
func (s *Store) DeleteSession(ctx context.Context, id string) error {
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		return t.Where("id = ?", id).Delete(&models.Session{}).Error
	})
}

// PruneSessions deletes the sessions that have ended, and returns how many
// there were.
func (s *Store) PruneSessions(ctx context.Context) (int, error) {
	var n int64
	err := s.write(ctx, models.Actor{}, func(t *tx) error {
		r := t.Where("expires_at <= ?", t.now).Delete(&models.Session{})
		n = r.RowsAffected
		return r.Error
	})
	if err != nil {
		return 0, err
	}
	return int(n), nil
}

// ListSessions returns the person's sessions that have not ended, the last seen first.
func (s *Store) ListSessions(ctx context.Context, userID int64) ([]models.Session, error) {
	var all []models.Session
	err := s.rdb.WithContext(ctx).Where("user_id = ? AND expires_at > ?", userID, s.now()).
		Order("seen_at DESC, id").Find(&all).Error
	return all, classify(err)
}
