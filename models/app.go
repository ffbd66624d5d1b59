package models

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxAppIDLen is the maximum length of an app id, in characters.
const MaxAppIDLen = 100

// AppsPerPage is the number of apps on a page of the list.
const AppsPerPage = 50

// App is an application of the workspace that is used through the API.
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
	Name  string // "" for the app id
}

// AppQuery selects a page of an account's apps. The zero value selects the first page of all apps.
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

// CleanAppID returns an app id trimmed and otherwise as typed, because callers send it byte by byte. An app id that is
// empty, longer than MaxAppIDLen, or has a space or an invisible character is an error at field "app_id".
func CleanAppID(s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", Refuse(CodeInvalid, "app_id", "errors.app_id.required")
	case !utf8.ValidString(s):
		return "", Refuse(CodeInvalid, "app_id", "errors.text.encoding")
	case utf8.RuneCountInString(s) > MaxAppIDLen:
		return "", Refuse(CodeInvalid, "app_id", "errors.text.too_long", "Max", MaxAppIDLen)
	}
	if !plainWord(s) || !visible(s) {
		return "", Refuse(CodeInvalid, "app_id", "errors.app_id.characters")
	}
	return s, nil
}

// CheckApp returns the app with its fields cleaned. The name defaults to the app id. The error joins the errors at
// app_id and name.
func CheckApp(n NewApp) (NewApp, error) {
	var badID, badName error
	n.AppID, badID = CleanAppID(n.AppID)
	n.Name, badName = CleanName("name", n.Name, false)
	if n.Name == "" {
		n.Name = n.AppID
	}
	return n, errors.Join(badID, badName)
}
