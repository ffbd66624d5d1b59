package models

import "time"

// MaxImportRows is the maximum number of accounts in one file. MaxImportOnline is the maximum in the console, where a
// request has half a minute.
const (
	MaxImportRows   = 5000
	MaxImportOnline = 1000
)

// AccountKind is the kind of an imported account.
type AccountKind string

// The kinds of an account.
const (
	KindMaster     AccountKind = "master"
	KindSubaccount AccountKind = "sub"
)

// NewAccount is an account to import.
type NewAccount struct {
	Line    int // of the file, from 1
	Name    string
	Kind    AccountKind
	Master  string    // of a sub-account: name or slug
	Created time.Time // zero if the file has no date
}

// Key returns a text that no two accounts of a file may share.
func (n NewAccount) Key() string {
	return string(n.Kind) + "\x00" + FoldName(n.Master) + "\x00" + FoldName(n.Name)
}

// firstWithoutChannels returns the day from which new master accounts start without keys.
func firstWithoutChannels() time.Time { return time.Date(2023, time.June, 6, 0, 0, 0, 0, time.UTC) }

// StartChannels returns the channels for which the account starts with a key: four for a master account from before
// 2023-06-06, none for any other.
func (n NewAccount) StartChannels() []Channel {
	if n.Kind != KindMaster || n.Created.IsZero() || !n.Created.Before(firstWithoutChannels()) {
		return nil
	}
	return []Channel{ChannelFTP, ChannelHTTP, ChannelEmail, ChannelWebService}
}

// StartKeyName returns the name of an imported account's key for the channel.
func StartKeyName(c Channel) string {
	switch c {
	case ChannelFTP:
		return "FTP"
	case ChannelHTTP:
		return "HTTP"
	case ChannelEmail:
		return "Email"
	case ChannelWebService:
		return "Web Service"
	default:
		return "REST"
	}
}

// ImportSettings are the options of an import.
type ImportSettings struct {
	OwnerID int64 // owner of the new master accounts
	Preset  bool  // add the preset catalogue to new master accounts
	// All allows sub-accounts of every master of the installation, for the command line. Otherwise the actor must own
	// the master.
	All bool
	// Progress, if not nil, is called with the number of accounts made so far. It must return quickly.
	Progress func(done, total int)
	// Keep, if not nil, is called with the keys before the accounts are created. If it returns an error, no account is
	// created.
	Keep func([]ImportedKey) error
	// Undo, if not nil, is called if the accounts of the last Keep were not created after all.
	Undo func() error
	// Batch is the number of accounts in one transaction, 0 for all. Other changes can come between two transactions.
	Batch int
	// Continue skips rows whose account already exists under the same master. It completes an import that was
	// interrupted.
	Continue bool
}

// ImportedKey is a key that was created with an imported account, and its credentials. No later answer shows them.
type ImportedKey struct {
	Account    string
	Slug       string
	Channel    Channel
	Credential Credential
}

// ImportResult is what an import created or, for a check, would create.
type ImportResult struct {
	Masters int
	Subs    int
	Keys    []ImportedKey // without credentials in a check
	There   int           // skipped, because they already exist
}

// Add adds the result of a further batch to r.
func (r *ImportResult) Add(more ImportResult) {
	r.Masters, r.Subs, r.Keys = r.Masters+more.Masters, r.Subs+more.Subs, append(r.Keys, more.Keys...)
}

// Count adds one account to r.
func (r *ImportResult) Count(n NewAccount) {
	if n.Kind == KindSubaccount {
		r.Subs++
		return
	}
	r.Masters++
	for _, c := range n.StartChannels() {
		r.Keys = append(r.Keys, ImportedKey{Account: n.Name, Channel: c})
	}
}
