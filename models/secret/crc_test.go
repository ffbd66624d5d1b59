package secret

import (
	"hash/crc32"
	"testing"

	"pgregory.net/rapid"
)

// The checksum is the one of the standard library, at every length.
func TestCRC(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SliceOfN(rapid.Byte(), 0, 80).Draw(t, "bytes")
		if got, want := crcOf(string(s)), crc32.ChecksumIEEE(s); got != want {
			t.Fatalf("%x, want %x", got, want)
		}
	})
}
