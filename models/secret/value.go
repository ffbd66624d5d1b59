package secret

import (
	"errors"
	"fmt"
	"io"

	"keywicket/models"
)

// The form of a key's value: models.TokenPrefix, a body in base62, and the CRC-32 of both in base62 of fixed length.
const (
	bodyLen     = 32 // base62 characters: 190 bits
	checksumLen = 6
	ValueLen    = len(models.TokenPrefix) + bodyLen + checksumLen

	shownLen     = 4 // shown characters of the body
	shownLastLen = 4
	alphabet     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// errPoorRandom means that a random source returned no usable bytes.
var errPoorRandom = errors.New("the source of random bytes returns no usable ones")

// Mint returns the value of a new key, made from random bytes. All values are equally likely.
func Mint(rand io.Reader) (value string, err error) {
	if value, err = mintValue(rand, models.TokenPrefix); err != nil {
		return "", fmt.Errorf("mint a key: %w", err)
	}
	return value, nil
}

// mintValue returns a prefix, a random body and the checksum.
func mintValue(rand io.Reader, prefix string) (string, error) {
	out := make([]byte, 0, len(prefix)+bodyLen+checksumLen)
	out, err := appendRandom(append(out, prefix...), rand, bodyLen, alphabet)
	if err != nil {
		return "", err
	}
	sum := checksum(string(out))
	return string(append(out, sum[:]...)), nil
}

// appendRandom appends n random characters of the letters. Bytes beyond the last multiple of the number of letters are
// skipped: they would make the first letters more likely.
func appendRandom(out []byte, rand io.Reader, n int, letters string) ([]byte, error) {
	usable := 256 / len(letters) * len(letters)
	var buf [64]byte
	for range 1000 {
		if _, err := io.ReadFull(rand, buf[:]); err != nil {
			return nil, err
		}
		for _, b := range buf {
			if int(b) >= usable {
				continue
			}
			out = append(out, letters[int(b)%len(letters)])
			if n--; n == 0 {
				return out, nil
			}
		}
	}
	return nil, errPoorRandom
}

// checksum returns the CRC-32 (IEEE) of s in base62, padded with zeros.
func checksum(s string) (sum [checksumLen]byte) {
	crc := crcOf(s)
	for i := checksumLen - 1; i >= 0; i-- {
		sum[i] = alphabet[crc%uint32(len(alphabet))]
		crc /= uint32(len(alphabet))
	}
	return sum
}

// WellFormed reports whether the value has the form of a key's value: prefix, length, alphabet and checksum are right.
// It does not allocate.
func WellFormed(value string) bool { return wellFormed(value, models.TokenPrefix) }

func wellFormed(value, prefix string) bool {
	body := len(prefix) + bodyLen
	if len(value) != body+checksumLen || value[:len(prefix)] != prefix {
		return false
	}
	for i := len(prefix); i < len(value); i++ {
		if !isBase62(value[i]) {
			return false
		}
	}
	sum := checksum(value[:body])
	return value[body:] == string(sum[:])
}

func isBase62(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// Parts returns the characters of a key's value or of a pair's generated secret that can be shown to identify it: the
// first ones ("kw_8fQ2") and the last four. Both are "" for a text of another form.
func Parts(value string) (prefix, last4 string) {
	for _, p := range [...]string{models.TokenPrefix, models.SecretPrefix} {
		if len(value) == len(p)+bodyLen+checksumLen && value[:len(p)] == p {
			return value[:len(p)+shownLen], value[len(value)-shownLastLen:]
		}
	}
	return "", ""
}
