package models

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

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

// Everything that looks like ada@example.com, or is the same address written in
// another way, is that address or is refused.
func TestEmailsThatLookTheSameAreOne(t *testing.T) {
	for name, in := range map[string]string{
		"in full width": "ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "with a full-width letter": "ａda@example.com", "with an ideographic stop": "ada@example。com",
		"in capitals": "ADA@EXAMPLE.COM", "with a mathematical letter": "𝐚da@example.com",
	} {
		if got, err := NormalizeEmail(in); err != nil || got != "ada@example.com" {
			t.Errorf("%s it is %q, %v", name, got, err)
		}
	}
	for name, r := range map[string]rune{
		"zero-width joiner": '\u200d', "zero-width non-joiner": '\u200c', "variation selector": '\ufe0f', "one of the others": '\U000e0100', "soft hyphen": '\u00ad',
		"combining grapheme joiner": '\u034f', "Hangul filler": '\u3164', "half-width Hangul filler": '\uffa0', "Hangul jamo filler": '\u115f',
		"Mongolian separator": '\u180b', "Khmer vowel": '\u17b4', "tag": '\U000e0041', "blank Braille": '\u2800', "word joiner": '\u2060',
	} {
		for _, in := range []string{"a" + string(r) + "da@example.com", "ada" + string(r) + "@example.com", "ada@exa" + string(r) + "mple.com"} {
			if got, err := NormalizeEmail(in); err == nil && got != "ada@example.com" {
				t.Errorf("%s: %q is let through as %q", name, in, got)
			}
		}
	}
	for in, want := range map[string]string{
		"a@xn--bcher-kva.de": "a@bücher.de", "a@BÜCHER.de": "a@bücher.de", "a@bu\u0308cher.de": "a@bücher.de",
		"a@XN--BCHER-KVA.DE": "a@bücher.de", "王@例子.公司": "王@例子.公司", "a@localhost": "a@localhost", "a@[192.0.2.1]": "a@[192.0.2.1]",
	} {
		if got, err := NormalizeEmail(in); err != nil || got != want {
			t.Errorf("%q is %q, %v", in, got, err)
		}
	}
	for _, bad := range []string{"a@xn--a.de", "a@-x.de", "a@x_y.de", "a@", "@x.de", "a@b@x.de", "a@xn--ls8h\u200d.la", "a@x..de", "a@xn--a-mgn.de"} {
		if got, err := NormalizeEmail(bad); err == nil {
			t.Errorf("%q is let through as %q", bad, got)
		}
	}
}

// What is stored is what is stored again, and holds nothing invisible.
func TestNormalizedEmailsStayAsTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom(nil, unicode.L, unicode.M, unicode.N, unicode.P, unicode.Cf)).Draw(t, "local") + "@" +
			rapid.StringOf(rapid.RuneFrom([]rune("ab-."), unicode.L, unicode.Nd)).Draw(t, "domain") + ".com"
		email, err := NormalizeEmail(s)
		if err != nil {
			return
		}
		if again, err := NormalizeEmail(email); err != nil || again != email {
			t.Fatalf("%q became %q, and then %q (%v)", s, email, again, err)
		}
		if strings.ContainsFunc(email, ignorable) {
			t.Fatalf("%q became %+q", s, email)
		}
	})
}

func TestFormerEmails(t *testing.T) {
	for in, want := range map[string]string{
		"ada@example.com": "ada@example.com", "ａda@example.com": "ａda@example.com|ada@example.com",
		"a\u200dda@example.com": "a\u200dda@example.com", "a@xn--bcher-kva.de": "a@xn--bcher-kva.de|a@bücher.de", "no address": "", "": "",
	} {
		if got := strings.Join(EmailForms(in), "|"); got != want {
			t.Errorf("EmailForms(%+q) = %+q, want %+q", in, got, want)
		}
	}
	if got, err := SignInEmail("A\u200dda@example.com"); err != nil || got != "a\u200dda@example.com" {
		t.Errorf("a former address signs in as %+q, %v", got, err)
	}
	if _, err := SignInEmail("nobody"); CodeOf(err) != CodeInvalid {
		t.Errorf("no address: %v", err)
	}
}

func TestSameMailbox(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"ADA@Example.com", "ada@example.com", true}, {"a@xn--bcher-kva.de", "a@bücher.de", true}, {" a@x.de", "a@x.de", true},
		{"ａda@example.com", "ada@example.com", false}, {"\u212aim@example.com", "kim@example.com", false}, {"a\u200dda@example.com", "ada@example.com", false},
		{"ada@example.org", "ada@example.com", false}, {"ada", "ada", false},
	} {
		if got := SameMailbox(c.a, c.b); got != c.want {
			t.Errorf("SameMailbox(%+q, %+q) = %v", c.a, c.b, got)
		}
	}
}
