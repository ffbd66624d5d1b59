package proof

import "sync"

// memory remembers at least the newest entries, and at most twice as many: when
// the younger half is full, the older is forgotten. It is safe for concurrent
// use.
type memory[V any] struct {
	most int // entries of one half

	mu         sync.Mutex
	young, old map[[32]byte]V
}

func (m *memory[V]) get(id [32]byte) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok := m.young[id]; ok {
		return v, true
	}
	v, ok := m.old[id]
	if ok {
		m.keep(id, v) // what is used stays
	}
	return v, ok
}

func (m *memory[V]) put(id [32]byte, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(id, v)
}

// getOr gives the entry, a new one where there is none.
func (m *memory[V]) getOr(id [32]byte, make func() V) V {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.young[id]
	if !ok {
		if v, ok = m.old[id]; !ok {
			v = make()
		}
		m.keep(id, v)
	}
	return v
}

// keep puts an entry among the young; the caller holds mu.
func (m *memory[V]) keep(id [32]byte, v V) {
	if len(m.young) >= m.most || m.young == nil {
		m.old, m.young = m.young, map[[32]byte]V{}
	}
	m.young[id] = v
}
