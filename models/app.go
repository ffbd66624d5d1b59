package models

import "time"

// App is something in the workspace that is used through the API.
type App struct {
	ID        int64 `gorm:"primaryKey"`
	AccountID int64
	AppID     string // as callers send it; unique in the account
	Name      string
	CreatedAt time.Time
}

// NewApp is an app to add.
type NewApp struct {
	AppID string
	Name  string
}

// AppQuery asks for a page of an account's apps. The zero value asks for the
// first page of all.
type AppQuery struct {
	Search string // part of the app id or of the name
	Page   int    // from 1; less counts as 1
	All    bool   // every app at once, for the pickers
}

// AppRow is an app in the list.
type AppRow struct {
	App
	KeyCount int // keys whose App List names it
}

// AppPage is one page of apps.
type AppPage struct {
	Rows  []AppRow
	Total int // that match the search
	Page  int
	Pages int
}
