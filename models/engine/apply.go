package engine

import "slices"

// registry is what Apply keeps in addition to the snapshot: where keys, accounts
// and credentials are, by id.
type registry struct {
	keys  keyTable
	extra map[int64][]*credential // of keys that have any
	slots map[int64]uint32        // of accounts, and of keys' accounts that are not known
	free  []uint32                // slots to use again
	used  uint32                  // slots ever used
}

func newRegistry() registry {
	return registry{keys: make(keyTable), extra: make(map[int64][]*credential), slots: make(map[int64]uint32)}
}

// slot returns the account's slot, a new one when it has none.
func (g *registry) slot(accountID int64) uint32 {
	slot, ok := g.slots[accountID]
	switch {
	case ok:
		return slot
	case len(g.free) > 0:
		slot = g.free[len(g.free)-1]
		g.free = g.free[:len(g.free)-1]
	default:
		slot = g.used
		g.used++
	}
	g.slots[accountID] = slot
	return slot
}

// Apply applies a change: every Decide that starts after Apply returned judges by
// it, and none ever sees half of it. Rate limits in use keep their
// state. Applying the same change again changes nothing. A key may come before
// its account: it is unknown until the account comes.
func (e *Engine) Apply(d Delta) {
	e.mu.Lock()
	defer e.mu.Unlock()
	ch := newChange(e.snap.Load(), &e.reg, d.All)
	for i := range d.Accounts {
		ch.putAccount(&d.Accounts[i])
	}
	for i := range d.Keys {
		ch.putKey(&d.Keys[i])
	}
	for _, id := range d.GoneKeys {
		ch.dropKey(id)
	}
	ch.dropAccounts(d.GoneAccounts)
	e.reg = *ch.reg
	e.snap.Store(ch.finish())
}

// change is the next snapshot while it is made.
type change struct {
	next   *snapshot
	reg    *registry
	owned  map[uint32]bool // chunks of accounts that are already copies
	shards map[uint32]*shardChange
	texts  texts
	apps   appIndexes

	ownedCredentials map[uint32]bool // shards of credentials that are already copies; nil: so is none

	was     registry  // where the rate limits in use are found,
	wasSnap *snapshot // when all is replaced
}

type shardChange struct {
	put  []*Key
	drop []*Key
}

// newChange returns a change of old, or of an empty snapshot when all is replaced.
// Either way, rate limits take their state from old.
func newChange(old *snapshot, reg *registry, all bool) *change {
	ch := &change{
		reg:     reg,
		owned:   make(map[uint32]bool),
		shards:  make(map[uint32]*shardChange),
		texts:   make(texts),
		apps:    make(appIndexes),
		was:     *reg,
		wasSnap: old,
	}
	if all {
		fresh := newRegistry()
		ch.reg = &fresh
		ch.next = &snapshot{}
		return ch
	}
	next := *old
	next.accounts = slices.Clone(old.accounts)
	ch.next = &next
	return ch
}

func (ch *change) putAccount(d *AccountData) {
	id := d.Account.ID
	slot := ch.reg.slot(id)
	old := ch.next.account(slot)
	if old == nil {
		ch.next.accountCount++
		if at, ok := ch.was.slots[id]; ok {
			old = ch.wasSnap.account(at)
		}
	}
	ch.setAccount(slot, compileAccount(d, old, ch.texts, ch.apps))
}

// setAccount writes one place of the table, in a copy of its chunk.
func (ch *change) setAccount(slot uint32, a *account) {
	chunk := slot / accountsPer
	for int(chunk) >= len(ch.next.accounts) {
		ch.next.accounts = append(ch.next.accounts, nil)
	}
	if !ch.owned[chunk] {
		fresh := &accountChunk{}
		if was := ch.next.accounts[chunk]; was != nil {
			*fresh = *was
		}
		ch.next.accounts[chunk] = fresh
		ch.owned[chunk] = true
	}
	ch.next.accounts[chunk][slot%accountsPer] = a
}

func (ch *change) putKey(d *KeyData) {
	old := ch.reg.keys.get(d.Key.ID)
	if old == nil {
		old = ch.was.keys.get(d.Key.ID)
	}
	ch.dropKey(d.Key.ID)
	k, ok := compileKey(d, old, ch.reg.slot(d.Key.AccountID))
	if !ok {
		return
	}
	ch.reg.keys.set(k)
	ch.next.keyCount++
	if list := compileCredentials(d, k); list != nil {
		ch.reg.extra[k.id] = list
		for _, c := range list {
			ch.credentialShard(c).add(c)
		}
	}
	sc := ch.shard(k)
	sc.put = append(sc.put, k)
}

func (ch *change) dropKey(id int64) {
	k := ch.reg.keys.get(id)
	if k == nil {
		return
	}
	ch.reg.keys.remove(id)
	ch.next.keyCount--
	for _, c := range ch.reg.extra[id] {
		ch.credentialShard(c).remove(c)
	}
	delete(ch.reg.extra, id)
	sc := ch.shard(k)
	sc.drop = append(sc.drop, k)
}

// credentialShard returns the shard of the credential in the next snapshot, as a
// copy that may be changed.
func (ch *change) credentialShard(one *credential) *credentialShard {
	if ch.ownedCredentials == nil {
		ch.next.credentials, ch.ownedCredentials = ch.next.credentials.clone(), make(map[uint32]bool)
	}
	c := ch.next.credentials
	i := c.shardOf(one)
	if !ch.ownedCredentials[i] {
		c.shards[i], ch.ownedCredentials[i] = c.shards[i].clone(), true
	}
	return c.shards[i]
}

func (ch *change) shard(k *Key) *shardChange {
	i := shardOf(&k.hash)
	sc := ch.shards[i]
	if sc == nil {
		sc = &shardChange{}
		ch.shards[i] = sc
	}
	return sc
}

// dropAccounts drops the accounts and their keys. It looks at every key: a
// slot is used again, so none may be left that points to it.
func (ch *change) dropAccounts(ids []int64) {
	gone := make(map[int64]bool, len(ids))
	for _, id := range ids {
		slot, ok := ch.reg.slots[id]
		if !ok {
			continue
		}
		gone[id] = true
		if ch.next.account(slot) != nil {
			ch.next.accountCount--
			ch.setAccount(slot, nil)
		}
		delete(ch.reg.slots, id)
		ch.reg.free = append(ch.reg.free, slot)
	}
	if len(gone) == 0 {
		return
	}
	for _, page := range ch.reg.keys {
		for _, k := range page {
			if k != nil && gone[k.accountID] {
				ch.dropKey(k.id)
			}
		}
	}
}

// finish makes the shards that differ.
func (ch *change) finish() *snapshot {
	for i, sc := range ch.shards {
		ch.next.shards[i] = sc.apply(ch.next.shards[i])
	}
	return ch.next
}

func (sc *shardChange) apply(old *shard) *shard {
	n := len(sc.put)
	if old != nil {
		n += old.size
	}
	n -= len(sc.drop) // each was in old, or is in put
	if n <= 0 {
		return nil
	}
	fresh := newShard(n)
	if old != nil {
		for i, k := range old.keys {
			if k != nil && !slices.Contains(sc.drop, k) {
				fresh.put(old.tags[i], k)
			}
		}
	}
	for _, k := range sc.put {
		if !slices.Contains(sc.drop, k) {
			fresh.put(tagOf(&k.hash), k)
		}
	}
	return fresh
}
