package models

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestCheckChosenSecret(t *testing.T) {
	for _, in := range []string{"correct horse", "密码密码一二三四五六七八", strings.Repeat("abcde", 51), "Tr0ub4dor&3 xyz", "kwx_correct horse"} {
		if err := CheckChosenSecret(in, "bob"); err != nil {
			t.Errorf("%q: %v", in, err)
		}
	}
	for in, key := range map[string]string{
		"": "errors.secret.required", "short": "errors.secret.short", "elevenchars": "errors.secret.short",
		"AAAAAAAA?a\u0f73": "errors.secret.short", "a\u0301b\u0301c\u0301d\u0301e\u0301f\u0301": "errors.secret.short",
		strings.Repeat("abcdefgh", 33): "errors.secret.long", " correct horse": "errors.secret.space", "correct horse\n": "errors.secret.space",
		"kw_correct horse": "errors.secret.reserved", "kws_correct horse": "errors.secret.reserved", "correct\x00horse staple": "errors.text.control",
		"correct horse\xff": "errors.text.encoding", "aaaaaaaaaaaaaa": "errors.secret.easy", "Bob.The.Builder": "errors.secret.easy",
	} {
		wantRefusal(t, CheckChosenSecret(in, "bob.the.builder"), "secret", key)
	}
}

// A secret that is taken has 12 to 256 characters, and can stand in a header.
func TestChosenSecretsCanBeCarried(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringN(10, 260, -1), rapid.StringMatching(`[ -~]{10,260}`)).Draw(t, "secret")
		if CheckChosenSecret(s, "bob") != nil {
			return
		}
		if n := utf8.RuneCountInString(s); n < 12 || strings.ContainsAny(s, "\x00\r\n\t") || strings.Trim(s, " ") != s || strings.HasPrefix(s, "kw_") {
			t.Fatalf("taken: %q", s)
		}
	})
}
