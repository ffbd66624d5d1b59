package models

import "time"

// RecoveryCode signs a person in once in place of a code of their
// authenticator app.
type RecoveryCode struct {
	UserID int64  `gorm:"primaryKey;autoIncrement:false"`
	Hash   string `gorm:"primaryKey"`
	UsedAt *time.Time
}
