package models

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

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
