package secret

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// The form of a key's value: ValuePrefix, a body of base62, and the CRC-32
// of both as base62 of fixed length.
const (
	ValuePrefix = "kw_"
	bodyLen     = 32 // base62 characters: 190 bits
	checksumLen = 6
	ValueLen    = len(ValuePrefix) + bodyLen + checksumLen

	shownPrefixLen = len(ValuePrefix) + 4
	shownLastLen   = 4
	alphabet       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// errPoorRandom is for a source that never gives a usable byte.
var errPoorRandom = errors.New("the source of random bytes gives no usable ones")

// Mint makes the value of a new key from random bytes. Each value is as
// likely as any other.
func Mint(rand io.Reader) (value string, err error) {
	out := make([]byte, 0, ValueLen)
	out = append(out, ValuePrefix...)
	out, err = appendBase62(out, rand, bodyLen)
	if err != nil {
		return "", fmt.Errorf("mint a key: %w", err)
	}
	sum := checksum(string(out))
	return string(append(out, sum[:]...)), nil
}

// appendBase62 appends n characters. Bytes from 248 on are thrown away, for
// 256 is no multiple of 62 and the first letters would be likelier.
func appendBase62(out []byte, rand io.Reader, n int) ([]byte, error) {
	const usable = 256 / len(alphabet) * len(alphabet)
	var buf [64]byte
	for range 1000 {
		if _, err := io.ReadFull(rand, buf[:]); err != nil {
			return nil, err
		}
		for _, b := range buf {
			if int(b) >= usable {
				continue
			}
			out = append(out, alphabet[int(b)%len(alphabet)])
			if n--; n == 0 {
				return out, nil
			}
		}
	}
	return nil, errPoorRandom
}

// checksum gives the CRC-32 (IEEE) of s in base62, padded with zeros.
func checksum(s string) (sum [checksumLen]byte) {
	// A loop over the table instead of crc32.ChecksumIEEE, which would need s
	// as a slice.
	crc := ^uint32(0)
	for i := range len(s) {
		crc = crc32.IEEETable[byte(crc&0xff)^s[i]] ^ (crc >> 8)
	}
	crc = ^crc
	for i := checksumLen - 1; i >= 0; i-- {
		sum[i] = alphabet[crc%uint32(len(alphabet))]
		crc /= uint32(len(alphabet))
	}
	return sum
}

// WellFormed says whether the value could be a key's: its prefix, length,
// alphabet and checksum are right. It does not allocate.
func WellFormed(value string) bool {
	if len(value) != ValueLen || value[:len(ValuePrefix)] != ValuePrefix {
		return false
	}
	for i := len(ValuePrefix); i < ValueLen; i++ {
		if !isBase62(value[i]) {
			return false
		}
	}
	const body = ValueLen - checksumLen
	sum := checksum(value[:body])
	return value[body:] == string(sum[:])
}

func isBase62(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// Parts gives what may be shown of a value, to tell it from others: its
// first characters ("kw_8fQ2") and its last four. Both are "" for a text of
// another length than a key's.
func Parts(value string) (prefix, last4 string) {
	if len(value) != ValueLen {
		return "", ""
	}
	return value[:shownPrefixLen], value[ValueLen-shownLastLen:]
}
