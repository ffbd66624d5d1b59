package secret

import (
	"crypto/rand"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

func TestTOTP(t *testing.T) {
	secret, err := NewTOTPSecret(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 1, 9, 0, 10, 0, time.UTC)
	code := func(at time.Time) string {
		c, err := totp.GenerateCode(secret, at)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	step := now.Unix() / 30
	for name, tc := range map[string]struct {
		typed string
		after int64
		want  int64
		ok    bool
	}{
		"the present one":             {code(now), 0, step, true},
		"with a space in it":          {code(now)[:3] + " " + code(now)[3:], 0, step, true},
		"the one before":              {code(now.Add(-30 * time.Second)), 0, step - 1, true},
		"the one after":               {code(now.Add(30 * time.Second)), 0, step + 1, true},
		"two before":                  {code(now.Add(-60 * time.Second)), 0, 0, false},
		"two after":                   {code(now.Add(60 * time.Second)), 0, 0, false},
		"one that was taken":          {code(now), step, 0, false},
		"one before one taken":        {code(now.Add(-30 * time.Second)), step, 0, false},
		"the one after one taken":     {code(now.Add(30 * time.Second)), step, step + 1, true},
		"nothing":                     {"", 0, 0, false},
		"too short":                   {code(now)[:5], 0, 0, false},
		"letters":                     {"abcdef", 0, 0, false},
		"the code and one digit more": {code(now) + "0", 0, 0, false},
	} {
		got, ok := CheckTOTP(secret, tc.typed, now, tc.after)
		if ok != tc.ok || got != tc.want {
			t.Errorf("%s (%q): %d %v, want %d %v", name, tc.typed, got, ok, tc.want, tc.ok)
		}
	}
}

// What the QR code says is what apps read.
func TestTOTPURL(t *testing.T) {
	const address, person = "Key wicket", "ada+x@example.com"
	key, err := otp.NewKeyFromURL(TOTPURL(address, person, "JBSWY3DPEHPK3PXP"))
	if err != nil {
		t.Fatal(err)
	}
	if key.Issuer() != address || key.AccountName() != person || key.Secret() != "JBSWY3DPEHPK3PXP" || key.Type() != "totp" {
		t.Errorf("%s: issuer %q, account %q, secret %q", key, key.Issuer(), key.AccountName(), key.Secret())
	}
	if u, err := url.Parse(key.URL()); err != nil || strings.Contains(u.RawQuery, "+") {
		t.Errorf("apps do not read + as a space: %s %v", key.URL(), err)
	}
}

func TestRecoveryCodes(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		codes, err := NewRecoveryCodes(rand.Reader)
		if err != nil || len(codes) != RecoveryCodes {
			t.Fatal(codes, err)
		}
		for _, c := range codes {
			if seen[c] || CleanRecoveryCode(c) != c || LooksLikeTOTP(c) {
				t.Errorf("%q", c)
			}
			seen[c] = true
		}
	}
	for typed, want := range map[string]string{
		"ABCDE-23456": "abcde-23456", " abcde 23456 ": "abcde-23456", "abcde23456": "abcde-23456",
		"": "", "123456": "", "abcde-2345": "", "abcde-234567": "", "abcdé-23456": "", "abcde-23450": "",
	} {
		if got := CleanRecoveryCode(typed); got != want {
			t.Errorf("%q is read as %q, want %q", typed, got, want)
		}
	}
	if _, err := NewRecoveryCodes(strings.NewReader("x")); err == nil {
		t.Error("codes from no random bytes")
	}
	if _, err := NewTOTPSecret(strings.NewReader("x")); err == nil {
		t.Error("a secret from no random bytes")
	}
}
