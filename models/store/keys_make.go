package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/oklog/ulid/v2"
	"gorm.io/gorm"

	"keywicket/models"
	"keywicket/models/secret"
)

const (
	defaultKeyName = "API Key "
	maxPressLen    = 200
	kindKey        = "key"
)

// CreateKey adds an enabled key with All Apps, All APIs and no whitelist, and
// gives it with its value. An empty name is numbered: "API Key 7". Where the
// account has a maximum, the key gets it as its Expiry Date.
//
// press names the press of the button: the same one again, by the same
// person, gives the key that the first one made, with its value where it is
// revealable and "" where it is shown once. An empty press is always new.
func (s *Store) CreateKey(ctx context.Context, who models.Actor, name, press string) (models.Key, string, error) {
	name, err := models.CleanName("name", name, false)
	if err != nil {
		return models.Key{}, "", err
	}
	return s.makeKey(ctx, who, press, func(t *tx, k *models.Key) (facts, error) {
		k.Name, k.Channel, k.Enabled = name, models.ChannelREST, true
		k.ScopeApps, k.ScopeAPIs = models.ScopeAll, models.ScopeAll
		if name == "" {
			var err error
			if k.Name, err = t.nextKeyName(); err != nil {
				return nil, err
			}
		}
		return facts{}, nil
	})
}

// CopyKey makes a key with the description, channel, status, expiry, scopes,
// whitelist and limit of the one with the Sid, and a new value. An Expiry Date
// that the account no longer allows becomes its maximum. The copy is the
// actor's own. press is as for CreateKey.
func (s *Store) CopyKey(ctx context.Context, who models.Actor, sid, press string) (models.Key, string, error) {
	var from models.Key
	return s.makeKey(ctx, who, press, func(t *tx, k *models.Key) (facts, error) {
		var err error
		if from, err = findKey(t.DB, who, sid); err != nil {
			return nil, err
		}
		names, err := t.keyNames("")
		if err != nil {
			return nil, err
		}
		k.Name = models.CopyName(from.Name, func(n string) bool { return names[n] })
		k.Description, k.Channel, k.Enabled, k.ExpiresAt = from.Description, from.Channel, from.Enabled, from.ExpiresAt
		k.ScopeApps, k.ScopeAPIs = from.ScopeApps, from.ScopeAPIs
		k.RateRequests, k.RateWindowSec = from.RateRequests, from.RateWindowSec
		return facts{"copy_of": from.Sid}, nil
	}, func(t *tx, k models.Key) error { return t.copyLists(from.ID, k) })
}

// makeKey is what creating and copying share: the press, the limit, the new
// value, the row, its lists by way of lists, and the audit.
func (s *Store) makeKey(ctx context.Context, who models.Actor, press string,
	fill func(*tx, *models.Key) (facts, error), lists ...func(*tx, models.Key) error,
) (models.Key, string, error) {
	if err := permit(who, models.PermKeysManage); err != nil {
		return models.Key{}, "", err
	}
	if len(press) > maxPressLen {
		return models.Key{}, "", models.Errorf(models.CodeInvalid, "", "errors.press")
	}
	var k models.Key
	var value string
	err := s.write(ctx, who, func(t *tx) error {
		var err error
		if k, value, err = t.pressedBefore(press); err != nil || k.ID != 0 {
			return err
		}
		a, err := t.accountOf()
		if err != nil {
			return err
		}
		if err := models.CheckMayCreate(a, who.Role); err != nil {
			return err
		}
		if err := t.checkRoom(); err != nil {
			return err
		}
		k = models.Key{}
		if press != "" {
			k.Press = &press
		}
		said, err := fill(t, &k)
		if err != nil {
			return err
		}
		// Nobody chose a date here; where the account has a maximum, that is it.
		k.ExpiresAt = a.WithinPolicy(k.ExpiresAt, t.now)
		if value, err = t.insertKey(&k, lists); err != nil {
			return err
		}
		t.touchKey(k)
		return t.auditNewKey(k, said)
	})
	if err != nil {
		return models.Key{}, "", err
	}
	return shown(k), value, nil
}

// insertKey mints the key's value and writes its row and its lists.
func (t *tx) insertKey(k *models.Key, lists []func(*tx, models.Key) error) (string, error) {
	value, err := t.mint(k)
	if err != nil {
		return "", err
	}
	if err := t.Create(k).Error; err != nil {
		return "", err
	}
	for _, list := range lists {
		if err := list(t, *k); err != nil {
			return "", err
		}
	}
	return value, nil
}

func (t *tx) auditNewKey(k models.Key, said facts) error {
	event := models.EventKeyCreate
	if said["copy_of"] != nil {
		event = models.EventKeyCopy
	}
	said["name"], said["enabled"] = k.Name, k.Enabled
	if k.ExpiresAt != nil {
		said["expires_at"] = k.ExpiresAt
	}
	said["scope_apps"], said["scope_apis"], said["visibility"] = k.ScopeApps, k.ScopeAPIs, k.Visibility
	return t.audit(event, kindKey, k.Sid, k.Name, nil, said)
}

