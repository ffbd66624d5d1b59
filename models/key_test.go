package models

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCheckRoomForKeys(t *testing.T) {
	for _, c := range []struct {
		have, adding int
		ok           bool
	}{{0, 1, true}, {499, 1, true}, {500, 0, true}, {500, 1, false}, {499, 2, false}, {501, 1, false}} {
		err := CheckRoomForKeys(c.have, c.adding)
		if (err == nil) != c.ok {
			t.Errorf("%d and %d more: %v", c.have, c.adding, err)
		}
		if err != nil && CodeOf(err) != CodeLimit {
			t.Errorf("refused with %s", CodeOf(err))
		}
	}
}

func TestCheckDelete(t *testing.T) {
	if err := CheckDelete(Key{Name: "CRM"}); err != nil {
		t.Error(err)
	}
	err := CheckDelete(Key{Name: "CRM", Enabled: true})
	wantRefusal(t, err, "", "errors.key.enabled_delete")
	var e *Error
	if CodeOf(err) != CodeConflict || !errors.As(err, &e) || e.Args["Name"] != "CRM" {
		t.Errorf("the refusal does not name the key: %v", err)
	}
}

func TestMayCreate(t *testing.T) {
	for _, c := range []struct {
		members bool
		role    Role
		may     bool
	}{{true, RoleMember, true}, {false, RoleMember, false}, {false, RoleAdmin, true}, {false, RoleOwner, true}, {true, "", false}} {
		if err := CheckMayCreate(Account{MembersCreate: c.members}, c.role); (err == nil) != c.may {
			t.Errorf("%+v: %v", c, err)
		}
	}
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
