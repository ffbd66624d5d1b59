package store

import (
	"context"
	"time"

	"keywicket/models"
	"keywicket/models/secret"
)

// attempt is one try at a password. Subject is a keyed hash of what is counted
// by: what people type into the wrong field is kept nowhere.
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

// CountAttempt counts one try on each of the counts, before the password or code
// is looked at. When one of them is used up it is a CodeTooMany that tells the
// Minutes to wait, and nothing is counted.
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

// RefundAttempt takes one try back, after the right password: that was no
// guess. Other tries stay counted, for they may be somebody else's, and a
// person who signs in gives nobody more tries at their password.
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
