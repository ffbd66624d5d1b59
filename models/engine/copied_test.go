package engine_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
)

// A change to a key with a chosen and a previous credential copies about as much
// among 100,000 such keys as among 10.
func TestAChangeCopiesLittle(t *testing.T) {
	few, many := copiedByAChange(10), copiedByAChange(100_000)
	t.Logf("a change allocates %d bytes among 10 keys, and %d among 100,000", few, many)
	if many > few+few/2 {
		t.Errorf("a change allocates %d bytes among 100,000 keys, and %d among 10", many, few)
	}
}

// copiedByAChange returns how many bytes a change of one key allocates in an
// engine with n keys that have a chosen and a previous credential each.
func copiedByAChange(n int) uint64 {
	const changes = 50
	f := newFixture()
	keys := make([]engine.KeyData, n)
	for i := range keys {
		previous := hash(fmt.Sprintf("previous %d", i))
		keys[i] = newKey(int64(i+1), fmt.Sprintf("chosen %d", i))
		keys[i].Key.Username, keys[i].Key.SecretHash = fmt.Sprintf("user-%d", i), "slow"
		keys[i].Previous = []models.PreviousCredential{{ID: int64(i + 1), Hash: previous[:], EndsAt: noon.Add(time.Hour)}}
	}
	f.Apply(engine.Delta{Keys: keys})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range changes {
		f.put(keys[i*n/changes])
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / changes
}
