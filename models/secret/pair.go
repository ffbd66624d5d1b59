package secret

import (
	"fmt"
	"io"

	"keywicket/models"
)

// The user name of a generated pair is models.UsernamePrefix and lower-case letters and digits, because user names are
// not case-sensitive. The secret has the form of a key's value, with models.SecretPrefix.
const (
	usernameBody    = 20 // 103 bits: never the same twice
	usernameLetters = "0123456789abcdefghijklmnopqrstuvwxyz"
)

// MintPair returns the user name and the secret of a new credential pair, made from random bytes. The secret alone has
// 190 bits.
func MintPair(rand io.Reader) (username, value string, err error) {
	name, err := appendRandom([]byte(models.UsernamePrefix), rand, usernameBody, usernameLetters)
	if err != nil {
		return "", "", fmt.Errorf("mint a user name: %w", err)
	}
	if value, err = mintValue(rand, models.SecretPrefix); err != nil {
		return "", "", fmt.Errorf("mint a secret: %w", err)
	}
	return string(name), value, nil
}

// PairWellFormed reports whether the value has the form of a generated pair's secret. See WellFormed. It does not
// allocate.
func PairWellFormed(value string) bool { return wellFormed(value, models.SecretPrefix) }
