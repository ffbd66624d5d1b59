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
	defaultKeyName       = "API Key "
	maxIdempotencyKeyLen = 200
	kindKey              = "key"
)

// CreateKey adds an enabled key with All Apps, All APIs and no whitelist, and returns it with its value. An empty name
// becomes a number: "API Key 7". Where the account has a longest lifetime, the key gets it as its Expiry Date.
//
// The same idempotencyKey again, from the same person, returns the key of the first call. Its value comes with it
// within models.ReplayTTL, to the session that created the key, where the value is revealable; otherwise it is "". An
// empty idempotencyKey is always new.
func (s *Store) CreateKey(ctx context.Context, who models.Actor, name, idempotencyKey string) (models.Key, string, error) {
	name, err := models.CleanName("name", name, false)
	if err != nil {
		return models.Key{}, "", err
	}
	k, c, err := s.makeKey(ctx, who, idempotencyKey, func(t *tx, d *draft) (facts, error) {
		d.key.Name, d.key.Channel, d.key.Enabled = name, models.ChannelREST, true
		d.key.ScopeApps, d.key.ScopeAPIs = models.ScopeAll, models.ScopeAll
		d.key.ExpiresAt = d.account.WithinPolicy(nil, t.now)
		d.request.Kind = models.CredentialToken
		return facts{}, t.nameKey(&d.key)
	})
	return k, c.Value, err
}

// MakeKey adds the enabled key that the form describes, and returns it with its credentials. An empty name becomes a
// number, and empty scopes are all. A chosen secret has no Value. idempotencyKey is as for CreateKey. Refusals name
// their field: name, description, channel, credential, username, secret, expires_at, apps, apis.
func (s *Store) MakeKey(ctx context.Context, who models.Actor, n models.NewKey, idempotencyKey string) (models.Key, models.Credential, error) {
	if err := permit(who, models.PermKeysManage); err != nil {
		return models.Key{}, models.Credential{}, err
	}
	n, err := models.CheckNewKey(n, s.now())
	if err != nil {
		return models.Key{}, models.Credential{}, err
	}
	requested, err := s.prepare(ctx, n.Credential, "")
	if err != nil {
		return models.Key{}, models.Credential{}, err
	}
	return s.makeKey(ctx, who, idempotencyKey, func(t *tx, d *draft) (facts, error) {
		if err := models.CheckExpiryPolicy(d.account, n.ExpiresAt, t.now); err != nil {
			return nil, err
		}
		d.request = requested
		d.key.Name, d.key.Description, d.key.Channel, d.key.ExpiresAt = n.Name, n.Description, n.Channel, n.ExpiresAt
		d.key.Enabled, d.key.ScopeApps, d.key.ScopeAPIs = true, n.ScopeApps, n.ScopeAPIs
		if err := t.nameKey(&d.key); err != nil {
			return nil, err
		}
		return t.newKeyFacts(n)
	}, func(t *tx, k models.Key) error {
		if err := t.replaceList(appScope(), k, n.AppIDs); err != nil {
			return err
		}
		return t.replaceList(apiScope(), k, n.APIIDs)
	})
}

// newKeyFacts checks the lists of a new key, and returns for the audit what CreateKey never sets.
func (t *tx) newKeyFacts(n models.NewKey) (facts, error) {
	said := facts{}
	for _, list := range []struct {
		scope
		mode models.ScopeMode
		ids  []int64
	}{{appScope(), n.ScopeApps, n.AppIDs}, {apiScope(), n.ScopeAPIs, n.APIIDs}} {
		if list.mode == models.ScopeAll {
			continue
		}
		if err := t.checkListed(list.scope, list.ids); err != nil {
			return nil, err
		}
		f, err := t.scopeFacts(list.scope, list.mode, list.ids)
		if err != nil {
			return nil, err
		}
		said[list.field] = f[list.field]
	}
	return said, nil
}

