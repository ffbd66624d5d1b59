package engine

import "keywicket/models"

// Delta is a change of what the engine knows. Its accounts and keys replace those
// with the same id. An id that is both in it and gone is gone.
type Delta struct {
	All bool // Accounts and Keys are complete: everything else is gone

	Accounts     []AccountData
	GoneAccounts []int64 // ids; their keys go with them
	Keys         []KeyData
	GoneKeys     []int64 // ids
}

// AccountData is an account with the whole catalogue and all of the apps that
// it uses, its own or its master's. Its Status is the one that counts: a
// sub-account of a suspended master is suspended. Accounts of one Delta with
// the same CatalogueID, other than 0, have the same apps and catalogue.
type AccountData struct {
	Account     models.Account
	CatalogueID int64
	APIs        []models.API
	Apps        []models.App
}

// KeyData is a key with its policy. AppIDs and APIIDs are the ids of the App
// List and of the API List, which count only where the key's scope is
// models.ScopeSome; IPs are the canonical rules of the IP Whitelist.
type KeyData struct {
	Key      models.Key
	AppIDs   []int64
	APIIDs   []int64
	IPs      []string
	Previous []models.PreviousCredential // those that may still work
}
