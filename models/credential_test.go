package models

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCheckUsername(t *testing.T) {
	for in, want := range map[string]string{
		"bob": "bob", " Bob ": "Bob", "a.b_c-9": "a.b_c-9", "...": "...", strings.Repeat("x", 64): strings.Repeat("x", 64),
		"kwx_name": "kwx_name", "kw-partner": "kw-partner",
	} {
		if got, err := CheckUsername(in); err != nil || got != want {
			t.Errorf("CheckUsername(%q) = %q, %v", in, got, err)
		}
	}
	for in, key := range map[string]string{
		"": "errors.username.required", " ": "errors.username.required", "ab": "errors.username.length",
		strings.Repeat("x", 65): "errors.username.length", "a b": "errors.username.characters", "用户名": "errors.username.characters",
		"a@b.com": "errors.username.characters", "a:b": "errors.username.characters", "bob\x00": "errors.username.characters",
		"kw_abc": "errors.username.reserved", "KWU_abc": "errors.username.reserved", "kws_abc": "errors.username.reserved",
	} {
		_, err := CheckUsername(in)
		wantRefusal(t, err, "username", key)
	}
}

// What CheckUsername takes is what the documented pattern takes, but for the
// beginnings that are Keywicket's own.
func TestCheckUsernameIsThePattern(t *testing.T) {
	pattern := regexp.MustCompile(`^[A-Za-z0-9._-]{3,64}$`)
	own := regexp.MustCompile(`^(?i)kw[su]?_`)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringMatching(`[A-Za-z0-9._-]{0,70}`), rapid.StringMatching(`(?i:kw[su]?_?)[a-z]{0,5}`), rapid.String()).Draw(t, "name")
		trimmed := strings.TrimSpace(s)
		want := pattern.MatchString(trimmed) && !own.MatchString(trimmed)
		got, err := CheckUsername(s)
		if (err == nil) != want || err == nil && got != trimmed {
			t.Fatalf("CheckUsername(%q) = %q, %v; want ok %v", s, got, err, want)
		}
	})
}

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

func TestCheckCredential(t *testing.T) {
	chosen := NewCredential{Kind: CredentialChosen, Username: " Bob ", Secret: "correct horse"}
	for _, c := range Channels() {
		for _, n := range []NewCredential{{Kind: CredentialPair, Username: "x", Secret: "y"}, chosen, {Kind: CredentialToken, Secret: "y"}} {
			got, err := CheckCredential(c, n)
			if n.Kind == CredentialToken && c != ChannelREST {
				wantRefusal(t, err, "credential", "errors.credential.token")
				continue
			}
			want := NewCredential{Kind: n.Kind}
			if n.Kind == CredentialChosen {
				want = NewCredential{Kind: CredentialChosen, Username: "Bob", Secret: "correct horse"}
			}
			if err != nil || got != want {
				t.Errorf("%s: %+v, %v", c, got, err)
			}
		}
	}
	_, err := CheckCredential("telnet", chosen)
	wantRefusal(t, err, "channel", "errors.choice")
	_, err = CheckCredential(ChannelFTP, NewCredential{})
	wantRefusal(t, err, "credential", "errors.choice")
}

func TestCheckNewKey(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	later := now.Add(time.Hour + 7).In(time.FixedZone("", 3600))
	got, err := CheckNewKey(NewKey{
		Name: " FTP ", Description: " a\r\nb ", Channel: ChannelFTP, ExpiresAt: &later, AppIDs: []int64{3},
		ScopeAPIs: ScopeSome, APIIDs: []int64{3, 1, 3}, Credential: NewCredential{Kind: CredentialPair},
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	utc := now.Add(time.Hour)
	want := NewKey{
		Name: "FTP", Description: "a\nb", Channel: ChannelFTP, ExpiresAt: &utc, ScopeApps: ScopeAll,
		ScopeAPIs: ScopeSome, APIIDs: []int64{1, 3}, Credential: NewCredential{Kind: CredentialPair},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	good := func(change func(*NewKey)) NewKey {
		n := NewKey{Channel: ChannelREST, Credential: NewCredential{Kind: CredentialToken}}
		change(&n)
		return n
	}
	for field, n := range map[string]NewKey{
		"name":        good(func(n *NewKey) { n.Name = "a\x00" }),
		"description": good(func(n *NewKey) { n.Description = strings.Repeat("x", 501) }),
		"channel":     good(func(n *NewKey) { n.Channel = "" }),
		"expires_at":  good(func(n *NewKey) { n.ExpiresAt = &now }),
		"apps":        good(func(n *NewKey) { n.ScopeApps = "none" }),
		"apis":        good(func(n *NewKey) { n.ScopeAPIs = "none" }),
	} {
		var refusal *Error
		if _, err := CheckNewKey(n, now); !asErr(err, &refusal) || refusal.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func asErr(err error, target **Error) bool {
	*target = asError(err)
	return err != nil && CodeOf(err) == CodeInvalid
}
