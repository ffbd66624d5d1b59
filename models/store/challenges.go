package store

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store/sqlite"
)

// challenge is the content of a token of SealChallenge. The browser holds it, so visitors who ask for one leave nothing
// on the server.
type challenge struct {
	Purpose models.SignInPurpose `json:"p"`
	UserID  int64                `json:"u"`
	Data    []byte               `json:"d"`
	Begins  int64                `json:"b"` // Unix microseconds
	Ends    int64                `json:"e"`
}

// purposeSpent marks the challenges in the table signin_steps that were used.
const purposeSpent = "spent"

// SealChallenge returns a token that holds the step for ttl. It cannot be altered, but its holder can read the step.
func (s *Store) SealChallenge(step models.SignInStep, ttl time.Duration) (string, error) {
	now := s.now()
	text, err := json.Marshal(challenge{step.Purpose, step.UserID, step.Data, now.UnixMicro(), now.Add(ttl).UnixMicro()})
	if err != nil {
		return "", err
	}
	body := base64.RawURLEncoding.EncodeToString(text)
	return body + "." + s.challengeSum(body), nil
}

func (s *Store) challengeSum(body string) string {
	w := secret.NewMAC(s.macKey, "challenge")
	w.Text(body)
	return base64.RawURLEncoding.EncodeToString(w.Sum())
}

// OpenChallenge returns the step that the token holds, and does not use the token up. A token that is forged, too old,
// or made for another purpose is CodeNotFound.
func (s *Store) OpenChallenge(purpose models.SignInPurpose, token string) (models.SignInStep, error) {
	c, err := s.openChallenge(token)
	if err == nil && c.Purpose != purpose {
		err = errSignInStep()
	}
	return models.SignInStep{Purpose: c.Purpose, UserID: c.UserID, Data: c.Data}, err
}

func (s *Store) openChallenge(token string) (challenge, error) {
	var c challenge
	body, sum, _ := strings.Cut(token, ".")
	if !hmac.Equal([]byte(sum), []byte(s.challengeSum(body))) {
		return c, errSignInStep()
	}
	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return c, err
	}
	begins, ends := time.UnixMicro(c.Begins), time.UnixMicro(c.Ends)
	if !models.Lately(begins, s.now(), ends.Sub(begins)) {
		return challenge{}, errSignInStep()
	}
	return c, nil
}

// SpendChallenge uses the token up. A token that was used before, or is too old, is CodeNotFound: of two uses at once
// one succeeds. Each use leaves a row until the token ends, so call it after the answer to the challenge was found
// right.
func (s *Store) SpendChallenge(ctx context.Context, token string) error {
	c, err := s.openChallenge(token)
	if err != nil {
		return err
	}
	return s.write(ctx, models.Actor{}, func(t *tx) error {
		if err := t.forgetSteps(); err != nil {
			return err
		}
		row := signInStep{IDHash: secret.HashToken(token), Purpose: purposeSpent, Data: []byte{}, ExpiresAt: time.UnixMicro(c.Ends).UTC()}
		err := t.Create(&row).Error
		if sqlite.IsDuplicate(err) {
			err = errSignInStep()
		}
		return err
	})
}
