package store

import (
	"context"

	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/store/sqlite"
)

func errPasskeyGone() error {
	return models.Refuse(models.CodeNotFound, "", "errors.passkey.not_found")
}

// Passkeys returns the person's passkeys, the oldest first.
func (s *Store) Passkeys(ctx context.Context, userID int64) ([]models.Passkey, error) {
	var all []models.Passkey
	err := s.rdb.WithContext(ctx).Where("user_id = ?", userID).Order("id").Find(&all).Error
	return all, classify(err)
}

// PasskeyUser returns the person with the passkey, or CodeNotFound.
func (s *Store) PasskeyUser(ctx context.Context, credentialID []byte) (models.User, error) {
	var u models.User
	err := s.rdb.WithContext(ctx).Joins("JOIN passkeys ON passkeys.user_id = users.id").
		Where("passkeys.credential_id = ?", credentialID).Take(&u).Error
	return u, classify(orNotFound(err, "errors.passkey.not_found"))
}

// AddPasskey adds a passkey to the actor. It returns CodeConflict if any person has that passkey, and CodeLimit beyond
// the limit.
func (s *Store) AddPasskey(ctx context.Context, who models.Actor, p models.Passkey) error {
	name, err := models.CleanName("name", p.Name, true)
	if err != nil {
		return err
	}
	return s.write(ctx, who, func(t *tx) error {
		u, err := t.me()
		if err != nil {
			return err
		}
		var n int64
		if err := t.Model(&models.Passkey{}).Where("user_id = ?", u.ID).Count(&n).Error; err != nil {
			return err
		}
		if n >= models.MaxPasskeys {
			return models.Refuse(models.CodeLimit, "", "errors.passkey.limit", "Max", models.MaxPasskeys)
		}
		row := models.Passkey{UserID: u.ID, Name: name, CredentialID: p.CredentialID, Credential: p.Credential, SignCount: p.SignCount, CreatedAt: t.now}
		if err := t.Create(&row).Error; err != nil {
			if sqlite.IsDuplicate(err) {
				err = models.Refuse(models.CodeConflict, "", "errors.passkey.taken")
			}
			return err
		}
		return t.auditUser(models.EventPasskeyAdd, u, nil, facts{"passkey": name})
	})
}

// UsePasskey stores the state of a passkey after its use, and the time. It compares the passkey's counter in the
// transaction: an older count is CodeInvalid, and so is the second of two uses with the same count, by which a copy
// shows. Only a passkey that does not count repeats one, 0. A passkey that was removed is CodeNotFound.
func (s *Store) UsePasskey(ctx context.Context, p models.Passkey) error {
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		mine := func() *gorm.DB { return t.Model(&models.Passkey{}).Where("id = ? AND user_id = ?", p.ID, p.UserID) }
		r := mine().Where("sign_count < ? OR (sign_count = 0 AND ? = 0)", p.SignCount, p.SignCount).
			Updates(map[string]any{"credential": p.Credential, "sign_count": p.SignCount, "last_used_at": t.now})
		if r.Error != nil || r.RowsAffected == 1 {
			return r.Error
		}
		var n int64
		if err := mine().Count(&n).Error; err != nil {
			return err
		}
		if n == 0 {
			return errPasskeyGone()
		}
		return models.Refuse(models.CodeInvalid, "", "errors.passkey.wrong")
	})
}

// RemovePasskey removes a passkey of the actor. It returns CodeNotFound for another person's.
func (s *Store) RemovePasskey(ctx context.Context, who models.Actor, id int64) error {
	return s.write(ctx, who, func(t *tx) error {
		u, err := t.me()
		if err != nil {
			return err
		}
		var p models.Passkey
		if err := t.Where("id = ? AND user_id = ?", id, u.ID).Take(&p).Error; err != nil {
			return orNotFound(err, "errors.passkey.not_found")
		}
		if err := t.Where("id = ?", p.ID).Delete(&models.Passkey{}).Error; err != nil {
			return err
		}
		return t.auditUser(models.EventPasskeyRemove, u, facts{"passkey": p.Name}, nil)
	})
}
