package store

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"

	"keywicket/models"
)

// namedInAudit is how many entries of a list an audit row names. It always has their number.
const namedInAudit = 50

// keyApp is an entry of a key's App List.
type keyApp struct {
	AccountID int64
	KeyID     int64 `gorm:"primaryKey;autoIncrement:false"`
	AppID     int64 `gorm:"primaryKey;autoIncrement:false"`
}

// TableName returns the table of App Lists.
func (keyApp) TableName() string { return "key_apps" }

// keyAPI is an entry of a key's API List.
type keyAPI struct {
	AccountID int64
	KeyID     int64 `gorm:"primaryKey;autoIncrement:false"`
	APIID     int64 `gorm:"primaryKey;autoIncrement:false;column:api_id"`
}

// TableName returns the table of API Lists.
func (keyAPI) TableName() string { return "key_apis" }

// appTitle is the SQL of an app's name with its id, which callers send: the name can change.
const appTitle = "CASE WHEN name = app_id THEN app_id ELSE name || ' (' || app_id || ')' END"

// scope is one of a key's two scopes.
type scope struct {
	field   string // of the form, and of the audit
	things  string // table of what can be listed
	word    string // SQL of what people call it
	list    string // table of the lists
	column  string // its column with the thing's id
	mode    string // the key's column
	unknown string // words for an id that is not of the account
	match   string // column by which two catalogues correspond
}

func appScope() scope {
	return scope{"apps", "apps", appTitle, "key_apps", "app_id", "scope_apps", "errors.scope.unknown_app", "app_id"}
}

func apiScope() scope {
	return scope{"apis", "apis", "name", "key_apis", "api_id", "scope_apis", "errors.scope.unknown_api", "name"}
}

// SetKeyApps sets Scope (App). All Apps clears the App List; Some Apps without ids allows no app. Ids that are not in
// the account's catalogue are CodeInvalid, and change nothing.
func (s *Store) SetKeyApps(ctx context.Context, who models.Actor, sid string, mode models.ScopeMode, ids []int64) error {
	return s.setScope(ctx, who, sid, appScope(), mode, ids)
}

// SetKeyAPIs sets Scope (API), as SetKeyApps sets Scope (App).
func (s *Store) SetKeyAPIs(ctx context.Context, who models.Actor, sid string, mode models.ScopeMode, ids []int64) error {
	return s.setScope(ctx, who, sid, apiScope(), mode, ids)
}

func (s *Store) setScope(ctx context.Context, who models.Actor, sid string, sc scope, mode models.ScopeMode, ids []int64) error {
	switch mode {
	case models.ScopeAll:
		ids = nil
	case models.ScopeSome:
		ids = slices.Clone(ids)
		slices.Sort(ids)
		ids = slices.Compact(ids)
	default:
		return models.Refuse(models.CodeInvalid, sc.field, "errors.choice")
	}
	return s.changeKey(ctx, who, sid, func(t *tx, k models.Key) (keyChange, error) {
		var had []int64
		err := t.Table(sc.list).Where("key_id = ?", k.ID).Order(sc.column).Pluck(sc.column, &had).Error
		if err != nil {
			return keyChange{}, err
		}
		was := k.ScopeApps
		if sc.mode == "scope_apis" {
			was = k.ScopeAPIs
		}
		if was == mode && slices.Equal(had, ids) {
			return keyChange{}, nil
		}
		before, err := t.scopeFacts(sc, was, had)
		if err != nil {
			return keyChange{}, err
		}
		if err := t.freshScope(sc, was, had, mode, ids); err != nil {
			return keyChange{}, err
		}
		if err := t.checkListed(sc, ids); err != nil {
			return keyChange{}, err
		}
		if err := t.replaceList(sc, k, ids); err != nil {
			return keyChange{}, err
		}
		after, err := t.scopeFacts(sc, mode, ids)
		return keyChange{
			event: models.EventKeyUpdate, set: map[string]any{sc.mode: mode}, before: before, after: after,
		}, err
	})
}

// freshScope refuses to change a scope that somebody else has changed.
func (t *tx) freshScope(sc scope, was models.ScopeMode, had []int64, mode models.ScopeMode, ids []int64) error {
	err := t.fresh(models.ScopeSection(sc.mode, was, had, nil), models.ScopeSection(sc.mode, mode, ids, nil))
	var stale *models.Error
	if !errors.As(err, &stale) {
		return err
	}
	for i, c := range stale.Stale.Changes {
		if c.Now.Names, err = t.listed(sc, had); err != nil {
			return err
		}
		if c.Yours.Names, err = t.listed(sc, ids); err != nil {
			return err
		}
		stale.Stale.Changes[i] = c
	}
	return stale
}

