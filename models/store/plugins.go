package store

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"keywicket/models"
)

const kindPlugin = "plugin"

// pluginRows returns a query of the account's plugins, with their keys, that the actor may see: those of their own
// keys, or all where their role sees all keys.
func pluginRows(db *gorm.DB, who models.Actor) *gorm.DB {
	rows := db.Model(&models.Plugin{}).
		Joins("LEFT JOIN keys ON keys.id = plugins.key_id AND keys.account_id = plugins.account_id").
		Where("plugins.account_id = ?", who.AccountID)
	if !who.Role.SeesAllKeys() {
		rows = rows.Where("keys.owner_id = ?", who.UserID)
	}
	return rows
}

const pluginColumns = `plugins.*, coalesce(keys.sid, '') AS key_sid, coalesce(keys.name, '') AS key_name,
	coalesce(keys.enabled, false) AS key_enabled, keys.expires_at AS key_expires_at,
	(SELECT count(*) FROM key_ips WHERE key_ips.key_id = keys.id) AS key_ips`

// ListPlugins returns one page of the plugins that the actor may see, by name, or all of them. Instead of a page beyond
// the last it returns the last.
func (s *Store) ListPlugins(ctx context.Context, who models.Actor, q models.PluginQuery) (models.PluginPage, error) {
	var page models.PluginPage
	if err := permit(who, models.PermPluginsView); err != nil {
		return page, err
	}
	err := s.browse(ctx, who, func(db *gorm.DB) error {
		match := pluginRows(db, who)
		if search := strings.TrimSpace(q.Search); search != "" {
			like := likePattern(search)
			match = match.Where(`(plugins.plugin_id LIKE ? ESCAPE '\' OR plugins.name LIKE ? ESCAPE '\' OR keys.name LIKE ? ESCAPE '\')`, like, like, like)
		}
		match = match.Session(&gorm.Session{})
		var total int64
		if err := match.Count(&total).Error; err != nil {
			return err
		}
		page.Total = int(total)
		page.Page, page.Pages = pageOf(q.Page, page.Total, models.PluginsPerPage)
		rows := match.Select(pluginColumns).Order("lower(plugins.name), plugins.id")
		if q.All {
			page.Page, page.Pages = 1, 1
		} else {
			rows = rows.Offset((page.Page - 1) * models.PluginsPerPage).Limit(models.PluginsPerPage)
		}
		return rows.Scan(&page.Rows).Error
	})
	return page, err
}

// PluginCount returns the number of plugins that the actor may see.
func (s *Store) PluginCount(ctx context.Context, who models.Actor) (int, error) {
	if err := permit(who, models.PermPluginsView); err != nil {
		return 0, err
	}
	var n int64
	err := pluginRows(s.rdb.WithContext(ctx), who).Count(&n).Error
	return int(n), classify(err)
}

// Plugin returns the plugin with the id, or CodeNotFound.
func (s *Store) Plugin(ctx context.Context, who models.Actor, id int64) (models.PluginRow, error) {
	if err := permit(who, models.PermPluginsView); err != nil {
		return models.PluginRow{}, err
	}
	p, err := findPlugin(s.rdb.WithContext(ctx), who, id)
	return p, classify(err)
}

func findPlugin(db *gorm.DB, who models.Actor, id int64) (models.PluginRow, error) {
	var p models.PluginRow
	err := pluginRows(db, who).Select(pluginColumns).Where("plugins.id = ?", id).Take(&p).Error
	return p, orNotFound(err, "errors.plugin.not_found")
}

// keyPlugins returns the plugins that use the key, by name.
func keyPlugins(db *gorm.DB, k models.Key) ([]models.Plugin, error) {
	var plugins []models.Plugin
	err := db.Where("account_id = ? AND key_id = ?", k.AccountID, k.ID).Order("lower(name), id").Find(&plugins).Error
	return plugins, err
}

// withPlugins returns the keys, which must be of one account, each with the plugins that use it.
func withPlugins(db *gorm.DB, keys []models.Key) ([]models.KeyAndPlugins, error) {
	ids, all := make([]int64, len(keys)), make([]models.KeyAndPlugins, len(keys))
	for i, k := range keys {
		ids[i], all[i].Key = k.ID, k
	}
	var plugins []models.Plugin
	if err := db.Where("key_id IN ?", ids).Order("lower(name), id").Find(&plugins).Error; err != nil {
		return nil, err
	}
	for _, p := range plugins {
		i := slices.Index(ids, *p.KeyID)
		all[i].Plugins = append(all[i].Plugins, p)
	}
	return all, nil
}

// pluginNames returns the names of plugins for the audit.
func pluginNames(plugins []models.Plugin) []string {
	names := make([]string, 0, min(len(plugins), namedInAudit))
	for _, p := range plugins[:min(len(plugins), namedInAudit)] {
		names = append(names, p.Name)
	}
	return names
}

