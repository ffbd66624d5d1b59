package engine

import "encoding/binary"

const (
	shardCount  = 4096
	accountsPer = 256 // accounts in one chunk of the table
)

// snapshot is everything that a decision reads. It never changes; a change
// makes another one, which shares all that stayed as it was.
type snapshot struct {
	shards       [shardCount]*shard
	credentials  *credentials    // previous and chosen ones; nil before there is any
	accounts     []*accountChunk // by slot
	accountCount int
	keyCount     int
}

type accountChunk [accountsPer]*account

// account returns the account in a slot, or nil.
func (s *snapshot) account(slot uint32) *account {
	chunk := slot / accountsPer
	if int(chunk) >= len(s.accounts) || s.accounts[chunk] == nil {
		return nil
	}
	return s.accounts[chunk][slot%accountsPer]
}

// find returns the key with the hash, or nil.
func (s *snapshot) find(hash *[32]byte) *Key {
	sh := s.shards[shardOf(hash)]
	if sh == nil {
		return nil
	}
	return sh.find(hash)
}

func shardOf(hash *[32]byte) uint32 {
	return uint32(binary.LittleEndian.Uint16(hash[:2])) % shardCount
}

// tagOf returns other bits of the hash than shardOf.
func tagOf(hash *[32]byte) uint32 { return binary.LittleEndian.Uint32(hash[4:8]) }

// shard is a part of the index: a hash table with open addressing. The tags
// are kept in a list of their own so that a look-up touches the one key that it
// finds, and a copy touches none.
type shard struct {
	tags []uint32
	keys []*Key
	size int
}

// newShard makes room for n keys: a third more, so that runs stay short, and
// at least one place stays empty, where a search ends.
func newShard(n int) *shard {
	places := n + n/3 + 1
	return &shard{tags: make([]uint32, places), keys: make([]*Key, places)}
}

// place is where the search for a tag begins.
func (sh *shard) place(tag uint32) int {
	return int(uint64(tag) * uint64(len(sh.keys)) >> 32)
}

func (sh *shard) next(i int) int {
	if i++; i < len(sh.keys) {
		return i
	}
	return 0
}

func (sh *shard) put(tag uint32, k *Key) {
	i := sh.place(tag)
	for sh.keys[i] != nil {
		i = sh.next(i)
	}
	sh.tags[i], sh.keys[i] = tag, k
	sh.size++
}

func (sh *shard) find(hash *[32]byte) *Key {
	tag := tagOf(hash)
	for i := sh.place(tag); sh.keys[i] != nil; i = sh.next(i) {
		if sh.tags[i] == tag && sh.keys[i].hash == *hash {
			return sh.keys[i]
		}
	}
	return nil
}
