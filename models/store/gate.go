package store

import (
	"cmp"
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
	// idBatch is how many ids one IN list holds.
	idBatch = 500
)

// AttachGate loads everything into the engine. From then on each change of
// this process holds at the engine before its method returns. A store has one
// engine.
func (s *Store) AttachGate(ctx context.Context, e *engine.Engine) error {
	s.gateMu.Lock()
	defer s.gateMu.Unlock()
	if err := s.loadAll(ctx, e); err != nil {
		return classify(err)
	}
	s.engine = e
	return nil
}

// PollGate looks for changes of other processes, which is cheap, and applies them
// to the engine. Call it every quarter of a second.
func (s *Store) PollGate(ctx context.Context) error { return classify(s.catchUp(ctx)) }

// readForGate runs fn as read does, on the connection of the gate alone: no
// page that is being read makes a change wait.
func (s *Store) readForGate(ctx context.Context, fn func(*gorm.DB) error) error {
	return classify(s.gdb.WithContext(ctx).Transaction(fn, &sql.TxOptions{ReadOnly: true}))
}

// catchUp applies to the engine what was committed since the last call. After an
// error nothing is lost: the next call starts from the same place.
func (s *Store) catchUp(ctx context.Context) error {
	s.gateMu.Lock()
	defer s.gateMu.Unlock()
	if s.engine == nil {
		return nil
	}
	n, err := s.readNews(ctx)
	if err != nil {
		return err
	}
	switch {
	case n.gap:
		err = s.loadAll(ctx, s.engine)
	case n.last != s.seen:
		s.engine.Apply(n.delta)
		s.seen = n.last
	}
	if err != nil {
		return err
	}
	s.masterKeys.due = s.masterKeys.due || n.gap || n.masterKeys
	s.reloadMasterKeys(ctx)
	return nil
}

// masterKeyReload is the pending work after a change of the master keys.
type masterKeyReload struct {
	due    bool // they changed, or may have
	failed bool // the last try failed, which is in the log
}

// reloadMasterKeys reads the master keys again when that is due. A failure stays
// due, so that each later call tries again; the log has it once. Meanwhile the
// keys that are known stay good.
func (s *Store) reloadMasterKeys(ctx context.Context) {
	if !s.masterKeys.due || s.box == nil {
		return
	}
	err := s.box.Reload()
	if err != nil && !s.masterKeys.failed {
		s.log.ErrorContext(ctx, "the master keys changed and cannot be read; it is tried again", "error", err)
	}
	s.masterKeys = masterKeyReload{due: err != nil, failed: err != nil}
}

// news holds the changes in the feed that the engine does not have yet.
type news struct {
	last       int64 // id of the newest change; 0 when the feed is empty
	gap        bool  // the feed no longer reaches back to what the engine knows
	masterKeys bool  // the master keys changed
	delta      engine.Delta
}

// readNews reads the feed after the last change that the engine knows. With a
// gap, only last and gap are set.
func (s *Store) readNews(ctx context.Context) (n news, err error) {
	err = s.readForGate(ctx, func(db *gorm.DB) error {
		var ends struct{ First, Last int64 }
		if err := db.Raw("SELECT coalesce(min(id), 0) AS first, coalesce(max(id), 0) AS last FROM changes").
			Scan(&ends).Error; err != nil {
			return err
		}
		n.last = ends.Last
		if n.last == s.seen {
			return nil
		}
		if n.gap = n.last < s.seen || ends.First > s.seen+1; n.gap {
			return nil
		}
		var feed []change
		if err := db.Where("id > ?", s.seen).Order("id").Find(&feed).Error; err != nil {
			return err
		}
		return n.load(db, feed)
	})
	return n, err
}

// load loads what the changes name.
func (n *news) load(db *gorm.DB, feed []change) error {
	accounts, keys := map[int64]bool{}, map[int64]bool{}
	for _, c := range feed {
		switch {
		case c.KeyID != 0:
			keys[c.KeyID] = true
		case c.AccountID != 0:
			accounts[c.AccountID] = true
		default:
			n.masterKeys = true
		}
	}
	if err := n.loadAccounts(db, slices.Sorted(maps.Keys(accounts))); err != nil {
		return err
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(keys)), idBatch) {
		if err := n.loadKeys(db, part); err != nil {
			return err
		}
	}
	return nil
}

// loadAccounts loads the accounts with their sub-accounts. Those that are gone
// are noted as such.
func (n *news) loadAccounts(db *gorm.DB, ids []int64) error {
	affected, err := withSubs(db, ids)
	if err != nil {
		return err
	}
	cache := catalogueCache{}
	for _, id := range affected {
		data, err := cache.loadAccount(db, id)
		switch {
		case errors.Is(err, gorm.ErrRecordNotFound):
			n.delta.GoneAccounts = append(n.delta.GoneAccounts, id)
		case err != nil:
			return err
		default:
			n.delta.Accounts = append(n.delta.Accounts, data)
		}
	}
	return nil
}

// loadKeys loads the keys; ids are sorted. Those that are gone are noted as such.
func (n *news) loadKeys(db *gorm.DB, ids []int64) error {
	var found []models.Key
	if err := db.Where("id IN ?", ids).Order("id").Find(&found).Error; err != nil {
		return err
	}
	data, err := keyData(db, found)
	if err != nil {
		return err
	}
	n.delta.Keys = append(n.delta.Keys, data...)
	for _, id := range ids {
		if _, ok := slices.BinarySearchFunc(found, id, func(k models.Key, id int64) int { return cmp.Compare(k.ID, id) }); !ok {
			n.delta.GoneKeys = append(n.delta.GoneKeys, id)
		}
	}
	return nil
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

// catalogueCache holds the catalogues of one read by the id of their account, so
// that sub-accounts that share one load it once.
type catalogueCache map[int64]engine.AccountData

// loadAccount returns the account as the gate knows it: suspended also when its
// master is, and with the apps and the catalogue that it uses.
func (cache catalogueCache) loadAccount(db *gorm.DB, id int64) (engine.AccountData, error) {
	var a models.Account
	if err := db.Where("id = ?", id).Take(&a).Error; err != nil {
		return engine.AccountData{}, err
	}
	var err error
	if a.Master, err = masterOf(db, a); err != nil {
		return engine.AccountData{}, err
	}
	d, err := cache.load(db, a.CatalogueID())
	if a.Suspended() {
		a.Status = models.AccountSuspended
	}
	d.Account = a
	return d, err
}

// load returns the apps and the catalogue of the account with the id.
func (cache catalogueCache) load(db *gorm.DB, id int64) (engine.AccountData, error) {
	if d, ok := cache[id]; ok {
		return d, nil
	}
	d := engine.AccountData{CatalogueID: id}
	if err := db.Where("account_id = ?", id).Order("id").Find(&d.APIs).Error; err != nil {
		return d, err
	}
	if err := db.Where("account_id = ?", id).Order("id").Find(&d.Apps).Error; err != nil {
		return d, err
	}
	cache[id] = d
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
		cache := catalogueCache{}
		for _, id := range ids {
			data, err := cache.loadAccount(db, id)
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
			d.Previous = append(d.Previous, o)
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
