package models

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseAppLines(t *testing.T) {
	apps, bad := ParseAppLines("\ufeff58f0, Orders\r\n\r\n  59a1 ,Stock, spare parts\n5b22\tInvoices\n5c33\n5d44，合同\n5e55,\n")
	if len(bad) != 0 {
		t.Fatalf("refused: %v", bad)
	}
	want := []NewApp{{"58f0", "Orders"}, {"59a1", "Stock, spare parts"}, {"5b22", "Invoices"}, {"5c33", "5c33"}, {"5d44", "合同"}, {"5e55", "5e55"}}
	if diff := cmp.Diff(want, apps); diff != "" {
		t.Error(diff)
	}
}

func TestParseAppLinesReportsEveryBadLine(t *testing.T) {
	text := "58f0, Orders\n,No id\n58 f0, Space\n58f0, Again\n\n59a1, a\x00b\n5a, " + strings.Repeat("n", 101) + "\n5b, Fine"
	apps, bad := ParseAppLines(text)
	if diff := cmp.Diff([]NewApp{{"58f0", "Orders"}, {"5b", "Fine"}}, apps); diff != "" {
		t.Error(diff)
	}
	got := map[int]string{}
	for _, b := range bad {
		got[b.Line] = b.Err.Key
	}
	want := map[int]string{
		2: "errors.app_id.required", 3: "errors.app_id.characters", 4: "errors.apps.repeated",
		6: "errors.text.control", 7: "errors.text.too_long",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if bad[2].Err.Args["Line"] != 1 || bad[2].Err.Args["AppID"] != "58f0" {
		t.Errorf("the repeated line is explained with %v", bad[2].Err.Args)
	}
}

func TestParseAppLinesStopsAtTheLimit(t *testing.T) {
	var b strings.Builder
	for i := range MaxPastedApp {
		fmt.Fprintf(&b, "app%d, App %d\n", i, i)
	}
	apps, bad := ParseAppLines(b.String())
	if len(apps) != MaxPastedApp || len(bad) != 0 {
		t.Errorf("%d apps and %d refusals", len(apps), len(bad))
	}
	b.WriteString("one, more\nand, more\n")
	apps, bad = ParseAppLines(b.String())
	if len(apps) != MaxPastedApp || len(bad) != 1 || bad[0].Err.Key != "errors.apps.too_many_lines" || bad[0].Line != MaxPastedApp+1 {
		t.Errorf("%d apps and %v", len(apps), bad)
	}
}

func TestParseAppLinesLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`[ab ]{0,3}(, ?[xy]{0,2})?`), 0, 12).Draw(t, "lines")
		filled := 0
		for _, l := range lines {
			if strings.TrimSpace(l) != "" {
				filled++
			}
		}
		apps, bad := ParseAppLines(strings.Join(lines, "\n"))
		if len(apps)+len(bad) != filled {
			t.Fatalf("%q: %d lines became %d apps and %d refusals", lines, filled, len(apps), len(bad))
		}
		seen := map[string]bool{}
		for _, a := range apps {
			if seen[a.AppID] {
				t.Fatalf("%q: %s twice", lines, a.AppID)
			}
			seen[a.AppID] = true
		}
	})
}
