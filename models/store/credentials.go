package store

import (
	"context"
	"crypto/rand"

	"keywicket/models"
	"keywicket/models/secret"
)

// requested describes the credentials to set for a key: the request, and the slow hash of a chosen secret.
type requested struct {
	models.NewCredential
	phc string
}

// prepare computes the slow hash of a chosen secret outside of any transaction, so that no other write waits for it.
// like is the hash of another secret under the same user name, or "". VerifyAny then checks both in the time of one.
func (s *Store) prepare(ctx context.Context, c models.NewCredential, like string) (requested, error) {
	a := requested{NewCredential: c}
	a.Secret = "" // nothing else needs it
	if c.Kind != models.CredentialChosen {
		return a, nil
	}
	var err error
	a.phc, err = s.passwords.HashLike(ctx, like, c.Secret)
	if ctx.Err() != nil {
		return a, models.Refuse(models.CodeUnavailable, "", "errors.unavailable").Because(err)
	}
	return a, err
}

// issueCredential sets the credentials of a key, in place of any that it has. The key must have its Channel, Sid and
// account. visibility applies to generated credentials; a chosen secret is never kept.
func (t *tx) issueCredential(k *models.Key, a requested, visibility models.KeyVisibility) (models.Credential, error) {
	k.Username, k.SecretHash, k.Prefix, k.Last4, k.KEKID, k.Sealed = "", "", "", "", "", nil
	k.Visibility = visibility
	var c models.Credential
	var err error
	switch a.Kind {
	case models.CredentialChosen:
		return t.issueChosen(k, a)
	case models.CredentialPair:
		if c.Username, c.Value, err = secret.MintPair(rand.Reader); err != nil {
			return c, err
		}
		k.Username = c.Username
		hash := t.s.hasher.HashPair(k.Channel, c.Username, c.Value)
		k.Hash = hash[:]
	default:
		if c.Value, err = secret.Mint(rand.Reader); err != nil {
			return c, err
		}
		hash := t.s.hasher.Hash(c.Value)
		k.Hash = hash[:]
	}
	k.Prefix, k.Last4 = secret.Parts(c.Value)
	if visibility == models.Revealable {
		k.KEKID, k.Sealed, err = t.s.box.Seal([]byte(c.Value), secret.KeyAAD(k.AccountID, k.Sid))
	}
	return c, err
}

// issueChosen sets a chosen user name and secret as the credentials of a key. The key's hash is one of random bytes: it
// identifies these credentials, and no value that anybody could send leads to it.
func (t *tx) issueChosen(k *models.Key, a requested) (models.Credential, error) {
	c := models.Credential{Username: a.Username}
	if err := t.checkUsername(k.Channel, a.Username, k.ID); err != nil {
		return c, err
	}
	token, _, err := secret.NewToken(rand.Reader)
	if err != nil {
		return c, err
	}
	hash := t.s.hasher.HashPair(k.Channel, a.Username, token)
	k.Username, k.SecretHash, k.Hash, k.Visibility = a.Username, a.phc, hash[:], models.ShowOnce
	return c, nil
}

// checkUsername refuses a user name that another key of the channel has in any account, or had and still has for a
// grace period. The transaction is immediate, so two keys cannot take it at once.
func (t *tx) checkUsername(channel models.Channel, username string, keyID int64) error {
	folded := models.FoldUsername(username)
	var taken int64
	err := t.Raw(`SELECT (SELECT count(*) FROM keys WHERE channel = @channel AND lower(username) = @name AND username <> '' AND id <> @key)
		+ (SELECT count(*) FROM previous_credentials WHERE channel = @channel AND lower(username) = @name AND ends_at > @now AND key_id <> @key)`,
		map[string]any{"channel": channel, "name": folded, "key": keyID, "now": t.now}).Scan(&taken).Error
	if err != nil {
		return err
	}
	if taken > 0 {
		return models.Refuse(models.CodeInvalid, "username", "errors.username.taken")
	}
	return nil
}
