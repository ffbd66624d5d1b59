package store

import (
	"context"

	"gorm.io/gorm"

	"keywicket/models"
)

// FindKey returns the key that has the value, or whose previous value it is and still works. A key that the actor may
// not see is CodeNotFound. The value is looked up by its keyed hash and kept nowhere.
func (s *Store) FindKey(ctx context.Context, who models.Actor, value string) (models.Key, error) {
	var k models.Key
	if err := permit(who, models.PermKeysView); err != nil {
		return k, err
	}
	hash := s.hasher.Hash(value)
	err := s.read(ctx, func(db *gorm.DB) error {
		old := db.Model(&models.PreviousCredential{}).Select("key_id").
			Where("account_id = ? AND hash = ? AND ends_at > ?", who.AccountID, hash[:], s.now())
		return orNotFound(visibleKeys(db, who).Where("keys.hash = ? OR keys.id IN (?)", hash[:], old).Take(&k).Error, "errors.key.not_found")
	})
	return withoutSecrets(k), err
}

// SomeKeys returns the keys with the Sids, as far as the actor may see them, in the order of the Sids and without
// hashes and sealed values.
func (s *Store) SomeKeys(ctx context.Context, who models.Actor, sids []string) ([]models.KeyAndPlugins, error) {
	if err := permit(who, models.PermKeysView); err != nil {
		return nil, err
	}
	if len(sids) == 0 {
		return nil, nil
	}
	var found []models.KeyAndPlugins
	err := s.read(ctx, func(db *gorm.DB) error {
		var keys []models.Key
		err := visibleKeys(db, who).Where("keys.sid IN ?", sids[:min(len(sids), models.MaxKeysPerAccount)]).Find(&keys).Error
		if err != nil {
			return err
		}
		found, err = withPlugins(db, keys)
		return err
	})
	if err != nil {
		return nil, err
	}
	at := make(map[string]models.KeyAndPlugins, len(found))
	for _, k := range found {
		k.Key = withoutSecrets(k.Key)
		at[k.Sid] = k
	}
	keys := make([]models.KeyAndPlugins, 0, len(found))
	for _, sid := range sids {
		if k, ok := at[sid]; ok {
			keys = append(keys, k)
			delete(at, sid) // a Sid that was sent twice is one key
		}
	}
	return keys, nil
}

// ExportKeys returns every key that matches the query and that the actor may see, in the query's order and without
// hashes and sealed values. It records who exported the list, and in which format.
func (s *Store) ExportKeys(ctx context.Context, who models.Actor, q models.KeyQuery, format string) ([]models.KeyRow, error) {
	q.All = true
	var rows []models.KeyRow
	err := s.act(ctx, who, models.PermKeysView, func(t *tx) error {
		var account models.Account
		err := t.Where("id = ?", t.who.AccountID).Take(&account).Error
		if err != nil {
			return orNotFound(err, "errors.account.not_found")
		}
		if rows, err = keyRows(t.DB, t.who, q, t.now, 1); err != nil {
			return err
		}
		return t.audit(models.EventKeyExport, kindAccount, account.Slug, account.Name, nil, facts{"format": format, "exported": len(rows)})
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}
