package models

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestValidatorsReportAllFields sends each validator a form with several wrong
// fields, and wants a refusal at each of them.
func TestValidatorsReportAllFields(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	long := strings.Repeat("x", 501)
	for _, c := range []struct {
		form   string
		check  func() error
		fields string
	}{
		{"a key", func() error {
			_, err := CheckNewKey(NewKey{
				Name: long, Description: long, Channel: "pigeon", ExpiresAt: &now, ScopeApps: "few", ScopeAPIs: "few",
				Credential: NewCredential{Kind: CredentialChosen, Username: "a b", Secret: "short"},
			}, now)
			return err
		}, "apis apps channel description expires_at name secret username"},
		{"a key's basics", func() error { _, _, err := CheckKeyBasics("", long); return err }, "description name"},
		{"a key's limit", func() error { return CheckRate(-1, 0) }, "rate_requests rate_window"},
		{"new credentials", func() error {
			k := Key{Channel: ChannelFTP, Username: "bob"}
			_, err := CheckChange(k, NewCredential{Kind: CredentialChosen}, time.Minute)
			return err
		}, "grace secret username"},
		{"an account", func() error {
			_, err := CheckAccount(Account{RatePerSecond: -1, MaxExpiryDays: -1, Language: "tlh"})
			return err
		}, "error_dialect key_visibility language max_expiry_days name rate"},
		{"an API", func() error {
			_, err := CheckAPI(API{Name: "a b", Method: "FETCH", Path: "data", AppBound: true, AppSource: AppInPath, RatePerSecond: -1})
			return err
		}, "app_field method name path rate"},
		{"an app", func() error { _, err := CheckApp(NewApp{AppID: "a b", Name: long}); return err }, "app_id name"},
		{"a plugin", func() error { _, err := CheckPlugin(NewPlugin{PluginID: "a b", Name: long}); return err }, "name plugin_id"},
		{"a sub-account", func() error { _, err := CheckSubaccount(NewSubaccount{Slug: "a b"}); return err }, "name slug"},
		{"the first owner", func() error { _, err := CheckOwner(NewOwner{Email: "ada", Language: "tlh"}); return err }, "account email language name"},
		{"somebody who joins", func() error { _, err := CheckPerson(NewPerson{Email: "ada", Language: "tlh"}); return err }, "email language name"},
		{"an invitation", func() error { _, err := CheckInvitation(NewInvitation{Email: "ada"}); return err }, "email role"},
		{"a profile", func() error {
			_, err := CheckProfile(User{Theme: "pink", Language: "tlh"}, User{Name: "Ada"})
			return err
		}, "language name theme"},
	} {
		if got := strings.Join(fieldsOf(c.check()), " "); got != c.fields {
			t.Errorf("%s: refused at %q, want %q", c.form, got, c.fields)
		}
	}
}

// fieldsOf returns the fields of the refusals that err joins, sorted.
func fieldsOf(err error) []string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var fields []string
		for _, e := range joined.Unwrap() {
			fields = append(fields, fieldsOf(e)...)
		}
		slices.Sort(fields)
		return fields
	}
	if err == nil {
		return nil
	}
	return []string{asError(err).Field}
}
