package store

import (
	"context"

	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/secret"
)

// CheckSealed tries to open every revealable value. It returns their number, and how many of them no master key opens,
// as after a master key was removed too early. Revealing needs these values; the gate does not.
func (s *Store) CheckSealed(ctx context.Context) (sealed, lost int, err error) {
	err = s.read(ctx, func(db *gorm.DB) error {
		for after := int64(0); ; {
			var keys []models.Key
			err := db.Select("id, account_id, sid, kek_id, sealed").
				Where("id > ? AND visibility = ?", after, models.Revealable).Order("id").Limit(insertBatch).Find(&keys).Error
			if err != nil || len(keys) == 0 {
				return err
			}
			for _, k := range keys {
				sealed++
				if _, err := s.box.Open(k.KEKID, k.Sealed, secret.KeyAAD(k.AccountID, k.Sid)); err != nil {
					lost++
				}
			}
			after = keys[len(keys)-1].ID
		}
	})
	return sealed, lost, err
}
