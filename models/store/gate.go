package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/engine"
)

const (
	// feedKept is how many changes are kept for the gates of other processes.
	feedKept = 10_000
	// loadBatch is how many keys are loaded at once.
	loadBatch = 5_000
	// idBatch is how many ids stand in one IN list.
	idBatch = 500
)

// AttachGate loads everything into the engine. From then on each change of
// this process holds at the engine before its method returns. A store has one
// engine.
func (s *Store) AttachGate(ctx context.Context, e *engine.Engine) error {
	s.gateMu.Lock()
	defer s.gateMu.Unlock()
	if err := s.loadAll(ctx, e); err != nil {
		return fault(err)
	}
	s.engine = e
	return nil
}

// PollGate has a cheap look for changes of other processes, and lets the
// engine catch up with them. Call it every quarter of a second.
func (s *Store) PollGate(ctx context.Context) error { return fault(s.catchUp(ctx)) }

// readForGate runs fn as read does, on the connection of the gate alone: no
// page that is being read makes a change wait.
func (s *Store) readForGate(ctx context.Context, fn func(*gorm.DB) error) error {
	return fault(s.gdb.WithContext(ctx).Transaction(fn, &sql.TxOptions{ReadOnly: true}))
}

// catchUp tells the engine what was committed since it was told last. After
// an error nothing is lost: the next call starts from the same place.
func (s *Store) catchUp(ctx context.Context) error {
	s.gateMu.Lock()
	defer s.gateMu.Unlock()
	if s.engine == nil {
		return nil
	}
	var delta engine.Delta
	var last int64
	var reload, gap bool
	err := s.readForGate(ctx, func(db *gorm.DB) error {
		var ends struct{ First, Last int64 }
		if err := db.Raw("SELECT coalesce(min(id), 0) AS first, coalesce(max(id), 0) AS last FROM changes").
			Scan(&ends).Error; err != nil {
			return err
		}
		last = ends.Last
		if last == s.seen {
			return nil
		}
		if gap = last < s.seen || ends.First > s.seen+1; gap {
			return nil
		}
		var feed []change
		if err := db.Where("id > ?", s.seen).Order("id").Find(&feed).Error; err != nil {
			return err
		}
		var err error
		delta, reload, err = s.deltaOf(db, feed)
		return err
	})
	switch {
	case err != nil:
		return err
	case last == s.seen:
		return nil
	case gap: // the feed no longer reaches back to what the engine knows
		return s.loadAll(ctx, s.engine)
	}
	if reload {
		if err := s.box.Reload(); err != nil {
			s.log.ErrorContext(ctx, "the master keys cannot be read again", "error", err)
		}
	}
	s.engine.Apply(delta)
	s.seen = last
	return nil
}

