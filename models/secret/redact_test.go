package secret

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRedact(t *testing.T) {
	v := mint(t)
	for in, want := range map[string]string{
		"":                       "",
		"nothing":                "nothing",
		v:                        "kw_[redacted]",
		"Bearer " + v + ",":      "Bearer kw_[redacted],",
		v + " " + v:              "kw_[redacted] kw_[redacted]",
		"a" + v + "_" + v:        "akw_[redacted]_kw_[redacted]",
		"?api_key=" + v + "&x=1": "?api_key=kw_[redacted]&x=1",
		"?k=" + strings.Replace(v, "_", "%5F", 1): "?k=kw_[redacted]",
		"?k=" + strings.Replace(v, "_", "%5f", 1): "?k=kw_[redacted]",
		v[:20]:              "kw_[redacted]",
		v[:8]:               "kw_[redacted]",
		v[:7]:               v[:7],
		"kw_8fQ2…":          "kw_8fQ2…",
		"kw_":               "kw_",
		"kw_kw_" + v[3:]:    "kw_kw_[redacted]",
		"kw keywicket kw%5": "kw keywicket kw%5",
		v[:40] + "!":        "kw_[redacted]!",
	} {
		if got := Redact(in); got != want {
			t.Errorf("Redact of %d characters = %q, want %q", len(in), got, want)
		}
	}
}

func TestRedactFindsAKeyAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringMatching(`[0-9A-Za-z]{38}`).Draw(t, "body")
		before, after := rapid.String().Draw(t, "before"), rapid.String().Draw(t, "after")
		got := Redact(before + "kw_" + body + after)
		if strings.Contains(got, body[:10]) && !strings.Contains(before+after, body[:10]) {
			t.Fatalf("the key stands in %q", got)
		}
		if Redact(got) != got {
			t.Fatalf("redacted again, %q changes", got)
		}
	})
}

// Who sends the text must not choose how long this takes: at the square of
// its length, this one would take a day.
func TestRedactGoesOnceOverTheText(t *testing.T) {
	in := strings.Repeat("kw_", 4<<20)
	if got := Redact(in); got != in {
		t.Error("beginnings of keys with nothing behind them were changed")
	}
}