// listed returns the names of the things in a list, in order.
func (t *tx) listed(sc scope, ids []int64) ([]string, error) {
	words := []string{}
	for part := range slices.Chunk(ids, idBatch) {
		var some []string
		err := ofCatalogue(t.Table(sc.things), t.who).Where("id IN ?", part).Select(sc.word+" AS word").Pluck("word", &some).Error
		if err != nil {
			return nil, err
		}
		words = append(words, some...)
	}
	slices.Sort(words)
	return words, nil
}

// checkListed refuses ids that are not in the catalogue that the account uses.
func (t *tx) checkListed(sc scope, ids []int64) error {
	var have int
	for part := range slices.Chunk(ids, idBatch) {
		var n int64
		err := ofCatalogue(t.Table(sc.things), t.who).Where("id IN ?", part).Count(&n).Error
		if err != nil {
			return err
		}
		have += int(n)
	}
	if have != len(ids) {
		return models.Refuse(models.CodeInvalid, sc.field, sc.unknown)
	}
	return nil
}

func (t *tx) replaceList(sc scope, k models.Key, ids []int64) error {
	if err := t.Exec("DELETE FROM "+sc.list+" WHERE key_id = ?", k.ID).Error; err != nil {
		return err
	}
	whose, err := catalogueID(t.DB, k.AccountID)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(ids, idBatch) {
		err := t.Exec("INSERT INTO "+sc.list+" (account_id, key_id, "+sc.column+") "+
			"SELECT account_id, ?, id FROM "+sc.things+" WHERE account_id = ? AND id IN ?", k.ID, whose, part).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// scopeFacts describes a scope for the audit in the words that people know.
func (t *tx) scopeFacts(sc scope, mode models.ScopeMode, ids []int64) (facts, error) {
	f := facts{sc.mode: mode}
	if mode == models.ScopeAll {
		return f, nil
	}
	var words []string
	err := ofCatalogue(t.Table(sc.things), t.who).Where("id IN ?", ids[:min(len(ids), namedInAudit)]).
		Select(sc.word+" AS word").Order("word").Pluck("word", &words).Error
	f[sc.field], f["count"] = words, len(ids)
	return f, err
}

// AddKeyIP adds a rule to the key's IP Whitelist and returns its canonical form.
func (s *Store) AddKeyIP(ctx context.Context, who models.Actor, sid, raw string) (string, error) {
	var canonical string
	err := s.changeKey(ctx, who, sid, func(t *tx, k models.Key) (keyChange, error) {
		rules, err := keyRules(t.DB, k)
		if err != nil {
			return keyChange{}, err
		}
		if canonical, err = models.AddIP(rules, raw); err != nil {
			return keyChange{}, err
		}
		if err := t.Create(&models.KeyIP{KeyID: k.ID, Rule: canonical, CreatedAt: t.now}).Error; err != nil {
			return keyChange{}, err
		}
		return keyChange{
			event:  models.EventKeyUpdate,
			before: facts{"ips": len(rules)},
			after:  facts{"ips": len(rules) + 1, "added": canonical},
		}, nil
	})
	if err != nil {
		return "", err
	}
	return canonical, nil
}

// RemoveKeyIP removes a rule from the key's IP Whitelist. Removing the last one opens the key to every address: without
// confirmedLast that is CodeConflict with the key errors.ip.last.
func (s *Store) RemoveKeyIP(ctx context.Context, who models.Actor, sid, rule string, confirmedLast bool) error {
	if r, err := models.ParseIPRule(rule); err == nil {
		rule = r.String()
	}
	return s.changeKey(ctx, who, sid, func(t *tx, k models.Key) (keyChange, error) {
		rules, err := keyRules(t.DB, k)
		if err != nil {
			return keyChange{}, err
		}
		if !slices.Contains(rules, rule) {
			return keyChange{}, models.Refuse(models.CodeNotFound, "ip", "errors.ip.not_found")
		}
		if confirmedLast {
			if err := t.fresh(models.WhitelistSection(rules), nil); err != nil {
				return keyChange{}, err
			}
		}
		last := len(rules) == 1
		if last && !confirmedLast {
			return keyChange{}, models.Refuse(models.CodeConflict, "ip", "errors.ip.last", "Rule", rule)
		}
		if err := t.Where("key_id = ? AND rule = ?", k.ID, rule).Delete(&models.KeyIP{}).Error; err != nil {
			return keyChange{}, err
		}
		after := facts{"ips": len(rules) - 1}
		if last {
			after["any_ip"] = true
		}
		return keyChange{
			event: models.EventKeyUpdate, before: facts{"ips": len(rules), "removed": rule}, after: after,
		}, nil
	})
}

// keyRules returns the key's whitelist in the order in which it was made.
func keyRules(db *gorm.DB, k models.Key) ([]string, error) {
	var rules []string
	err := db.Model(&models.KeyIP{}).Where("key_id = ?", k.ID).Order("id").Pluck("rule", &rules).Error
	return rules, err
}
