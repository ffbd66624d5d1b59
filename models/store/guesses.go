package store

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"keywicket/models"
	"keywicket/models/netaddr"
)

// Limits of password guesses in GuessWindow.
const (
	MaxGuessesPerEmail   = 20
	MaxGuessesPerAddress = 60
	GuessWindow          = 15 * time.Minute
)

// guess is one try at a password. Subject is a keyed hash of the e-mail or
// the address: what people type into the wrong field is kept nowhere.
type guess struct {
	ID      int64 `gorm:"primaryKey"`
	Subject []byte
	At      time.Time
}

func (s *Store) guessSubject(kind, value string) []byte {
	w := newMAC(s.macKey, "guess")
	w.text(kind)
	w.text(value)
	return w.Sum(nil)
}

func emailSubject(email string) string {
	if clean, err := models.NormalizeEmail(email); err == nil {
		return clean
	}
	return strings.ToLower(strings.TrimSpace(email))
}

// addressSubject is the network that counts as one client, or ip as it is
// where that is no address.
func addressSubject(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	return netaddr.Client(a).String()
}

// TakeGuess counts one try to sign in, before the password is looked at. When
// the e-mail or the address has used its tries up it is a CodeTooMany that
// tells the Minutes to wait, and is not counted. An unknown e-mail is counted
// like a known one.
func (s *Store) TakeGuess(ctx context.Context, email, ip string) error {
	return s.takeTry(ctx, "errors.login.too_many", []tryLimit{
		{s.guessSubject("email", emailSubject(email)), MaxGuessesPerEmail},
		{s.guessSubject("address", addressSubject(ip)), MaxGuessesPerAddress},
	})
}

// tryLimit is how many tries a subject has in GuessWindow.
type tryLimit struct {
	subject []byte
	most    int
}

// takeTry counts one try for each subject, or, when one has used its tries up,
// none, and says the words.
func (s *Store) takeTry(ctx context.Context, words string, limits []tryLimit) error {
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		// Those of a clock that has been set back since would lock people out
		// for as long as it was wrong.
		err := t.Where("at <= ? OR at > ?", t.now.Add(-GuessWindow), t.now.Add(time.Minute)).Delete(&guess{}).Error
		if err != nil {
			return err
		}
		var taken []guess
		for _, l := range limits {
			var times []time.Time
			if err := t.Model(&guess{}).Where("subject = ?", l.subject).Order("at").Pluck("at", &times).Error; err != nil {
				return err
			}
			if len(times) >= l.most {
				wait := times[len(times)-l.most].Add(GuessWindow).Sub(t.now)
				return models.Errorf(models.CodeTooMany, "", words,
					"Minutes", max(1, int((wait+time.Minute-1)/time.Minute)))
			}
			taken = append(taken, guess{Subject: l.subject, At: t.now})
		}
		return t.Create(&taken).Error
	})
}

// ForgiveGuess takes one try back, after the right password: that was no
// guess. Other tries stay counted, for they may be somebody else's, and a
// person who signs in gives nobody more tries at their password.
func (s *Store) ForgiveGuess(ctx context.Context, email, ip string) error {
	subjects := [][]byte{s.guessSubject("email", emailSubject(email)), s.guessSubject("address", addressSubject(ip))}
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		for _, subject := range subjects {
			if err := t.Exec("DELETE FROM guesses WHERE id = (SELECT max(id) FROM guesses WHERE subject = ?)", subject).Error; err != nil {
				return err
			}
		}
		return nil
	})
}
