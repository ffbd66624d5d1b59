package store

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"strings"

	"keywicket/models/secret"
)

// NewDevice returns a token for a browser in which the person has just signed in. The token grants nothing: it only
// keeps the browser's attempts at the person's password apart from those of strangers. The store does not keep it.
func (s *Store) NewDevice(userID int64) string {
	nonce := rand.Text()
	return nonce + "." + s.deviceSum(userID, nonce)
}

// KnowsDevice reports whether NewDevice returned the token for the person.
func (s *Store) KnowsDevice(userID int64, token string) bool {
	nonce, sum, ok := strings.Cut(token, ".")
	return ok && userID != 0 && hmac.Equal([]byte(sum), []byte(s.deviceSum(userID, nonce)))
}

func (s *Store) deviceSum(userID int64, nonce string) string {
	w := secret.NewMAC(s.macKey, "device")
	w.Number(userID)
	w.Text(nonce)
	return base64.RawURLEncoding.EncodeToString(w.Sum())
}
