package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"gorm.io/gorm"

	"keywicket/models"
)

// ChangeCredentials rotates the key's credentials and returns the new ones, the only time where they are not kept. The
// previous credentials stop at once, or keep working for the grace period; those of an earlier rotation stop. Refusals
// name their field: grace, credential, username, secret. Where c.Replaces is no longer the key's Stamp, it is
// CodeConflict.
//
// Generated credentials stay revealable or show-once as the key was. After a chosen secret, the account's policy
// decides.
func (s *Store) ChangeCredentials(ctx context.Context, who models.Actor, sid string, c models.NewCredential, grace time.Duration,
) (models.Credential, error) {
	var made models.Credential
	if err := permit(who, models.PermKeysManage); err != nil {
		return made, err
	}
	k, err := findKey(s.rdb.WithContext(ctx), who, sid)
	if err != nil {
		return made, classify(err)
	}
	if c, err = models.CheckChange(k, c, grace); err != nil {
		return made, err
	}
	like := ""
	if models.FoldUsername(c.Username) == models.FoldUsername(k.Username) {
		like = k.SecretHash
	}
	a, err := s.prepare(ctx, c, like)
	if err != nil {
		return made, err
	}
	err = s.changeKey(ctx, who, sid, func(t *tx, k models.Key) (keyChange, error) {
		change, given, err := t.rotateCredential(k, a, grace)
		made = given
		return change, err
	})
	if err != nil {
		return models.Credential{}, err
	}
	return made, nil
}

// rotateCredential keeps the key's credentials as the previous ones for the grace period and issues new ones. It
// returns the change of the key.
func (t *tx) rotateCredential(k models.Key, a requested, grace time.Duration) (keyChange, models.Credential, error) {
	none := models.Credential{}
	if a.Replaces != "" && a.Replaces != k.Stamp() {
		return keyChange{}, none, models.Refuse(models.CodeConflict, "", "errors.credential.changed")
	}
	if err := t.keepPrevious(k, grace); err != nil {
		return keyChange{}, none, err
	}
	visibility, err := t.visibilityAfter(k)
	if err != nil {
		return keyChange{}, none, err
	}
	next := k
	made, err := t.issueCredential(&next, a, visibility)
	if err != nil {
		return keyChange{}, none, err
	}
	// The stamp must differ, however fast two changes follow each other.
	at := t.now
	if since := k.CredentialSince(); !at.After(since) {
		at = since.Add(time.Microsecond)
	}
	c := keyChange{
		event: models.EventKeyRotate,
		set: map[string]any{
			"username": next.Username, "secret_hash": next.SecretHash, "hash": next.Hash, "prefix": next.Prefix, "last4": next.Last4,
			"visibility": next.Visibility, "sealed": next.Sealed, "kek_id": next.KEKID, "credential_at": at,
		},
		before: facts{}, after: facts{"credential": a.Kind, "overlap": gracePeriodWord(grace)},
	}
	if k.Pair() {
		c.before["username"], c.after["username"] = k.Username, next.Username
	}
	return c, made, nil
}

// keepPrevious makes the key's present credentials the previous ones, which work for the grace period, in place of any
// earlier ones.
func (t *tx) keepPrevious(k models.Key, grace time.Duration) error {
	if err := t.Where("key_id = ?", k.ID).Delete(&models.PreviousCredential{}).Error; err != nil || grace == 0 {
		return err
	}
	return t.Create(&models.PreviousCredential{
		AccountID: k.AccountID, KeyID: k.ID, Channel: k.Channel, Username: k.Username, Hash: k.Hash, SecretHash: k.SecretHash,
		Prefix: k.Prefix, Last4: k.Last4, EndsAt: t.now.Add(grace), CreatedAt: t.now,
	}).Error
}

// visibilityAfter returns the key's own visibility, or the account's after a chosen secret, which is never kept.
func (t *tx) visibilityAfter(k models.Key) (models.KeyVisibility, error) {
	if !k.Chosen() {
		return k.Visibility, nil
	}
	a, err := t.accountOf()
	return a.KeyVisibility, err
}

// gracePeriodWord returns a grace period for the audit: "0h", "1h", "24h", "168h".
func gracePeriodWord(d time.Duration) string { return strconv.Itoa(int(d/time.Hour)) + "h" }

// EndPreviousCredential ends the key's previous credentials now. Without any that still work it is CodeNotFound.
func (s *Store) EndPreviousCredential(ctx context.Context, who models.Actor, sid string) error {
	return s.changeKey(ctx, who, sid, func(t *tx, k models.Key) (keyChange, error) {
		old, err := s.previousOf(t.DB, k)
		if err != nil {
			return keyChange{}, err
		}
		if old == nil {
			return keyChange{}, models.Refuse(models.CodeNotFound, "", "errors.credential.no_old")
		}
		if err := t.fresh(models.PreviousSection(old), nil); err != nil {
			return keyChange{}, err
		}
		if err := t.Where("key_id = ?", k.ID).Delete(&models.PreviousCredential{}).Error; err != nil {
			return keyChange{}, err
		}
		was := facts{"uses": old.Uses}
		if old.Username != "" {
			was["username"] = old.Username
		}
		return keyChange{event: models.EventKeyPreviousEnd, before: was}, nil
	})
}

// previousOf returns the key's previous credentials that still work, without their hashes; nil without any.
func (s *Store) previousOf(db *gorm.DB, k models.Key) (*models.PreviousCredential, error) {
	var o models.PreviousCredential
	err := db.Where("key_id = ? AND ends_at > ?", k.ID, s.now()).Order("id DESC").Take(&o).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	o.Hash, o.SecretHash = nil, ""
	return &o, nil
}

// SweepPreviousCredentials deletes previous credentials whose grace period is over, and returns their number. They
// stopped working by themselves: this only makes room.
func (s *Store) SweepPreviousCredentials(ctx context.Context) (int, error) {
	var ended []models.PreviousCredential
	now := s.now()
	err := s.rdb.WithContext(ctx).Select("id, account_id, key_id").Where("ends_at <= ?", now).Find(&ended).Error
	if err != nil || len(ended) == 0 {
		return 0, classify(err)
	}
	err = s.write(ctx, models.Actor{}, func(t *tx) error {
		for _, o := range ended {
			if err := t.Where("id = ? AND ends_at <= ?", o.ID, now).Delete(&models.PreviousCredential{}).Error; err != nil {
				return err
			}
			t.touchKey(models.Key{ID: o.KeyID, AccountID: o.AccountID})
		}
		return nil
	})
	return len(ended), err
}
