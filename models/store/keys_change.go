package store

import (
	"context"
	"slices"
	"time"

	"keywicket/models"
)

// keyChange is one change of a key. Without an event nothing changed.
type keyChange struct {
	event         models.Event
	set           map[string]any // columns and their new values
	before, after facts
}

// changeKey finds the key, asks fn for its change, makes it and records it. An fn that changes nothing is no error and
// leaves no audit row.
func (s *Store) changeKey(ctx context.Context, who models.Actor, sid string, fn func(*tx, models.Key) (keyChange, error)) error {
	return s.act(ctx, who, models.PermKeysManage, func(t *tx) error {
		k, err := findKey(t.DB, t.who, sid)
		if err != nil {
			return err
		}
		c, err := fn(t, k)
		if err != nil || c.event == "" {
			return err
		}
		return t.applyKey(k, c)
	})
}

func (t *tx) applyKey(k models.Key, c keyChange) error {
	if c.set == nil {
		c.set = map[string]any{}
	}
	c.set["updated_at"] = t.now
	err := t.Model(&models.Key{}).Where("id = ? AND account_id = ?", k.ID, k.AccountID).Updates(c.set).Error
	if err != nil {
		return err
	}
	t.touchKey(k)
	name := k.Name
	if n, ok := c.set["name"].(string); ok {
		name = n
	}
	return t.auditIn(k.AccountID, c.event, kindKey, k.Sid, name, c.before, c.after)
}

// SetKeyBasics changes name, description and Expiry Date together: all of them, or after a refusal none. A nil date is
// never. A date that stays as it is may have passed, and may be later than the account's maximum.
func (s *Store) SetKeyBasics(ctx context.Context, who models.Actor, sid, name, description string, expires *time.Time) error {
	name, description, err := models.CheckKeyBasics(name, description)
	if err != nil {
		return err
	}
	if expires != nil {
		utc := expires.UTC().Truncate(time.Microsecond)
		expires = &utc
	}
	return s.changeKey(ctx, who, sid, func(t *tx, k models.Key) (keyChange, error) {
		c := keyChange{set: map[string]any{}, before: facts{}, after: facts{}}
		wanted := k
		wanted.Name, wanted.Description, wanted.ExpiresAt = name, description, expires
		if err := t.fresh(models.BasicsSection(k), models.BasicsSection(wanted)); err != nil {
			return c, err
		}
		note := func(field string, was, is any) {
			c.event = models.EventKeyUpdate
			c.set[field], c.before[field], c.after[field] = is, was, is
		}
		if k.Name != name {
			note("name", k.Name, name)
		}
		if k.Description != description {
			note("description", k.Description, description)
		}
		if sameMoment(k.ExpiresAt, expires) {
			return c, nil
		}
		note("expires_at", k.ExpiresAt, expires)
		a, err := t.accountOf()
		if err != nil {
			return c, err
		}
		return c, models.CheckExpiryPolicy(a, expires, t.now)
	})
}

