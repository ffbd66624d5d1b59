package recent_test

import (
	"testing"

	"keywicket/models/recent"
)

func TestMapForgetsTheOldest(t *testing.T) {
	const most = 10
	m := recent.New[int, int](most)
	for i := range 25 {
		m.Put(i, i)
		m.Get(0)
	}
	if v, ok := m.Get(0); !ok || v != 0 {
		t.Error("what is used was forgotten")
	}
	if m.Has(1) {
		t.Error("nothing was forgotten")
	}
	left := 0
	for i := range 25 {
		if m.Has(i) {
			left++
		}
	}
	if left < most || left > 2*most {
		t.Errorf("%d entries", left)
	}
	if v := m.GetOr(77, func() int { return 7 }); v != 7 || m.GetOr(77, func() int { return 8 }) != 7 {
		t.Error("GetOr made it twice")
	}
	m.Forget(77)
	if m.Has(77) {
		t.Error("not forgotten")
	}
}
