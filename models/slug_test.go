package models

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSlugify(t *testing.T) {
	for in, want := range map[string]string{
		"Acme Ltd.": "acme-ltd", "  Été  à Paris ": "ete-a-paris", "简道云": "", "Acme 简道云 2": "acme-2", "--a--b--": "a-b", "": "",
		strings.Repeat("abc ", 30): "abc-abc-abc-abc-abc-abc-abc-abc-abc-abc",
		"../../etc":                "etc", "<b>": "b",
	} {
		if got := Slugify(in); got != want {
			t.Errorf("Slugify(%q) = %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "name")
		got := Slugify(in)
		if len(got) > MaxSlugLen || strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" ||
			strings.HasPrefix(got, "-") || strings.HasSuffix(got, "-") || strings.Contains(got, "--") || Slugify(got) != got {
			t.Fatalf("Slugify(%q) = %q", in, got)
		}
	})
}