// sameMoment reports whether two times are equal; nil is never.
func sameMoment(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// SetKeyEnabled enables or disables the key.
func (s *Store) SetKeyEnabled(ctx context.Context, who models.Actor, sid string, enabled bool) error {
	return s.changeKey(ctx, who, sid, func(t *tx, k models.Key) (keyChange, error) {
		c := t.switchKey(k, enabled)
		if c.event == models.EventKeyEnable {
			if err := t.permitGrants(); err != nil {
				return c, err
			}
		}
		return c, t.freshStatus(enabled, k)
	})
}

// freshStatus returns CodeStale if somebody else has enabled or disabled the keys since the form was made.
func (t *tx) freshStatus(enabled bool, keys ...models.Key) error {
	wanted := slices.Clone(keys)
	for i := range wanted {
		wanted[i].Enabled = enabled
	}
	return t.fresh(models.StatusSection(keys...), models.StatusSection(wanted...))
}

func (t *tx) switchKey(k models.Key, enabled bool) keyChange {
	if k.Enabled == enabled {
		return keyChange{}
	}
	c := keyChange{
		event:  models.EventKeyDisable,
		set:    map[string]any{"enabled": enabled, "status_at": t.now},
		before: facts{"enabled": k.Enabled}, after: facts{"enabled": enabled},
	}
	if enabled {
		c.event = models.EventKeyEnable
	}
	return c
}

// SetKeyRate limits the key to a number of requests in a number of seconds. 0 requests is no limit.
func (s *Store) SetKeyRate(ctx context.Context, who models.Actor, sid string, requests, windowSec int) error {
	if err := models.CheckRate(requests, windowSec); err != nil {
		return err
	}
	if requests == 0 {
		windowSec = 0
	}
	return s.changeKey(ctx, who, sid, func(t *tx, k models.Key) (keyChange, error) {
		if k.RateRequests == requests && k.RateWindowSec == windowSec {
			return keyChange{}, nil
		}
		wanted := k
		wanted.RateRequests, wanted.RateWindowSec = requests, windowSec
		if err := t.fresh(models.LimitsSection(k), models.LimitsSection(wanted)); err != nil {
			return keyChange{}, err
		}
		return keyChange{
			event:  models.EventKeyUpdate,
			set:    map[string]any{"rate_requests": requests, "rate_window_sec": windowSec},
			before: facts{"rate_requests": k.RateRequests, "rate_window_sec": k.RateWindowSec},
			after:  facts{"rate_requests": requests, "rate_window_sec": windowSec},
		}, nil
	})
}

// DeleteKey deletes a disabled key for good. An enabled key is CodeConflict.
func (s *Store) DeleteKey(ctx context.Context, who models.Actor, sid string) error {
	return s.act(ctx, who, models.PermKeysManage, func(t *tx) error {
		k, err := findKey(t.DB, t.who, sid)
		if err != nil {
			return err
		}
		if err := models.CheckDelete(k); err != nil {
			return err
		}
		if err := t.freshDeletion(k); err != nil {
			return err
		}
		return t.deleteKey(k)
	})
}

func (t *tx) deleteKey(k models.Key) error {
	plugins, err := keyPlugins(t.DB, k)
	if err != nil {
		return err
	}
	before := facts{"name": k.Name, "scope_apps": k.ScopeApps, "scope_apis": k.ScopeAPIs, "created_by": k.CreatedBy}
	if len(plugins) > 0 {
		before["plugins"] = pluginNames(plugins)
	}
	// Its lists go by the foreign keys, which also leave its plugins without a
	// key; its usage stays in the account's.
	if err := t.Where("id = ? AND account_id = ?", k.ID, k.AccountID).Delete(&models.Key{}).Error; err != nil {
		return err
	}
	t.touchKey(k)
	return t.audit(models.EventKeyDelete, kindKey, k.Sid, k.Name, before, nil)
}

// BulkKeys does the operation to each of the keys in one transaction. The result names the keys that it may not be done
// to, which stay as they are, and counts the Sids that the actor does not see as gone.
func (s *Store) BulkKeys(ctx context.Context, who models.Actor, sids []string, op models.BulkOp) (models.BulkResult, error) {
	var result models.BulkResult
	switch op {
	case models.BulkEnable, models.BulkDisable, models.BulkDelete:
	default:
		return result, models.Refuse(models.CodeInvalid, "op", "errors.choice")
	}
	if len(sids) > models.MaxKeysPerAccount {
		return result, models.Refuse(models.CodeInvalid, "", "errors.keys.too_many_selected", "Max", models.MaxKeysPerAccount)
	}
	err := s.act(ctx, who, models.PermKeysManage, func(t *tx) error {
		result = models.BulkResult{}
		if op == models.BulkEnable {
			if err := t.permitGrants(); err != nil {
				return err
			}
		}
		var keys []models.Key
		if err := visibleKeys(t.DB, t.who).Where("keys.sid IN ?", sids).Order("id").Find(&keys).Error; err != nil {
			return err
		}
		unique := map[string]bool{}
		for _, sid := range sids {
			unique[sid] = true
		}
		result.Gone = len(unique) - len(keys)
		if err := t.freshBulk(op, keys); err != nil {
			return err
		}
		for _, k := range keys {
			if err := t.bulkOne(k, op, &result); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return models.BulkResult{}, err
	}
	return result, nil
}

// freshDeletion refuses to delete keys that differ from those that the confirmation showed.
func (t *tx) freshDeletion(keys ...models.Key) error {
	if t.who.FormVersion == "" {
		return nil
	}
	told, err := withPlugins(t.DB, keys)
	if err != nil {
		return err
	}
	return t.fresh(models.DeletionSection(told...), nil)
}

// freshBulk returns CodeStale if the keys, or their status, have changed since the form was made.
func (t *tx) freshBulk(op models.BulkOp, keys []models.Key) error {
	if op == models.BulkDelete {
		return t.freshDeletion(keys...)
	}
	return t.freshStatus(op == models.BulkEnable, keys...)
}

func (t *tx) bulkOne(k models.Key, op models.BulkOp, result *models.BulkResult) error {
	if op == models.BulkDelete {
		if models.CheckDelete(k) != nil {
			result.Refused = append(result.Refused, k.Name)
			return nil
		}
		result.Done++
		return t.deleteKey(k)
	}
	c := t.switchKey(k, op == models.BulkEnable)
	if c.event == "" {
		result.Same++
		return nil
	}
	result.Done++
	return t.applyKey(k, c)
}
