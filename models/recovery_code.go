package models

import "time"

// RecoveryCode is a single-use substitute for a code of the authenticator app.
type RecoveryCode struct {
	UserID int64  `gorm:"primaryKey;autoIncrement:false"`
	Hash   string `gorm:"primaryKey"`
	UsedAt *time.Time
}
