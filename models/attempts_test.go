package models_test

import (
	"slices"
	"testing"

	"keywicket/models"
)

// An unknown address has no count, because it could be everybody's: the e-mail's
// own still holds.
func TestAttemptsOfAnAddress(t *testing.T) {
	for name, countsOf := range map[string]func(email, ip string) []models.AttemptCount{
		"log-in": models.SignInAttempts, "reset": models.ResetAttempts,
	} {
		known := countsOf("ada@example.com", "192.0.2.1")
		if len(known) != 2 || !slices.Equal(known, countsOf("Ada@example.com", "::ffff:192.0.2.1")) {
			t.Errorf("%s from a known address: %v", name, known)
		}
		for _, unknown := range []string{"", "unknown", "192.0.2.1:80"} {
			if got := countsOf("ada@example.com", unknown); !slices.Equal(got, known[:1]) {
				t.Errorf("%s from %q: %v", name, unknown, got)
			}
		}
	}
}
