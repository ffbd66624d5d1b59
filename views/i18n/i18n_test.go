package i18n

import (
	"context"
	"strings"
	"sync"
	"testing"
)

// bundle returns the bundle of the embedded catalogues.
func bundle(t *testing.T) *Bundle {
	t.Helper()
	b, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMatch(t *testing.T) {
	b := bundle(t)
	for _, c := range []struct{ user, accept, want string }{
		{"", "", "en"},
		{"zh-CN", "en-GB,en;q=0.9", "zh-CN"},
		{"en", "zh-CN", "en"},
		{"", "zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"},
		{"", "zh", "zh-CN"},
		{"", "zh-Hans-SG", "zh-CN"},
		{"", "fr-FR, de;q=0.8", "en"},
		{"", "fr, zh;q=0.5", "zh-CN"},
		{"", "en-US,en;q=0.9,zh-CN;q=0.8", "en"},
		{"xx", "zh-CN", "zh-CN"},
		{"", "\x00;;q=", "en"},
		{"", strings.Repeat("a-", 4000), "en"},
	} {
		if got := b.Match(c.user, c.accept); got != c.want {
			t.Errorf("Match(%q, %q) = %q, want %q", c.user, c.accept, got, c.want)
		}
	}
}

func TestWordsByLanguage(t *testing.T) {
	b := bundle(t)
	en, zh := b.With(context.Background(), English), b.With(context.Background(), Chinese)
	for _, c := range []struct {
		ctx  context.Context
		want string
	}{{en, "Save"}, {zh, "保存"}, {b.With(context.Background(), "fr"), "Save"}, {context.Background(), "common.save"}} {
		if got := T(c.ctx, "common.save"); got != c.want {
			t.Errorf("T(%s) = %q, want %q", Lang(c.ctx), got, c.want)
		}
	}
	if got := T(en, "common.page.range", "From", 1, "To", 50, "Total", 123); got != "1–50 of 123" {
		t.Errorf("values: %q", got)
	}
	if got := N(zh, "common.page.range", 9, "From", 1, "To", 2, "Total", 3); got != "第 1–2 条，共 3 条" {
		t.Errorf("N without plural forms: %q", got)
	}
	if got := TM(zh, "common.secret.show", map[string]any{"Name": "<b>"}); got != "显示<b>" {
		t.Errorf("TM: %q, want the value as it is: templates escape it", got)
	}
	if got := T(en, "common.no_such"); got != "common.no_such" {
		t.Errorf("missing: %q", got)
	}
	if Has(en, "common.no_such") || !Has(en, "common.save") || !Has(zh, "common.page.range") || Has(context.Background(), "common.save") {
		t.Error("Has is wrong")
	}
	if Lang(zh) != Chinese || Lang(context.Background()) != English {
		t.Error("Lang is wrong")
	}
}

func TestWordsFromManyRequests(t *testing.T) {
	b := bundle(t)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			ctx := b.With(context.Background(), Chinese)
			for range 200 {
				if got := T(ctx, "common.page.range", "From", 1, "To", 2, "Total", 3); got != "第 1–2 条，共 3 条" {
					t.Errorf("got %q", got)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestDocumentedLabels checks the labels that are fixed in both languages,
// because the documented consoles have them.
func TestDocumentedLabels(t *testing.T) {
	b := bundle(t)
	for id, want := range map[string][2]string{
		"common.nav.platform": {"Open Platform", "开放平台"},
		"common.nav.keys":     {"API Key", "密钥管理"},
		"common.search":       {"Search", "搜索"},
		"common.clear":        {"Clear", "清除"},
	} {
		for i, lang := range Languages() {
			if got := T(b.With(context.Background(), lang), id); got != want[i] {
				t.Errorf("%s in %s: %q, want %q", id, lang, got, want[i])
			}
		}
	}
}

func BenchmarkT(b *testing.B) {
	all, err := New()
	if err != nil {
		b.Fatal(err)
	}
	ctx := all.With(context.Background(), English)
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			T(ctx, "common.save")
		}
	})
	b.Run("values", func(b *testing.B) {
		for b.Loop() {
			T(ctx, "common.page.range", "From", 1, "To", 50, "Total", 123)
		}
	})
}
