package models

import (
	"errors"
	"testing"
)

func TestCheckStale(t *testing.T) {
	section := func(name, about string) Section {
		return Section{{Field: "name", Text: name}, {Field: "about", Text: about}}
	}
	was := section("a", "x").Version()
	for name, tt := range map[string]struct {
		was         Version
		now, wanted Section
		changes     int
	}{
		"nothing changed":                           {was, section("a", "x"), section("b", "y"), 0},
		"another value changed":                     {was, section("a", "theirs"), section("b", "x"), 1},
		"the same value changed":                    {was, section("theirs", "x"), section("b", "x"), 1},
		"both changed it alike":                     {was, section("b", "x"), section("b", "x"), 0},
		"both changed one alike, I another":         {was, section("b", "x"), section("b", "y"), 0},
		"everything changed":                        {was, section("theirs", "theirs"), section("b", "y"), 2},
		"a form that says nothing":                  {NoVersion, section("a", "x"), section("b", "y"), 2},
		"a form that says and changes nothing":      {NoVersion, section("a", "x"), section("a", "x"), 0},
		"no form":                                   {"", section("theirs", "theirs"), section("b", "y"), 0},
		"a form of one of the values":               {Section{{Field: "name", Text: "a"}}.Version(), section("a", "x"), section("b", "x"), 0},
		"a wish for one value, the other confirmed": {was, section("a", "theirs"), section("b", "x")[:1], 1},
		"a wish for one value, the other as it was": {was, section("a", "x"), section("b", "x")[:1], 0},
		"a confirmation of what is":                 {was, section("a", "x"), nil, 0},
		"a confirmation of what was":                {was, section("a", "theirs"), nil, 1},
		"a value that moved to another field":       {was, section("x", "a"), section("b", "y"), 2},
		"texts that are the same when joined up":    {Section{{Field: "na", Text: "mea"}}.Version(), Section{{Field: "name", Text: "a"}}, Section{{Field: "name", Text: "b"}}, 1},
	} {
		err := CheckStale(tt.was, tt.now, tt.wanted)
		var refusal *Error
		switch {
		case tt.changes == 0 && err != nil:
			t.Errorf("%s: %v", name, err)
		case tt.changes > 0 && (!errors.As(err, &refusal) || refusal.Code != CodeStale || len(refusal.Stale.Changes) != tt.changes):
			t.Errorf("%s: %+v", name, err)
		case tt.changes > 0:
			if CheckStale(refusal.Stale.Version, tt.now, tt.wanted) != nil {
				t.Errorf("%s: the version of the refusal is refused", name)
			}
		}
	}
}
