// Package recent caches the most recently used entries in bounded memory.
package recent

import "sync"

// Map holds at least the newest entries, and at most twice as many: when the younger half is full, the older half is
// dropped. Create one with New. It is safe for concurrent use.
type Map[K comparable, V any] struct {
	most int // entries of one half

	mu         sync.Mutex
	young, old map[K]V
}

// New returns a Map that holds at least the most newest entries.
func New[K comparable, V any](most int) *Map[K, V] { return &Map[K, V]{most: most} }

// Get returns the entry, and marks it as new. It returns false if there is none.
func (m *Map[K, V]) Get(key K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok := m.young[key]; ok {
		return v, true
	}
	v, ok := m.old[key]
	if ok {
		m.keep(key, v)
	}
	return v, ok
}

// Has reports whether there is an entry, and marks it as new.
func (m *Map[K, V]) Has(key K) bool {
	_, ok := m.Get(key)
	return ok
}

// Put adds or replaces an entry.
func (m *Map[K, V]) Put(key K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(key, v)
}

// GetOr returns the entry. If there is none, it adds the result of make.
func (m *Map[K, V]) GetOr(key K, make func() V) V {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.young[key]
	if !ok {
		if v, ok = m.old[key]; !ok {
			v = make()
		}
		m.keep(key, v)
	}
	return v
}

// Forget removes an entry.
func (m *Map[K, V]) Forget(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.young, key)
	delete(m.old, key)
}

// keep adds an entry to the younger half. The caller holds mu.
func (m *Map[K, V]) keep(key K, v V) {
	if len(m.young) >= m.most || m.young == nil {
		m.old, m.young = m.young, map[K]V{}
	}
	m.young[key] = v
}
