package models

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCleanName(t *testing.T) {
	good := map[string]string{
		"CRM sync":                     "CRM sync",
		"  CRM sync\t":                 "CRM sync",
		"密钥":                           "密钥",
		"e\u0301te\u0301":              "été",
		"👩\u200d💻":                     "👩\u200d💻",
		"می\u200cخواهم":                "می\u200cخواهم",
		"<script>alert(1)":             "<script>alert(1)",
		strings.Repeat("张", 100):       strings.Repeat("张", 100),
		"a\u3000b":                     "a\u3000b",
		strings.Repeat(" ", 300):       "",
		"":                             "",
		"'; DROP TABLE keys; --":       "'; DROP TABLE keys; --",
		strings.Repeat("e\u0301", 100): strings.Repeat("é", 100),
	}
	for in, want := range good {
		if got, err := CleanName("name", in, false); err != nil || got != want {
			t.Errorf("CleanName(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	bad := map[string]string{
		strings.Repeat("张", 101): "errors.text.too_long",
		"a\x00b":                 "errors.text.control",
		"a\nb":                   "errors.text.control",
		"a\tb":                   "errors.text.control",
		"a\u0085b":               "errors.text.control",
		"a\u202eb":               "errors.text.control",
		"a\u2066b":               "errors.text.control",
		"a\u200bb":               "errors.text.control",
		"\ufeffa":                "errors.text.control",
		"a\u2028b":               "errors.text.control",
		"a\ue000b":               "errors.text.control",
		"\u200d":                 "errors.text.control",
		"\u3164":                 "errors.text.control",
		"a\xff":                  "errors.text.encoding",
		"\xed\xa0\x80":           "errors.text.encoding",
	}
	for in, key := range bad {
		_, err := CleanName("key_name", in, false)
		t.Run(strconv.QuoteToASCII(clip(in, 10)), func(t *testing.T) { wantRefusal(t, err, "key_name", key) })
	}
	for _, in := range []string{"", " ", "\u2800", "\u200c"} {
		_, err := CleanName("name", in, true)
		wantRefusal(t, err, "name", "errors.text.required")
	}
}

func TestCleanNameIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "name")
		once, err := CleanName("name", in, false)
		if err != nil {
			return
		}
		twice, err := CleanName("name", once, false)
		if err != nil || twice != once || utf8.RuneCountInString(once) > MaxNameLen {
			t.Fatalf("%q gives %q, then %q, %v", in, once, twice, err)
		}
	})
}

func TestCleanDescription(t *testing.T) {
	good := map[string]string{
		"":                       "",
		" one ":                  "one",
		"one\r\ntwo\n\n three ":  "one\ntwo\n\nthree",
		"one\ttwo":               "one two",
		"\n\none\n\n":            "one",
		strings.Repeat("张", 500): strings.Repeat("张", 500),
	}
	for in, want := range good {
		if got, err := CleanDescription(in); err != nil || got != want {
			t.Errorf("CleanDescription(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for in, key := range map[string]string{
		strings.Repeat("张", 501):                                   "errors.text.too_long",
		strings.Repeat("a", 400) + "\n" + strings.Repeat("b", 400): "errors.text.too_long",
		"a\x00":    "errors.text.control",
		"a\rb":     "errors.text.control",
		"a\u202eb": "errors.text.control",
		"a\n\xffb": "errors.text.encoding",
	} {
		_, err := CleanDescription(in)
		wantRefusal(t, err, "description", key)
	}
}

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

func TestNormalizeEmail(t *testing.T) {
	for in, want := range map[string]string{
		" Ada@Example.COM ": "ada@example.com", "a+b@localhost": "a+b@localhost", "o'brien@x.ie": "o'brien@x.ie",
		"张@例子.中国": "张@例子.中国",
	} {
		if got, err := NormalizeEmail(in); err != nil || got != want {
			t.Errorf("NormalizeEmail(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{
		"ada", "ada@", "@example.com", "a b@example.com", "Ada <ada@example.com>", "<ada@example.com>", "a@b@c",
		"ada@example.com\x00", "ada@exa\nmple.com", "ada\u200b@example.com", "a@example.com,b@example.com", "ada@example.com (x)",
		"\xff@example.com", strings.Repeat("a", 250) + "@example.com", `"a b"@example.com`,
	} {
		_, err := NormalizeEmail(in)
		wantRefusal(t, err, "email", "errors.email.format")
	}
	_, err := NormalizeEmail("  ")
	wantRefusal(t, err, "email", "errors.email.required")
}

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

func TestCopyName(t *testing.T) {
	taken := map[string]bool{}
	copyOf := func(name string) string {
		c := CopyName(name, func(s string) bool { return taken[s] })
		taken[c] = true
		return c
	}
	for _, want := range []string{"CRM (copy)", "CRM (copy 2)", "CRM (copy 3)"} {
		if got := copyOf("CRM"); got != want {
			t.Errorf("copy of CRM is %q, want %q", got, want)
		}
	}
	for in, want := range map[string]string{
		"CRM (copy)": "CRM (copy 4)", "CRM (copy x)": "CRM (copy x) (copy)", " (copy)": " (copy) (copy)",
	} {
		taken := map[string]bool{"CRM (copy)": true, "CRM (copy 2)": true, "CRM (copy 3)": true}
		if got := CopyName(in, func(s string) bool { return taken[s] }); got != want {
			t.Errorf("copy of %q is %q, want %q", in, got, want)
		}
	}
	if got := CopyName("a", nil); got != "a (copy)" {
		t.Errorf("without a look at others: %q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[张a ()]{1,100}`).Draw(t, "name")
		got := CopyName(name, func(s string) bool { return len(s)%2 == 0 })
		if utf8.RuneCountInString(got) > MaxNameLen || !strings.Contains(got, " (copy") {
			t.Fatalf("copy of %q is %q", name, got)
		}
	})
}

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
