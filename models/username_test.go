package models

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCheckUsername(t *testing.T) {
	for in, want := range map[string]string{
		"bob": "bob", " Bob ": "Bob", "a.b_c-9": "a.b_c-9", "...": "...", strings.Repeat("x", 64): strings.Repeat("x", 64),
		"kwx_name": "kwx_name", "kw-partner": "kw-partner",
	} {
		if got, err := CheckUsername(in); err != nil || got != want {
			t.Errorf("CheckUsername(%q) = %q, %v", in, got, err)
		}
	}
	for in, key := range map[string]string{
		"": "errors.username.required", " ": "errors.username.required", "ab": "errors.username.length",
		strings.Repeat("x", 65): "errors.username.length", "a b": "errors.username.characters", "用户名": "errors.username.characters",
		"a@b.com": "errors.username.characters", "a:b": "errors.username.characters", "bob\x00": "errors.username.characters",
		"kw_abc": "errors.username.reserved", "KWU_abc": "errors.username.reserved", "kws_abc": "errors.username.reserved",
	} {
		_, err := CheckUsername(in)
		wantRefusal(t, err, "username", key)
	}
}

// What CheckUsername takes is what the documented pattern takes, but for the
// beginnings that are Keywicket's own.
func TestCheckUsernameIsThePattern(t *testing.T) {
	pattern := regexp.MustCompile(`^[A-Za-z0-9._-]{3,64}$`)
	own := regexp.MustCompile(`^(?i)kw[su]?_`)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringMatching(`[A-Za-z0-9._-]{0,70}`), rapid.StringMatching(`(?i:kw[su]?_?)[a-z]{0,5}`), rapid.String()).Draw(t, "name")
		trimmed := strings.TrimSpace(s)
		want := pattern.MatchString(trimmed) && !own.MatchString(trimmed)
		got, err := CheckUsername(s)
		if (err == nil) != want || err == nil && got != trimmed {
			t.Fatalf("CheckUsername(%q) = %q, %v; want ok %v", s, got, err, want)
		}
	})
}
