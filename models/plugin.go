package models

import "time"

// Plugin is a caller inside the platform, such as a front-end event, that
// uses a key.
type Plugin struct {
	ID        int64 `gorm:"primaryKey"`
	AccountID int64
	PluginID  string // what the gate is told; unique in the account
	Name      string
	KeyID     *int64 // the key that it uses; nil: none, or a key that is gone
	CreatedAt time.Time
}
