package secret

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
)

const tokenLen = 32 // random bytes

// NewToken returns a one-time token or session id of 256 bits, safe in a URL, and the hash under which it is stored.
func NewToken(rand io.Reader) (token, idHash string, err error) {
	var raw [tokenLen]byte
	if _, err := io.ReadFull(rand, raw[:]); err != nil {
		return "", "", fmt.Errorf("make a token: %w", err)
	}
	token = base64.RawURLEncoding.EncodeToString(raw[:])
	return token, HashToken(token), nil
}

// HashToken returns the hex SHA-256 under which a token is stored, so that a reader of the database cannot use it.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
