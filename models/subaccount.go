package models

import "errors"

// NewSub describes a sub-account to create. If the slug is empty, it is made from the name.
type NewSub struct {
	Name         string
	Slug         string
	OwnCatalogue bool // false: its master's apps and catalogue
}

// SubQuery selects a page of a master's sub-accounts. The page's address holds all of it.
type SubQuery struct {
	Search string // part of the name or of the slug
	Page   int    // from 1; less counts as 1
}

// SubsPerPage is the number of sub-accounts on a page.
const SubsPerPage = 50

// SubRow is a sub-account in the list of its master.
type SubRow struct {
	Account
	Keys   int // of every channel and status
	Apps   int // apps for its keys: its own, or its master's
	People int // members of the sub-account itself
}

// SubPage is one page of sub-accounts.
type SubPage struct {
	Rows  []SubRow
	Count int // of all sub-accounts, regardless of the search
	Total int // that match the search
	Page  int
	Pages int
}

// ListedKey is a key whose list contains an app or an API, with its account.
type ListedKey struct {
	Sid     string
	Name    string
	Slug    string // of the account
	Account string // name of the account
}

// ListLoss lists the entries of a key's lists that another catalogue does not have.
type ListLoss struct {
	Sid  string
	Name string
	Apps []string // app ids
	APIs []string // names
}

// Entries returns the number of entries in all losses.
func Entries(losses []ListLoss) int {
	n := 0
	for _, l := range losses {
		n += len(l.Apps) + len(l.APIs)
	}
	return n
}

// CheckSub returns the sub-account with its fields cleaned. Its error joins the errors at name and slug.
func CheckSub(n NewSub) (NewSub, error) {
	var badName, badSlug error
	n.Name, badName = CleanName("name", n.Name, true)
	n.Slug, badSlug = CleanSlug(n.Slug)
	return n, errors.Join(badName, badSlug)
}
