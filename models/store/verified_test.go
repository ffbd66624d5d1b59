package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keywicket/models/storetest"
)

func TestProofs(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	proofs := func(from, to byte) (list [][32]byte) {
		for i := from; i < to; i++ {
			list = append(list, [32]byte{i})
		}
		return list
	}
	ok(t, s.SaveVerified(t.Context(), proofs(1, 4)))
	clock.add(time.Hour)
	ok(t, s.SaveVerified(t.Context(), proofs(3, 6))) // the third again
	for most, want := range map[int][][32]byte{100: proofs(1, 6), 2: proofs(4, 6)} {
		got, err := s.Verified(t.Context(), most)
		ok(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the newest %d: %s", most, diff)
		}
	}
	clock.add(90*24*time.Hour - time.Minute)
	ok(t, s.SaveVerified(t.Context(), proofs(9, 10)))
	got, err := s.Verified(t.Context(), 100)
	ok(t, err)
	if diff := cmp.Diff(append(proofs(4, 6), proofs(9, 10)...), got); diff != "" {
		t.Errorf("after 90 days: %s", diff)
	}
}
