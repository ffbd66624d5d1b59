package lookalike_test

import (
	"testing"

	"keywicket/models/lookalike"
)

func TestConfusable(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"ada@example.com", "аda@example.com", true}, // Cyrillic а
		{"ada@example.com", "ada@ехаmрlе.com", true},
		{"kim1@example.com", "kiml@example.com", true},
		{"modern@example.com", "modem@example.com", true},
		{"Olivia Owner", "Оlivia Оwner", true},
		{"Ada King", "Аdа Кing", true},
		{"Paul", "Pa\u200dul", false}, // the same, but for what is invisible
		{"ada@example.com", "ada@example.com", false},
		{"Ada King", "ada king", false},
		{"ada@example.com", "eve@example.com", false},
		{"王小明", "王晓明", false},
	} {
		if got := lookalike.Confusable(c.a, c.b); got != c.want {
			t.Errorf("Confusable(%q, %q) = %v", c.a, c.b, got)
		}
	}
}

func TestMixesScripts(t *testing.T) {
	for text, want := range map[string]bool{
		"Аda King": true, "аda@example.com": true, "payраl": true, "Ωmega": true,
		"Ada King": false, "Ада Кинг": false, "Иван (Ivan)": false, "ivan@пример.com": false, "王Amy": false, "やまだTaro": false, "김철수 Kim": false,
		"José O’Brien-Smith 3rd": false, "": false, "123": false, "ประเสริฐ": false,
	} {
		if got := lookalike.MixesScripts(text); got != want {
			t.Errorf("MixesScripts(%q) = %v", text, got)
		}
	}
}

func TestIndex(t *testing.T) {
	x := lookalike.NewIndex([]string{"Ada King", "ADA KING", "Eve"})
	for s, want := range map[string]string{"Аda King": "Ada King", "ada king": "", "Mia": "", "": ""} {
		if got := x.Like(s); got != want {
			t.Errorf("%q is like %q, want %q", s, got, want)
		}
	}
}
