package models

import (
	"strings"
	"testing"
)

func TestCheckAccount(t *testing.T) {
	right := Account{Name: " Acme ", KeyVisibility: Revealable, ErrorDialect: DialectJodoo, RatePerSecond: 50}
	got, err := CheckAccount(right)
	if err != nil || got.Name != "Acme" {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, c := range []struct {
		field, key string
		spoil      func(*Account)
	}{
		{"name", "errors.text.required", func(a *Account) { a.Name = "" }},
		{"name", "errors.text.too_long", func(a *Account) { a.Name = strings.Repeat("a", 101) }},
		{"key_visibility", "errors.choice", func(a *Account) { a.KeyVisibility = "" }},
		{"error_dialect", "errors.choice", func(a *Account) { a.ErrorDialect = "xml" }},
		{"rate", "errors.rate.per_second", func(a *Account) { a.RatePerSecond = -1 }},
		{"rate", "errors.rate.per_second", func(a *Account) { a.RatePerSecond = MaxRatePerSecond + 1 }},
		{"max_expiry_days", "errors.expiry.days", func(a *Account) { a.MaxExpiryDays = -1 }},
		{"max_expiry_days", "errors.expiry.days", func(a *Account) { a.MaxExpiryDays = MaxExpiryPolicyDays + 1 }},
		{"language", "errors.choice", func(a *Account) { a.Language = "tlh" }},
	} {
		a := right
		c.spoil(&a)
		_, err := CheckAccount(a)
		wantRefusal(t, err, c.field, c.key)
	}
}
