package engine_test

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"keywicket/models/engine"
)

// TestTheDocumentedTable compares the table of docs/rules.md with the
// engine's reasons.
func TestTheDocumentedTable(t *testing.T) {
	text, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| (\\d+) \\| `([a-z_]+)` \\|.*\\| (\\d+) \\| (\\d+) \\|$").FindAllStringSubmatch(string(text), -1)
	var denials []engine.Reason
	for _, r := range engine.Reasons() {
		if r != engine.Allowed {
			denials = append(denials, r)
		}
	}
	if len(rows) != len(denials) {
		t.Fatalf("the table has %d reasons, the engine %d", len(rows), len(denials))
	}
	for i, r := range denials {
		got := fmt.Sprint(rows[i][1:])
		if want := fmt.Sprint([]string{fmt.Sprint(i + 1), r.String(), fmt.Sprint(r.Status()), fmt.Sprint(r.JodooCode())}); got != want {
			t.Errorf("the table says %s, the engine %s", got, want)
		}
	}
}
