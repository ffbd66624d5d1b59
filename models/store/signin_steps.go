package store

import (
	"context"
	"crypto/rand"
	"time"

	"keywicket/models"
	"keywicket/models/secret"
)

// signInStep is a row of the table signin_steps.
type signInStep struct {
	IDHash    string `gorm:"primaryKey"`
	Purpose   string
	UserID    int64
	Data      []byte
	Tries     int
	ExpiresAt time.Time
}

// TableName returns the table of pending sign-ins.
func (signInStep) TableName() string { return "signin_steps" }

// maxSignInSteps is the most steps that a person has pending; their oldest give way. Strangers have none, because a
// step begins with the right password.
const maxSignInSteps = 20

// BeginSignInStep keeps for ttl what a sign-in has to remember until its next step, and returns the token that finds
// it. Data must hold no secret of the person.
func (s *Store) BeginSignInStep(ctx context.Context, step models.SignInStep, ttl time.Duration) (string, error) {
	token, hash, err := secret.NewToken(rand.Reader)
	if err != nil {
		return "", err
	}
	if step.Data == nil {
		step.Data = []byte{}
	}
	err = s.write(ctx, models.Actor{}, func(t *tx) error {
		if err := t.forgetSteps(); err != nil {
			return err
		}
		err := t.Exec("DELETE FROM signin_steps WHERE id_hash IN (SELECT id_hash FROM signin_steps WHERE user_id = ? ORDER BY expires_at DESC, id_hash LIMIT -1 OFFSET ?)",
			step.UserID, maxSignInSteps-1).Error
		if err != nil {
			return err
		}
		return t.Create(&signInStep{IDHash: hash, Purpose: string(step.Purpose), UserID: step.UserID, Data: step.Data, ExpiresAt: t.now.Add(ttl)}).Error
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// forgetSteps deletes the steps that have ended.
func (t *tx) forgetSteps() error {
	return t.Where("expires_at <= ?", t.now).Delete(&signInStep{}).Error
}

func errSignInStep() error { return models.Refuse(models.CodeNotFound, "", "errors.signin.step") }

// SignInStep returns the step with the token, and does not use it up. A token that is unknown, used, too old, or made
// for another purpose is CodeNotFound.
func (s *Store) SignInStep(ctx context.Context, purpose models.SignInPurpose, token string) (models.SignInStep, error) {
	var row signInStep
	err := s.rdb.WithContext(ctx).Where("id_hash = ? AND purpose = ? AND expires_at > ?", secret.HashToken(token), string(purpose), s.now()).
		Take(&row).Error
	if err != nil {
		return models.SignInStep{}, classify(orNotFound(err, "errors.signin.step"))
	}
	return models.SignInStep{Purpose: purpose, UserID: row.UserID, Data: row.Data}, nil
}

// EndSignInStep uses the token up, and reports whether it could still be used: of two calls at once, one gets true.
func (s *Store) EndSignInStep(ctx context.Context, purpose models.SignInPurpose, token string) (bool, error) {
	var ended bool
	err := s.write(ctx, models.Actor{}, func(t *tx) error {
		r := t.Where("id_hash = ? AND purpose = ? AND expires_at > ?", secret.HashToken(token), string(purpose), t.now).Delete(&signInStep{})
		ended = r.RowsAffected == 1
		return r.Error
	})
	return ended && err == nil, err
}

// TrySignInStep counts a try, and ends the step after most tries. A step that has ended is CodeNotFound.
func (s *Store) TrySignInStep(ctx context.Context, purpose models.SignInPurpose, token string, most int) error {
	var over bool
	err := s.write(ctx, models.Actor{}, func(t *tx) error {
		hash := secret.HashToken(token)
		var row signInStep
		err := t.Where("id_hash = ? AND purpose = ? AND expires_at > ?", hash, string(purpose), t.now).Take(&row).Error
		if err != nil {
			return orNotFound(err, "errors.signin.step")
		}
		if over = row.Tries >= most; over {
			return t.Where("id_hash = ?", hash).Delete(&signInStep{}).Error
		}
		return t.Model(&signInStep{}).Where("id_hash = ?", hash).Update("tries", row.Tries+1).Error
	})
	if err == nil && over {
		err = errSignInStep()
	}
	return err
}
