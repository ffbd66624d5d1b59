package secret

import (
	"fmt"
	"io"

	"keywicket/models"
)

// The user name of a generated pair is models.UsernamePrefix and lower-case
// letters and digits, for its case does not count. The secret has the form of a
// key's value behind models.SecretPrefix.
const (
	usernameBody    = 20 // 103 bits: no two are ever the same
	usernameLetters = "0123456789abcdefghijklmnopqrstuvwxyz"
)

// MintPair makes the user name and the secret of a new credential pair from
// random bytes. The secret alone has 190 bits.
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

// PairWellFormed reports whether the value could be a generated pair's secret,
// as WellFormed says it of a key's. It does not allocate.
func PairWellFormed(value string) bool { return wellFormed(value, models.SecretPrefix) }
