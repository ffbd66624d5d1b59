package engine

import (
	"hash/maphash"
	"maps"
	"math"

	"keywicket/models"
)

// credential is what leads to a key other than the key's own hash: a previous
// credential that still works, or a chosen pair. It never changes.
type credential struct {
	id       [32]byte
	slow     string // argon2id; a credential without it is found by its id
	name     nameKey
	key      *Key
	previous int64 // id of the previous credential; 0 for the current one
	expires  int64 // Unix nanoseconds from which on it does not work
}

// nameKey is a user name in its channel, in lower case.
type nameKey struct {
	channel uint8
	name    string
}

// compileCredentials returns the credentials that lead to the key in addition to
// its hash; most keys have none.
func compileCredentials(d *KeyData, k *Key) []*credential {
	var list []*credential
	if d.Key.SecretHash != "" {
		list = append(list, &credential{
			id: k.hash, slow: d.Key.SecretHash, key: k, expires: math.MaxInt64,
			name: nameKey{k.channel, models.FoldUsername(d.Key.Username)},
		})
	}
	for i := range d.Previous {
		o := &d.Previous[i]
		if len(o.Hash) != 32 {
			continue
		}
		list = append(list, &credential{
			id: [32]byte(o.Hash), slow: o.SecretHash, key: k, previous: o.ID, expires: expiry(&o.EndsAt),
			name: nameKey{k.channel, models.FoldUsername(o.Username)},
		})
	}
	return list
}

// credentials is the index of the credentials. It is cut into shards, as that of
// the keys is, so that a change copies only the shards that it touches. It never
// changes once it is in a snapshot. A nil index is empty.
type credentials struct {
	seed   maphash.Seed // people choose user names: nobody can aim at a shard
	shards [shardCount]*credentialShard
}

type credentialShard struct {
	byHash map[[32]byte]*credential
	byName map[nameKey][]*credential
}

// clone returns an index that may be changed. Its shards are still those of c.
func (c *credentials) clone() *credentials {
	if c == nil {
		return &credentials{seed: maphash.MakeSeed()}
	}
	next := *c
	return &next
}

// shardOf returns the shard of the credential: by its id, or by its user name if
// its secret is chosen.
func (c *credentials) shardOf(one *credential) uint32 {
	if one.slow == "" {
		return shardOf(&one.id)
	}
	return c.shardOfName(one.name)
}

// shardOfName returns the shard of a user name, the same in every channel.
func (c *credentials) shardOfName(n nameKey) uint32 {
	return uint32(maphash.String(c.seed, n.name) % shardCount)
}

// withHash returns the credential with the id, or nil.
func (c *credentials) withHash(id *[32]byte) *credential {
	if c == nil {
		return nil
	}
	if sh := c.shards[shardOf(id)]; sh != nil {
		return sh.byHash[*id]
	}
	return nil
}

// withName returns the chosen credentials with the user name.
func (c *credentials) withName(n nameKey) []*credential {
	if c == nil {
		return nil
	}
	if sh := c.shards[c.shardOfName(n)]; sh != nil {
		return sh.byName[n]
	}
	return nil
}

// clone returns a shard that may be changed; sh may be nil.
func (sh *credentialShard) clone() *credentialShard {
	if sh == nil {
		return &credentialShard{}
	}
	return &credentialShard{byHash: maps.Clone(sh.byHash), byName: maps.Clone(sh.byName)}
}

// add puts a credential into the shard. It changes no list of the shard that it
// was cloned from.
func (sh *credentialShard) add(one *credential) {
	if one.slow == "" {
		if sh.byHash == nil {
			sh.byHash = map[[32]byte]*credential{}
		}
		sh.byHash[one.id] = one
		return
	}
	if sh.byName == nil {
		sh.byName = map[nameKey][]*credential{}
	}
	had := sh.byName[one.name]
	sh.byName[one.name] = append(had[:len(had):len(had)], one)
}

// remove takes a credential out of the shard. It changes no list of the shard
// that it was cloned from.
func (sh *credentialShard) remove(one *credential) {
	if one.slow == "" {
		delete(sh.byHash, one.id)
		return
	}
	var left []*credential
	for _, other := range sh.byName[one.name] {
		if other != one {
			left = append(left, other)
		}
	}
	if left == nil {
		delete(sh.byName, one.name)
		return
	}
	sh.byName[one.name] = left
}

// hit is what a credential led to; without a key, to nothing.
type hit struct {
	key      *Key
	previous int64
}

// lookUp returns what the hash leads to: a key, or a previous credential that
// still works.
func (s *snapshot) lookUp(hash *[32]byte, now int64) hit {
	if k := s.find(hash); k != nil {
		return hit{key: k}
	}
	if c := s.credentials.withHash(hash); c != nil && c.expires > now {
		return hit{c.key, c.previous}
	}
	return hit{}
}

// named returns the chosen credentials with a user name that work now.
func (s *snapshot) named(name nameKey, now int64) []*credential {
	all := s.credentials.withName(name)
	for i, c := range all {
		if c.expires <= now { // rare: ended, and not yet swept
			list := append([]*credential(nil), all[:i]...)
			for _, c := range all[i+1:] {
				if c.expires > now {
					list = append(list, c)
				}
			}
			return list
		}
	}
	return all
}
