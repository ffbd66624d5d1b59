package secret

import (
	"encoding/base32"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// The parameters that every authenticator app supports: RFC 6238 with SHA-1, six digits and steps of 30 seconds. The
// codes of the previous and the next step are valid too, for clocks that are slightly off.
const (
	totpPeriod    = 30
	totpDigits    = 6
	totpSkew      = 1
	totpSecretLen = 20 // bytes, the length of a SHA-1
)

// Recovery codes are two groups of five letters and digits that are not easily confused: 50 bits.
const (
	RecoveryCodes    = 10
	recoveryHalf     = 5
	recoveryAlphabet = "23456789abcdefghjkmnpqrstuvwxyz" // without 0, 1, i, l, o
)

// NewTOTPSecret returns a new secret for an authenticator app, in base32.
func NewTOTPSecret(rand io.Reader) (string, error) {
	var raw [totpSecretLen]byte
	if _, err := io.ReadFull(rand, raw[:]); err != nil {
		return "", fmt.Errorf("make a TOTP secret: %w", err)
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:]), nil
}

// TOTPURL returns the content of the QR code for an authenticator app.
func TOTPURL(issuer, person, secret string) string {
	v := url.Values{"secret": {secret}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(person) + "?" + strings.ReplaceAll(v.Encode(), "+", "%20")
}

// LatestTOTPStep returns the last time step whose code is valid at now.
func LatestTOTPStep(now time.Time) int64 { return now.Unix()/totpPeriod + totpSkew }

// CheckTOTP returns the time step of the typed code, and false if the code is invalid. Steps up to and including after
// are invalid, so that no code works twice.
func CheckTOTP(secret, typed string, now time.Time, after int64) (step int64, ok bool) {
	typed = strings.Map(dropSpace, typed)
	latest := LatestTOTPStep(now)
	if after > latest {
		// A code was accepted while the clock was ahead. That must not lock the person out until the clock gets there
		// again.
		after = latest - 1 - totpSkew
	}
	for step := latest - 2*totpSkew; step <= latest; step++ {
		if step <= after || step < 0 {
			continue
		}
		right, err := hotp.ValidateCustom(typed, uint64(step), secret, hotp.ValidateOpts{Digits: totpDigits, Algorithm: otp.AlgorithmSHA1})
		if err == nil && right {
			return step, true
		}
	}
	return 0, false
}

// LooksLikeTOTP reports whether the text has the form of an authenticator app's code. No password is that short.
func LooksLikeTOTP(typed string) bool {
	typed = strings.Map(dropSpace, typed)
	return len(typed) == totpDigits && strings.Trim(typed, "0123456789") == ""
}

// NewRecoveryCodes returns a set of codes, each of which signs a person in once.
func NewRecoveryCodes(rand io.Reader) ([]string, error) {
	codes := make([]string, RecoveryCodes)
	for i := range codes {
		code, err := newRecoveryCode(rand)
		if err != nil {
			return nil, fmt.Errorf("make a recovery code: %w", err)
		}
		codes[i] = code
	}
	return codes, nil
}

func newRecoveryCode(rand io.Reader) (string, error) {
	const usable = 256 / len(recoveryAlphabet) * len(recoveryAlphabet)
	var out []byte
	var one [1]byte
	for range 1000 {
		if _, err := io.ReadFull(rand, one[:]); err != nil {
			return "", err
		}
		if int(one[0]) >= usable {
			continue
		}
		if len(out) == recoveryHalf {
			out = append(out, '-')
		}
		if out = append(out, recoveryAlphabet[int(one[0])%len(recoveryAlphabet)]); len(out) == 2*recoveryHalf+1 {
			return string(out), nil
		}
	}
	return "", errPoorRandom
}

// CleanRecoveryCode returns a typed code in its original form, or "" if it cannot be one.
func CleanRecoveryCode(typed string) string {
	code := strings.ReplaceAll(strings.ToLower(strings.Map(dropSpace, typed)), "-", "")
	if len(code) != 2*recoveryHalf || strings.Trim(code, recoveryAlphabet) != "" {
		return ""
	}
	return code[:recoveryHalf] + "-" + code[recoveryHalf:]
}

func dropSpace(r rune) rune {
	if r == ' ' || r == '\t' || r == '\u00a0' {
		return -1
	}
	return r
}

// TOTPAAD returns the associated data that binds a sealed TOTP secret to its person, so that it opens in no other row.
func TOTPAAD(userID int64) []byte { return fmt.Appendf(nil, "keywicket totp\x00%d", userID) }