// CopyKey adds a key with the description, channel, status, expiry, scopes, whitelist and limit of the key with the
// Sid, and with a new value, or a new generated pair. An Expiry Date that the account no longer allows becomes its
// maximum. The copy belongs to the actor. idempotencyKey is as for CreateKey.
func (s *Store) CopyKey(ctx context.Context, who models.Actor, sid, idempotencyKey string) (models.Key, string, error) {
	var from models.Key
	k, c, err := s.makeKey(ctx, who, idempotencyKey, func(t *tx, d *draft) (facts, error) {
		var err error
		if from, err = findKey(t.DB, t.who, sid); err != nil {
			return nil, err
		}
		names, err := t.keyNames("")
		if err != nil {
			return nil, err
		}
		k := &d.key
		k.Name = models.CopyName(from.Name, func(n string) bool { return names[n] })
		k.Description, k.Channel, k.Enabled = from.Description, from.Channel, from.Enabled
		k.ExpiresAt = d.account.WithinPolicy(from.ExpiresAt, t.now)
		k.ScopeApps, k.ScopeAPIs = from.ScopeApps, from.ScopeAPIs
		k.RateRequests, k.RateWindowSec = from.RateRequests, from.RateWindowSec
		d.request.Kind = from.CopiedCredential()
		return facts{"copy_of": from.Sid}, nil
	}, func(t *tx, k models.Key) error { return t.copyLists(from.ID, k) })
	return k, c.Value, err
}

// draft is a key that is being created.
type draft struct {
	account models.Account
	key     models.Key
	request requested
}

// makeKey is the common part of creating and copying: idempotency, the limit of keys, the credentials, the row, its
// lists, and the audit.
func (s *Store) makeKey(ctx context.Context, who models.Actor, idempotencyKey string,
	fill func(*tx, *draft) (facts, error), lists ...func(*tx, models.Key) error,
) (models.Key, models.Credential, error) {
	if len(idempotencyKey) > maxIdempotencyKeyLen {
		return models.Key{}, models.Credential{}, models.Refuse(models.CodeInvalid, "", "errors.idempotency_key")
	}
	var k models.Key
	var c models.Credential
	err := s.act(ctx, who, models.PermKeysManage, func(t *tx) error {
		var err error
		if k, c, err = t.madeBefore(idempotencyKey); err != nil || k.ID != 0 {
			return err
		}
		d := draft{}
		if d.account, err = t.roomForKey(); err != nil {
			return err
		}
		if idempotencyKey != "" {
			d.key.IdempotencyKey, d.key.IdempotencySession = &idempotencyKey, t.who.SessionID
		}
		said, err := fill(t, &d)
		if err != nil {
			return err
		}
		if c, err = t.insertKey(&d, lists); err != nil {
			return err
		}
		k = d.key
		t.touchKey(k)
		return t.auditNewKey(k, said)
	})
	if err != nil {
		return models.Key{}, models.Credential{}, err
	}
	return withoutSecrets(k), c, nil
}

// insertKey completes the key with its Sid, its owner and its credentials, and writes its row and its lists.
func (t *tx) insertKey(d *draft, lists []func(*tx, models.Key) error) (models.Credential, error) {
	id, err := ulid.New(ulid.Timestamp(t.now), rand.Reader)
	if err != nil {
		return models.Credential{}, fmt.Errorf("make a Sid: %w", err)
	}
	k := &d.key
	k.AccountID, k.OwnerID, k.Sid = d.account.ID, t.who.UserID, id.String()
	k.CreatedBy, k.CreatedAt, k.UpdatedAt = t.who.Name, t.now, t.now
	c, err := t.issueCredential(k, d.request, d.account.KeyVisibility)
	if err != nil {
		return models.Credential{}, err
	}
	if err := t.Create(k).Error; err != nil {
		return models.Credential{}, err
	}
	for _, list := range lists {
		if err := list(t, *k); err != nil {
			return models.Credential{}, err
		}
	}
	return c, nil
}

