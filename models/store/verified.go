package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm/clause"

	"keywicket/models"
)

// How many proofs of chosen secrets are kept, and for how long.
const (
	maxVerified = 20_000
	proofTTL    = 90 * 24 * time.Hour
)

// verifiedRow is the proof of a chosen secret: a keyed hash of the secret and the id of the stored credentials, under a
// key that the database does not hold.
type verifiedRow struct {
	ID  int64 `gorm:"primaryKey"`
	Mac []byte
	At  time.Time
}

// TableName returns the table of proofs.
func (verifiedRow) TableName() string { return "verified_secrets" }

// Verified returns the newest proofs, the oldest of them first. It implements verifier.Keeper.
func (s *Store) Verified(ctx context.Context, most int) ([][32]byte, error) {
	var macs [][]byte
	err := s.rdb.WithContext(ctx).Model(&verifiedRow{}).Where("at > ?", s.now().Add(-proofTTL)).
		Order("id DESC").Limit(most).Pluck("mac", &macs).Error
	var list [][32]byte
	for _, mac := range slices.Backward(macs) {
		if len(mac) == 32 {
			list = append(list, [32]byte(mac))
		}
	}
	return list, err
}

// SaveVerified adds proofs, and deletes those that are old or too many. It implements verifier.Keeper.
func (s *Store) SaveVerified(ctx context.Context, proofs [][32]byte) error {
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		rows := make([]verifiedRow, len(proofs))
		for i, mac := range proofs {
			rows[i] = verifiedRow{Mac: mac[:], At: t.now}
		}
		if err := t.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, insertBatch).Error; err != nil {
			return err
		}
		return t.Where("at <= ? OR id <= (SELECT max(id) FROM verified_secrets) - ?", t.now.Add(-proofTTL), maxVerified).Delete(&verifiedRow{}).Error
	})
}
