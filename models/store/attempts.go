package store

import (
	"context"
	"time"

	"keywicket/models"
	"keywicket/models/secret"
)

// attempt is one attempt at a password or a code. Subject is a keyed hash, because people type passwords into the wrong
// field.
type attempt struct {
	ID      int64 `gorm:"primaryKey"`
	Subject []byte
	At      time.Time
}

func (s *Store) attemptSubject(c models.AttemptCount) []byte {
	w := secret.NewMAC(s.macKey, "attempt")
	w.Text(c.Kind)
	w.Text(c.Value)
	return w.Sum()
}

// CountAttempt counts one attempt on each of the counts; call it before the password or code is compared. When one of
// the counts is used up, it counts nothing and returns CodeTooMany with the Minutes to wait.
func (s *Store) CountAttempt(ctx context.Context, counts []models.AttemptCount) error {
	return s.takeTry(ctx, "errors.login.too_many", counts)
}

func (s *Store) takeTry(ctx context.Context, words string, counts []models.AttemptCount) error {
	var refused error // what it finds out stays, also when it refuses
	err := s.write(ctx, models.Actor{}, func(t *tx) error {
		if err := t.Where("at <= ?", t.now.Add(-models.AttemptWindow)).Delete(&attempt{}).Error; err != nil {
			return err
		}
		// Those of a clock that was set back since count from now: they are
		// neither forgotten nor kept for as long as it was wrong.
		if err := t.Model(&attempt{}).Where("at > ?", t.now).Update("at", t.now).Error; err != nil {
			return err
		}
		var taken []attempt
		for _, c := range counts {
			subject := s.attemptSubject(c)
			var times []time.Time
			if err := t.Model(&attempt{}).Where("subject = ?", subject).Order("at").Pluck("at", &times).Error; err != nil {
				return err
			}
			if len(times) >= c.Most {
				wait := times[len(times)-c.Most].Add(models.AttemptWindow).Sub(t.now)
				refused = models.Refuse(models.CodeTooMany, "", words,
					"Minutes", max(1, int((wait+time.Minute-1)/time.Minute)))
				return nil
			}
			taken = append(taken, attempt{Subject: subject, At: t.now})
		}
		return t.Create(&taken).Error
	})
	if err == nil {
		err = refused
	}
	return err
}

// RefundAttempt removes one attempt from each of the counts, after the right password or code. Other attempts stay
// counted, since they may be somebody else's.
func (s *Store) RefundAttempt(ctx context.Context, counts []models.AttemptCount) error {
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		for _, c := range counts {
			err := t.Exec("DELETE FROM attempts WHERE id = (SELECT max(id) FROM attempts WHERE subject = ?)", s.attemptSubject(c)).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}
