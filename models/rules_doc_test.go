package models

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestTheDocumentedLimits compares the figures of docs/rules.md with the
// constants.
func TestTheDocumentedLimits(t *testing.T) {
	text, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	for what, most := range map[string]int{
		"keys of an account, of every channel and status": MaxKeysPerAccount,
		"entries of one key's IP Whitelist":               MaxIPsPerKey,
		"a name":                                          MaxNameLen,
		"a description":                                   MaxDescriptionLen,
		"an app id":                                       MaxAppIDLen,
		"lines of a pasted list of apps":                  MaxPastedApp,
		"a path pattern":                                  MaxPathLen,
		"a key's rate limit":                              MaxRateRequests,
		"the rate of an API or of an account":             MaxRatePerSecond,
	} {
		if row := "| " + what + " | " + thousands(most); !strings.Contains(string(text), row) {
			t.Errorf("docs/rules.md has no row that begins %q", row)
		}
	}
}

// thousands writes 10000 as 10,000.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	rest := strconv.Itoa(n % 1000)
	return thousands(n/1000) + "," + strings.Repeat("0", 3-len(rest)) + rest
}
