package models

import "errors"

// NewSubaccount describes a sub-account to create. If the slug is empty, it is made from the name.
type NewSubaccount struct {
	Name         string
	Slug         string
	OwnCatalogue bool // false: its master's apps and catalogue
}

// SubaccountQuery selects a page of a master's sub-accounts. The page's address holds all of it.
type SubaccountQuery struct {
	Search string // part of the name or of the slug
	Page   int    // from 1; less counts as 1
}

// SubaccountsPerPage is the number of sub-accounts on a page.
const SubaccountsPerPage = 50

// SubaccountRow is a sub-account in the list of its master.
type SubaccountRow struct {
	Account
	Keys   int // of every channel and status
	Apps   int // apps for its keys: its own, or its master's
	People int // members of the sub-account itself
}

// SubaccountPage is one page of sub-accounts.
type SubaccountPage struct {
	Rows  []SubaccountRow
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

// CheckSubaccount returns the sub-account with its fields cleaned. Its error joins the errors at name and slug.
func CheckSubaccount(n NewSubaccount) (NewSubaccount, error) {
	var badName, badSlug error
	n.Name, badName = CleanName("name", n.Name, true)
	n.Slug, badSlug = CleanSlug(n.Slug)
	return n, errors.Join(badName, badSlug)
}
