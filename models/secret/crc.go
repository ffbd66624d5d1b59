package secret

import (
	"hash/crc32"
	"sync"
)

// crcTables are the tables of slicing-by-8, which processes eight bytes per step.
type crcTables [8][256]uint32

// sliced builds the tables once. They are never changed.
var sliced = sync.OnceValue(func() *crcTables {
	t := &crcTables{*crc32.IEEETable}
	for i, crc := range t[0] {
		for k := 1; k < len(t); k++ {
			crc = t[0][crc&0xff] ^ crc>>8
			t[k][i] = crc
		}
	}
	return t
})

// crcOf returns the CRC-32 (IEEE) of s without allocating. crc32.ChecksumIEEE takes a slice, which would escape and
// cost every decision of the gate an allocation.
func crcOf(s string) uint32 {
	t := sliced()
	crc := ^uint32(0)
	for len(s) >= 8 {
		crc ^= uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
		crc = t[0][s[7]] ^ t[1][s[6]] ^ t[2][s[5]] ^ t[3][s[4]] ^
			t[4][crc>>24] ^ t[5][crc>>16&0xff] ^ t[6][crc>>8&0xff] ^ t[7][crc&0xff]
		s = s[8:]
	}
	for i := range len(s) {
		crc = t[0][byte(crc&0xff)^s[i]] ^ crc>>8
	}
	return ^crc
}
