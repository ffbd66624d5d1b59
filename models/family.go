package models

// Family is a group of APIs: Contact, App, Form, Data, File, Workflow, CRM, and those that an admin adds.
type Family struct {
	ID        int64 `gorm:"primaryKey"`
	AccountID int64
	Name      string // unique in the account
	Position  int
}

// FamilyRow is a family with its APIs, in the order of the page.
type FamilyRow struct {
	Family
	APIs []APIRow `gorm:"-"`
}
