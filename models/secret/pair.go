package secret

import (
	"fmt"
	"io"
)

// The form of a generated pair: the user name is UsernamePrefix and small
// letters and digits, for its case does not count; the secret is as a key's
// value behind SecretPrefix.
const (
	UsernamePrefix = "kwu_"
	SecretPrefix   = "kws_"

	usernameBody    = 20 // 103 bits: no two are ever the same
	usernameLetters = "0123456789abcdefghijklmnopqrstuvwxyz"
)

// MintPair makes the user name and the secret of a new credential pair from
// random bytes. The secret alone has 190 bits.
func MintPair(rand io.Reader) (username, value string, err error) {
	name, err := appendRandom([]byte(UsernamePrefix), rand, usernameBody, usernameLetters)
	if err != nil {
		return "", "", fmt.Errorf("mint a user name: %w", err)
	}
	if value, err = mintValue(rand, SecretPrefix); err != nil {
		return "", "", fmt.Errorf("mint a secret: %w", err)
	}
	return string(name), value, nil
}

// PairWellFormed reports whether the value could be a generated pair's secret,
// as WellFormed says it of a key's. It does not allocate.
func PairWellFormed(value string) bool { return wellFormed(value, SecretPrefix) }
