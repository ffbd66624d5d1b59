package models

// AppSource says where an app-bound call names its app.
type AppSource string

// The places where an app id is found. AppInPath means a {parameter} of the
// path pattern, named by AppField.
const (
	AppSourceNone AppSource = ""
	AppInPath     AppSource = "path"
	AppInHeader   AppSource = "header"
	AppInQuery    AppSource = "query"
	AppInBody     AppSource = "body" // a top-level member of the JSON body
)

// Family is a group of calls: Contact, App, Form, Data, File, Workflow, CRM,
// and any that the admin adds.
type Family struct {
	ID        int64 `gorm:"primaryKey"`
	AccountID int64
	Name      string // unique in the account
	Position  int
}

// API is one call of the catalogue.
type API struct {
	ID            int64 `gorm:"primaryKey"`
	AccountID     int64
	FamilyID      int64
	Name          string // dotted, such as "data.list"; unique in the account
	Method        string // "POST", or "ANY"
	Path          string // pattern, such as /api/v5/app/{app_id}/data
	AppBound      bool
	AppSource     AppSource
	AppField      string // name of the path parameter, header, query parameter or body member
	RatePerSecond int    // for all of the account's keys together; 0: no limit
}

// APIRow is a call in the catalogue page.
type APIRow struct {
	API
	KeyCount int // keys whose API List names it
}

// FamilyRow is a family with its calls, in the order shown.
type FamilyRow struct {
	Family
	APIs []APIRow `gorm:"-"`
}