func (t *tx) auditNewKey(k models.Key, said facts) error {
	event := models.EventKeyCreate
	if said["copy_of"] != nil {
		event = models.EventKeyCopy
	}
	if k.Pair() {
		said["channel"], said["username"] = k.Channel, k.Username
	}
	said["name"], said["enabled"] = k.Name, k.Enabled
	if k.ExpiresAt != nil {
		said["expires_at"] = k.ExpiresAt
	}
	said["scope_apps"], said["scope_apis"], said["visibility"] = k.ScopeApps, k.ScopeAPIs, k.Visibility
	return t.audit(event, kindKey, k.Sid, k.Name, nil, said)
}

// madeBefore returns the key of an earlier call with the idempotencyKey, or the zero key. Returning its value again is
// a reveal, and is audited as one.
func (t *tx) madeBefore(idempotencyKey string) (models.Key, models.Credential, error) {
	var k models.Key
	if idempotencyKey == "" {
		return k, models.Credential{}, nil
	}
	err := t.Where("account_id = ? AND owner_id = ? AND idempotency_key = ?", t.who.AccountID, t.who.UserID, idempotencyKey).Take(&k).Error
	c := models.Credential{Username: k.Username}
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return models.Key{}, models.Credential{}, nil
	case err != nil || !t.mayReplay(k):
		return k, c, err
	}
	if c.Value, err = t.s.openValue(k); err != nil {
		return k, models.Credential{}, err
	}
	return k, c, t.audit(models.EventKeyReveal, kindKey, k.Sid, k.Name, nil, nil)
}

// mayReplay reports whether a repeated request may return the value of the key that the first one created. Only the
// session that lost the first answer may: an open form is no way around the re-authentication that revealing requires.
func (t *tx) mayReplay(k models.Key) bool {
	return k.Visibility == models.Revealable && k.CredentialAt == nil && permit(t.who, models.PermKeysReveal) == nil &&
		k.IdempotencySession == t.who.SessionID && models.Lately(k.CreatedAt, t.now, models.ReplayTTL)
}

// roomForKey returns the actor's account, and refuses a key beyond the limit, or one that a Member may not add there.
// The transaction is immediate, so nobody adds a key between the count and the insert.
func (t *tx) roomForKey() (models.Account, error) {
	a, err := t.accountOf()
	if err != nil {
		return a, err
	}
	if err := models.CheckMayCreate(a, t.who.Role); err != nil {
		return a, err
	}
	if err := a.PermitsGrants(); err != nil {
		return a, err
	}
	var have int64
	if err := t.Model(&models.Key{}).Where("account_id = ?", t.who.AccountID).Count(&have).Error; err != nil {
		return a, err
	}
	return a, models.CheckRoomForKeys(int(have), 1)
}

// nameKey names a key without a name after the next free number.
func (t *tx) nameKey(k *models.Key) error {
	if k.Name != "" {
		return nil
	}
	var err error
	k.Name, err = t.nextKeyName()
	return err
}

// keyNames returns the names of the account's keys that begin with prefix.
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

// nextKeyName returns the name for a key without one: the highest number in use plus one.
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

// copyLists copies the App List, API List and whitelist of another key of the same account to k.
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

// RevealKey returns the value of a revealable key, and records who saw it. A show-once key is CodeConflict.
func (s *Store) RevealKey(ctx context.Context, who models.Actor, sid string) (string, error) {
	var value string
	err := s.act(ctx, who, models.PermKeysReveal, func(t *tx) error {
		k, err := findKey(t.DB, t.who, sid)
		if err != nil {
			return err
		}
		if k.Visibility != models.Revealable {
			return models.Refuse(models.CodeConflict, "", "errors.key.show_once")
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
		return "", models.Refuse(models.CodeInternal, "", "errors.key.sealed").Because(err)
	}
	return string(plain), nil
}