// deltaOf loads what the changes name. reload says that the master keys
// changed.
func (s *Store) deltaOf(db *gorm.DB, feed []change) (d engine.Delta, reload bool, err error) {
	accounts, keys := map[int64]bool{}, map[int64]bool{}
	for _, c := range feed {
		switch {
		case c.KeyID != 0:
			keys[c.KeyID] = true
		case c.AccountID != 0:
			accounts[c.AccountID] = true
		default:
			reload = true
		}
	}
	affected, err := withSubs(db, slices.Sorted(maps.Keys(accounts)))
	if err != nil {
		return d, reload, err
	}
	shelf := catalogueShelf{}
	for _, id := range affected {
		data, err := shelf.loadAccount(db, id)
		switch {
		case errors.Is(err, gorm.ErrRecordNotFound):
			d.GoneAccounts = append(d.GoneAccounts, id)
		case err != nil:
			return d, reload, err
		default:
			d.Accounts = append(d.Accounts, data)
		}
	}
	ids := make([]int64, 0, len(keys))
	for id := range keys {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for part := range slices.Chunk(ids, idBatch) {
		var found []models.Key
		if err := db.Where("id IN ?", part).Order("id").Find(&found).Error; err != nil {
			return d, reload, err
		}
		data, err := keyData(db, found)
		if err != nil {
			return d, reload, err
		}
		d.Keys = append(d.Keys, data...)
		for _, id := range part {
			if _, ok := slices.BinarySearchFunc(found, id, func(k models.Key, id int64) int { return int(k.ID - id) }); !ok {
				d.GoneKeys = append(d.GoneKeys, id)
			}
		}
	}
	return d, reload, nil
}

// withSubs adds to the accounts their sub-accounts: a master's status, apps
// and catalogue are theirs too.
func withSubs(db *gorm.DB, ids []int64) ([]int64, error) {
	all := slices.Clone(ids)
	for part := range slices.Chunk(ids, idBatch) {
		var subs []int64
		if err := db.Model(&models.Account{}).Where("parent_id IN ?", part).Order("id").Pluck("id", &subs).Error; err != nil {
			return nil, err
		}
		all = append(all, subs...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// catalogueShelf keeps the catalogues of one look, so that sub-accounts that
// share one load it once.
type catalogueShelf map[int64]engine.AccountData

// loadAccount returns the account as the gate knows it: suspended also when its
// master is, and with the apps and the catalogue that it uses.
func (shelf catalogueShelf) loadAccount(db *gorm.DB, id int64) (engine.AccountData, error) {
	var a models.Account
	if err := db.Where("id = ?", id).Take(&a).Error; err != nil {
		return engine.AccountData{}, err
	}
	var err error
	if a.Master, err = masterOf(db, a); err != nil {
		return engine.AccountData{}, err
	}
	d, err := shelf.load(db, a.CatalogueID())
	if a.Stopped() {
		a.Status = models.AccountSuspended
	}
	d.Account = a
	return d, err
}

// load returns the apps and the catalogue of the account with the id.
func (shelf catalogueShelf) load(db *gorm.DB, id int64) (engine.AccountData, error) {
	if d, ok := shelf[id]; ok {
		return d, nil
	}
	d := engine.AccountData{CatalogueID: id}
	if err := db.Where("account_id = ?", id).Order("id").Find(&d.APIs).Error; err != nil {
		return d, err
	}
	if err := db.Where("account_id = ?", id).Order("id").Find(&d.Apps).Error; err != nil {
		return d, err
	}
	shelf[id] = d
	return d, nil
}

// loadAll replaces what the engine knows; the caller holds gateMu.
func (s *Store) loadAll(ctx context.Context, e *engine.Engine) error {
	d := engine.Delta{All: true}
	var last int64
	err := s.readForGate(ctx, func(db *gorm.DB) error {
		if err := db.Raw("SELECT coalesce(max(id), 0) FROM changes").Scan(&last).Error; err != nil {
			return err
		}
		var ids []int64
		if err := db.Model(&models.Account{}).Order("id").Pluck("id", &ids).Error; err != nil {
			return err
		}
		shelf := catalogueShelf{}
		for _, id := range ids {
			data, err := shelf.loadAccount(db, id)
			if err != nil {
				return err
			}
			d.Accounts = append(d.Accounts, data)
		}
		var err error
		d.Keys, err = loadKeys(db)
		return err
	})
	if err != nil {
		return err
	}
	e.Apply(d)
	s.seen = last
	return nil
}

func loadKeys(db *gorm.DB) ([]engine.KeyData, error) {
	var all []engine.KeyData
	var after int64
	for {
		var batch []models.Key
		if err := db.Where("id > ?", after).Order("id").Limit(loadBatch).Find(&batch).Error; err != nil {
			return nil, err
		}
		if len(batch) == 0 {
			return all, nil
		}
		data, err := keyData(db, batch)
		if err != nil {
			return nil, err
		}
		all = append(all, data...)
		after = batch[len(batch)-1].ID
	}
}

// pair is a row of one of a key's lists.
type pair struct {
	KeyID int64
	ID    int64
	Rule  string
}

// keyData adds their lists to keys, which are in the order of their ids.
func keyData(db *gorm.DB, keys []models.Key) ([]engine.KeyData, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	data := make([]engine.KeyData, len(keys))
	at := make(map[int64]*engine.KeyData, len(keys))
	for i, k := range keys {
		k.Sealed = nil // the gate never opens a value
		data[i].Key = k
		at[k.ID] = &data[i]
	}
	lists := []struct {
		columns, table string
		add            func(*engine.KeyData, pair)
	}{
		{"key_id, app_id AS id", "key_apps", func(d *engine.KeyData, p pair) { d.AppIDs = append(d.AppIDs, p.ID) }},
		{"key_id, api_id AS id", "key_apis", func(d *engine.KeyData, p pair) { d.APIIDs = append(d.APIIDs, p.ID) }},
		{"key_id, rule", "key_ips", func(d *engine.KeyData, p pair) { d.IPs = append(d.IPs, p.Rule) }},
	}
	for _, l := range lists {
		var rows []pair
		if err := ofKeys(db.Table(l.table), keys).Select(l.columns).Order("1, 2").Scan(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			if d := at[r.KeyID]; d != nil {
				l.add(d, r)
			}
		}
	}
	var old []models.PreviousCredential
	if err := ofKeys(db, keys).Order("id").Find(&old).Error; err != nil {
		return nil, err
	}
	for _, o := range old {
		if d := at[o.KeyID]; d != nil {
			d.Old = append(d.Old, o)
		}
	}
	return data, nil
}

// ofKeys narrows a query to rows of the keys, which are in the order of their
// ids.
func ofKeys(db *gorm.DB, keys []models.Key) *gorm.DB {
	first, last := keys[0].ID, keys[len(keys)-1].ID
	if int64(len(keys)) > (last-first)/2 { // nearly all ids between the two
		return db.Where("key_id BETWEEN ? AND ?", first, last)
	}
	return db.Where("key_id IN ?", keyIDs(keys))
}

func keyIDs(keys []models.Key) []int64 {
	ids := make([]int64, len(keys))
	for i, k := range keys {
		ids[i] = k.ID
	}
	return ids
}
