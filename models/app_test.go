package models

import (
	"strings"
	"testing"
)

func TestCleanAppID(t *testing.T) {
	for in, want := range map[string]string{
		"58f0c1a2b3": "58f0c1a2b3", " 58f0 ": "58f0", "App-1_x.y:z": "App-1_x.y:z", "应用": "应用",
		"e\u0301":                "e\u0301", // as callers send it: not normalised
		strings.Repeat("a", 100): strings.Repeat("a", 100),
	} {
		if got, err := CleanAppID(in); err != nil || got != want {
			t.Errorf("CleanAppID(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for in, key := range map[string]string{
		"": "errors.app_id.required", "  ": "errors.app_id.required", "a b": "errors.app_id.characters",
		"a\u00a0b": "errors.app_id.characters", "a\x00": "errors.app_id.characters", "a\nb": "errors.app_id.characters",
		"a\u200bb": "errors.app_id.characters", "\u2800": "errors.app_id.characters", "a\xff": "errors.text.encoding",
		strings.Repeat("a", 101): "errors.text.too_long",
	} {
		_, err := CleanAppID(in)
		wantRefusal(t, err, "app_id", key)
	}
}