// AddPlugin adds a plugin that uses the key with the Sid; "" is none. A plugin id in use is CodeConflict. A plugin
// without a name is named by its id.
func (s *Store) AddPlugin(ctx context.Context, who models.Actor, n models.NewPlugin) (models.Plugin, error) {
	var p models.Plugin
	n, err := models.CheckPlugin(n)
	if err != nil {
		return p, err
	}
	err = s.act(ctx, who, models.PermPluginsManage, func(t *tx) error {
		key, err := t.pluginKey(n.KeySid)
		if err != nil {
			return err
		}
		if err := t.freePluginID(n.PluginID); err != nil {
			return err
		}
		p = models.Plugin{AccountID: t.who.AccountID, PluginID: n.PluginID, Name: n.Name, CreatedAt: t.now}
		if key != nil {
			p.KeyID = &key.ID
		}
		if err := t.Create(&p).Error; err != nil {
			return err
		}
		return t.audit(models.EventPluginCreate, kindPlugin, n.PluginID, n.Name, nil,
			facts{"plugin_id": n.PluginID, "name": n.Name, "key": keyWord(key)})
	})
	if err != nil {
		return models.Plugin{}, err
	}
	return p, nil
}

func (t *tx) freePluginID(id string) error {
	var n int64
	err := t.Model(&models.Plugin{}).Where("account_id = ? AND plugin_id = ?", t.who.AccountID, id).Count(&n).Error
	if err != nil || n == 0 {
		return err
	}
	return models.Refuse(models.CodeConflict, "plugin_id", "errors.plugin.duplicate", "PluginID", id)
}

// pluginKey returns the key that a plugin is to use, nil for none. A Sid that the actor does not see is CodeInvalid
// with the field "key".
func (t *tx) pluginKey(sid string) (*models.Key, error) {
	if sid == "" {
		return nil, nil //nolint:nilnil // a plugin may have no key
	}
	k, err := findKey(t.DB, t.who, sid)
	if models.CodeOf(err) == models.CodeNotFound {
		return nil, models.Refuse(models.CodeInvalid, "key", "errors.key.not_found")
	}
	return &k, err
}

// keyWord returns the name of a key for the audit.
func keyWord(k *models.Key) string {
	if k == nil {
		return ""
	}
	return k.Name
}

// UpdatePlugin changes the name and the key of a plugin. With keySid "" the plugin has no key.
func (s *Store) UpdatePlugin(ctx context.Context, who models.Actor, id int64, name, keySid string) error {
	name, err := models.CleanName("name", name, true)
	if err != nil {
		return err
	}
	return s.act(ctx, who, models.PermPluginsManage, func(t *tx) error {
		p, err := findPlugin(t.DB, t.who, id)
		if err != nil {
			return err
		}
		key, err := t.pluginKey(keySid)
		if err != nil {
			return err
		}
		return t.applyPlugin(p, name, key)
	})
}

func (t *tx) applyPlugin(p models.PluginRow, name string, key *models.Key) error {
	if err := t.fresh(models.PluginSection(p.Name, p.KeySid, p.KeyName), models.PluginSection(name, keySid(key), keyWord(key))); err != nil {
		return err
	}
	set, before, after := map[string]any{}, facts{}, facts{}
	if p.Name != name {
		set["name"], before["name"], after["name"] = name, p.Name, name
	}
	if sid := keySid(key); p.KeySid != sid {
		set["key_id"], before["key"], after["key"] = nil, p.KeyName, keyWord(key)
		if key != nil {
			set["key_id"] = key.ID
		}
	}
	if len(set) == 0 {
		return nil
	}
	err := t.Model(&models.Plugin{}).Where("account_id = ? AND id = ?", t.who.AccountID, p.ID).Updates(set).Error
	if err != nil {
		return err
	}
	return t.audit(models.EventPluginUpdate, kindPlugin, p.PluginID, name, before, after)
}

func keySid(k *models.Key) string {
	if k == nil {
		return ""
	}
	return k.Sid
}

// RemovePlugin removes the plugin. Its key stays as it is.
func (s *Store) RemovePlugin(ctx context.Context, who models.Actor, id int64) error {
	return s.act(ctx, who, models.PermPluginsManage, func(t *tx) error {
		p, err := findPlugin(t.DB, t.who, id)
		if err != nil {
			return err
		}
		if err := t.fresh(models.PluginSection(p.Name, p.KeySid, p.KeyName), nil); err != nil {
			return err
		}
		if err := t.Where("account_id = ? AND id = ?", t.who.AccountID, id).Delete(&models.Plugin{}).Error; err != nil {
			return err
		}
		return t.audit(models.EventPluginDelete, kindPlugin, p.PluginID, p.Name,
			facts{"plugin_id": p.PluginID, "name": p.Name, "key": p.KeyName}, nil)
	})
}