// pressedBefore gives the key that this press made already, or the zero key.
// Showing its value again is a reveal, and is audited as one.
func (t *tx) pressedBefore(press string) (models.Key, string, error) {
	var k models.Key
	if press == "" {
		return k, "", nil
	}
	err := t.Where("account_id = ? AND owner_id = ? AND press = ?", t.who.AccountID, t.who.UserID, press).Take(&k).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return models.Key{}, "", nil
	case err != nil || k.Visibility != models.Revealable:
		return k, "", err
	}
	value, err := t.s.openValue(k)
	if err != nil {
		return k, "", err
	}
	return k, value, t.audit(models.EventKeyReveal, kindKey, k.Sid, k.Name, nil, nil)
}

// checkRoom refuses the key that would be one too many. The transaction is
// immediate, so that nobody adds one between the count and the insert.
func (t *tx) checkRoom() error {
	var have int64
	if err := t.Model(&models.Key{}).Where("account_id = ?", t.who.AccountID).Count(&have).Error; err != nil {
		return err
	}
	return models.CheckRoomForKeys(int(have), 1)
}

// mint fills in what every new key gets, and gives its value.
func (t *tx) mint(k *models.Key) (string, error) {
	a, err := t.accountOf()
	if err != nil {
		return "", err
	}
	id, err := ulid.New(ulid.Timestamp(t.now), rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make a Sid: %w", err)
	}
	value, err := secret.Mint(rand.Reader)
	if err != nil {
		return "", err
	}
	hash := t.s.hasher.Hash(value)
	k.AccountID, k.OwnerID, k.Sid, k.Hash = a.ID, t.who.UserID, id.String(), hash[:]
	k.Prefix, k.Last4 = secret.Parts(value)
	k.Visibility = a.KeyVisibility
	k.CreatedBy, k.CreatedAt, k.UpdatedAt = t.who.Name, t.now, t.now
	if k.Visibility == models.Revealable {
		k.KEKID, k.Sealed, err = t.s.box.Seal([]byte(value), secret.KeyAAD(k.AccountID, k.Sid))
	}
	return value, err
}

// keyNames gives the names of the account's keys that begin with prefix.
func (t *tx) keyNames(prefix string) (map[string]bool, error) {
	var names []string
	err := t.Model(&models.Key{}).Where("account_id = ? AND substr(name, 1, ?) = ?", t.who.AccountID, len([]rune(prefix)), prefix).
		Pluck("name", &names).Error
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set, err
}

// nextKeyName gives the name of a key that nobody named: one more than the
// highest number in use.
func (t *tx) nextKeyName() (string, error) {
	names, err := t.keyNames(defaultKeyName)
	highest := 0
	for n := range names {
		if i, err := strconv.Atoi(strings.TrimPrefix(n, defaultKeyName)); err == nil && i < 1_000_000 {
			highest = max(highest, i)
		}
	}
	return defaultKeyName + strconv.Itoa(highest+1), err
}

// copyLists gives the key the App List, API List and whitelist of another
// key of the same account.
func (t *tx) copyLists(from int64, k models.Key) error {
	for _, q := range []string{
		"INSERT INTO key_apps (account_id, key_id, app_id) SELECT account_id, @to, app_id FROM key_apps WHERE key_id = @from",
		"INSERT INTO key_apis (account_id, key_id, api_id) SELECT account_id, @to, api_id FROM key_apis WHERE key_id = @from",
		"INSERT INTO key_ips (key_id, rule, created_at) SELECT @to, rule, @now FROM key_ips WHERE key_id = @from ORDER BY id",
	} {
		if err := t.Exec(q, map[string]any{"to": k.ID, "from": from, "now": t.now}).Error; err != nil {
			return err
		}
	}
	return nil
}

// RevealKey gives the value of a revealable key, and notes in the audit who
// saw it. A show-once key is a CodeConflict.
func (s *Store) RevealKey(ctx context.Context, who models.Actor, sid string) (string, error) {
	if err := permit(who, models.PermKeysReveal); err != nil {
		return "", err
	}
	var value string
	err := s.write(ctx, who, func(t *tx) error {
		k, err := findKey(t.DB, who, sid)
		if err != nil {
			return err
		}
		if k.Visibility != models.Revealable {
			return models.Errorf(models.CodeConflict, "", "errors.key.show_once")
		}
		if value, err = s.openValue(k); err != nil {
			return err
		}
		return t.audit(models.EventKeyReveal, kindKey, k.Sid, k.Name, nil, nil)
	})
	if err != nil {
		return "", err
	}
	return value, nil
}

func (s *Store) openValue(k models.Key) (string, error) {
	plain, err := s.box.Open(k.KEKID, k.Sealed, secret.KeyAAD(k.AccountID, k.Sid))
	if err != nil {
		return "", models.Errorf(models.CodeInternal, "", "errors.key.sealed").Because(err)
	}
	return string(plain), nil
}
