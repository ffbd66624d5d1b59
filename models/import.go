package models

import "time"

// MaxImportRows is how many accounts one file may hold, and MaxImportOnline
// how many of them the console takes: a request has half a minute.
const (
	MaxImportRows   = 5000
	MaxImportOnline = 1000
)

// AccountKind is the kind of an imported account.
type AccountKind string

// The two kinds of account.
const (
	KindMaster AccountKind = "master"
	KindSub    AccountKind = "sub"
)

// NewAccount is an account to import.
type NewAccount struct {
	Line    int // of the file, from 1
	Name    string
	Kind    AccountKind
	Master  string    // of a sub-account: name or slug
	Created time.Time // zero: not said
}

// Key is what two accounts of one file cannot share.
func (n NewAccount) Key() string {
	return string(n.Kind) + "\x00" + FoldName(n.Master) + "\x00" + FoldName(n.Name)
}

// firstWithoutChannels is the day from which on new master accounts begin
// without an active channel.
func firstWithoutChannels() time.Time { return time.Date(2023, time.June, 6, 0, 0, 0, 0, time.UTC) }

// StartChannels returns the channels that the account begins with a key for: of
// a master account from before 2023-06-06 these four, of any other none.
func (n NewAccount) StartChannels() []Channel {
	if n.Kind != KindMaster || n.Created.IsZero() || !n.Created.Before(firstWithoutChannels()) {
		return nil
	}
	return []Channel{ChannelFTP, ChannelHTTP, ChannelEmail, ChannelWebService}
}

// StartKeyName is what an imported account's key is called: as its channel.
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

// ImportSettings say how accounts are imported.
type ImportSettings struct {
	OwnerID int64 // who owns the new masters
	Preset  bool  // fill the catalogues of new masters
	// All lets sub-accounts go below every master of the installation: the
	// command line. Else below those that the actor owns.
	All bool
	// Progress, where not nil, hears how many are made. It must be quick.
	Progress func(done, total int)
	// Keep, where not nil, gets the keys before the accounts are there. With
	// an error nothing is made.
	Keep func([]ImportedKey) error
	// Undo, where not nil, hears that what Keep got last was not made after all.
	Undo func() error
	// Batch is how many accounts are made in one change; 0 is all of them.
	// Others can change something between two.
	Batch int
	// Continue passes over rows whose account is there already, below the same
	// master: those that an import made which did not come to its end.
	Continue bool
}

// ImportedKey is a key that an imported account began with, and its
// credentials, which are in no other answer.
type ImportedKey struct {
	Account    string
	Slug       string
	Channel    Channel
	Credential Credential
}

// ImportResult is what an import made, or would make.
type ImportResult struct {
	Masters int
	Subs    int
	Keys    []ImportedKey // of a check: without credentials
	There   int           // passed over: they are there already
}

// Add counts in what a further part of an import made.
func (r *ImportResult) Add(more ImportResult) {
	r.Masters, r.Subs, r.Keys = r.Masters+more.Masters, r.Subs+more.Subs, append(r.Keys, more.Keys...)
}

// Count counts an account in.
func (r *ImportResult) Count(n NewAccount) {
	if n.Kind == KindSub {
		r.Subs++
		return
	}
	r.Masters++
	for _, c := range n.StartChannels() {
		r.Keys = append(r.Keys, ImportedKey{Account: n.Name, Channel: c})
	}
}
