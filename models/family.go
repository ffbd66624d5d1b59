package models

// Family is a group of calls: Contact, App, Form, Data, File, Workflow, CRM,
// and any that the admin adds.
type Family struct {
	ID        int64 `gorm:"primaryKey"`
	AccountID int64
	Name      string // unique in the account
	Position  int
}

// FamilyRow is a family with its calls, in the order shown.
type FamilyRow struct {
	Family
	APIs []APIRow `gorm:"-"`
}
