package store

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"keywicket/models"
	"keywicket/models/secret"
)

// resealBatch is how many values are resealed in one transaction, so that other writers get their turn between two.
const resealBatch = 50

// Reseal creates a new master key, seals everything with it, and returns the number of values. It works beside a
// running server, and waits for another process that does the same. The former master keys stay in the ring, because
// older backups need them. It returns ErrUnknownKEK when the ring lacks a master key in use, and ErrUnfinished when
// another Reseal has to finish the work.
func (s *Store) Reseal(ctx context.Context) (n int, err error) {
	err = s.box.Reseal(ctx, secret.Resealing{
		Check: func(ids []string) error { return s.checkRing(ctx, ids) },
		Reseal: func(ctx context.Context) (err error) {
			n, err = s.resealAll(ctx)
			return err
		},
		Waiting: func() { s.log.InfoContext(ctx, "another rotation of the master key is under way: waiting for its end") },
	})
	return n, err
}

// checkRing refuses a ring that lacks a master key in use: Reseal would leave behind what only that key opens.
func (s *Store) checkRing(ctx context.Context, ids []string) error {
	var missing []string
	err := s.rdb.WithContext(ctx).Raw(`SELECT DISTINCT kek_id FROM (SELECT kek_id FROM secrets UNION SELECT kek_id FROM keys
		UNION SELECT totp_kek_id FROM users) WHERE kek_id <> '' AND kek_id NOT IN ?`, ids).Scan(&missing).Error
	if err == nil && len(missing) > 0 {
		err = fmt.Errorf("%w: %s", secret.ErrUnknownKEK, strings.Join(missing, ", "))
	}
	return classify(err)
}

// resealAll seals with the active master key everything that another one has sealed, and returns the number of values.
func (s *Store) resealAll(ctx context.Context) (int, error) {
	active := s.box.ActiveID()
	// The servers learn first, so that they seal nothing more the old way.
	err := s.write(ctx, models.Actor{Name: commandLine}, func(t *tx) error {
		t.feed = append(t.feed, change{})
		return t.audit(models.EventMasterKeyRotate, "master_key", active, "", nil, facts{"kek": active})
	})
	if err != nil {
		return 0, err
	}
	total, err := s.resealSecrets(ctx, active)
	for _, batch := range []func(context.Context) (done, left int, err error){s.resealKeys, s.resealTOTP} {
		left := 1
		for err == nil && left > 0 {
			var n int
			n, left, err = batch(ctx)
			total += n
		}
	}
	return total, err
}

// commandLine is the actor's name for changes from the command line.
const commandLine = "command line"

func (s *Store) resealSecrets(ctx context.Context, active string) (int, error) {
	var done int
	err := s.write(ctx, models.Actor{}, func(t *tx) error {
		done = 0
		var rows []sealedSecret
		if err := t.Where("kek_id <> ?", active).Find(&rows).Error; err != nil {
			return err
		}
		for _, r := range rows {
			kek, sealed, err := s.reseal(r.KEKID, r.Sealed, secretAAD(r.Name))
			if err != nil {
				return err
			}
			err = t.Model(&sealedSecret{}).Where("name = ?", r.Name).
				Updates(map[string]any{"kek_id": kek, "sealed": sealed}).Error
			if err != nil {
				return err
			}
			done++
		}
		return nil
	})
	return done, err
}

// resealKeys does one batch. left is the number of values that it met, 0 when all is done.
func (s *Store) resealKeys(ctx context.Context) (done, left int, err error) {
	err = s.write(ctx, models.Actor{}, func(t *tx) error {
		active := s.box.ActiveID() // which may be rotated once more meanwhile
		done, left = 0, 0
		var keys []models.Key
		err := t.Select("id, account_id, sid, kek_id, sealed").
			Where("kek_id <> ? AND kek_id <> ''", active).Order("id").Limit(resealBatch).Find(&keys).Error
		if err != nil {
			return err
		}
		left = len(keys)
		for _, k := range keys {
			kek, sealed, err := s.reseal(k.KEKID, k.Sealed, secret.KeyAAD(k.AccountID, k.Sid))
			if err != nil {
				return err
			}
			// The value stays as it was: no touch of updated_at.
			r := t.Model(&models.Key{}).Where("id = ? AND kek_id = ?", k.ID, k.KEKID).
				UpdateColumns(map[string]any{"kek_id": kek, "sealed": sealed})
			if r.Error != nil {
				return r.Error
			}
			done += int(r.RowsAffected)
		}
		return nil
	})
	return done, left, err
}

// resealTOTP does one batch of the secrets of people's authenticator apps.
func (s *Store) resealTOTP(ctx context.Context) (done, left int, err error) {
	err = s.write(ctx, models.Actor{}, func(t *tx) error {
		done, left = 0, 0
		var users []models.User
		err := t.Select("id, totp_kek_id, totp_sealed").
			Where("totp_kek_id <> ? AND totp_kek_id <> ''", s.box.ActiveID()).Order("id").Limit(resealBatch).Find(&users).Error
		if err != nil {
			return err
		}
		left = len(users)
		for _, u := range users {
			kek, sealed, err := s.reseal(u.TOTPKEKID, u.TOTPSealed, secret.TOTPAAD(u.ID))
			if err != nil {
				return err
			}
			r := t.Model(&models.User{}).Where("id = ?", u.ID).Updates(map[string]any{"totp_kek_id": kek, "totp_sealed": sealed})
			if r.Error != nil {
				return r.Error
			}
			done++
		}
		return nil
	})
	return done, left, err
}

// reseal opens a value, seals it with the active master key, and opens the result to be sure.
func (s *Store) reseal(kek string, sealed, aad []byte) (string, []byte, error) {
	plain, err := s.box.Open(kek, sealed, aad)
	if err != nil {
		return "", nil, err
	}
	newKEK, next, err := s.box.Seal(plain, aad)
	if err != nil {
		return "", nil, err
	}
	again, err := s.box.Open(newKEK, next, aad)
	if err == nil && !bytes.Equal(again, plain) {
		err = secret.ErrWrongKey
	}
	return newKEK, next, err
}
