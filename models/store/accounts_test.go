package store_test

import (
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/storetest"
)

// With a maximum every new key has a date, whatever made it, and no change
// leads beyond it.
func TestLongestExpiryHolds(t *testing.T) {
	now := time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)
	s := storetest.New(t, storetest.WithNow(func() time.Time { return now }))
	w := storetest.Seed(t, s)
	ctx := t.Context()
	free := storetest.SeedKeys(t, s, w.Who, 1)[0]
	ok(t, s.UpdateAccount(ctx, w.Who, func(a *models.Account) { a.MaxExpiryDays = 30 }))
	last := time.Date(2026, 3, 31, 23, 59, 59, 0, time.UTC)
	made, _, err := s.CreateKey(ctx, w.Who, "made", "")
	ok(t, err)
	copied, _, err := s.CopyKey(ctx, w.Who, free.Sid, "")
	ok(t, err)
	for _, k := range []models.Key{made, copied} {
		if k.ExpiresAt == nil || !k.ExpiresAt.Equal(last) {
			t.Errorf("%s expires at %v", k.Name, k.ExpiresAt)
		}
	}
	soon, late := now.Add(24*time.Hour), last.Add(time.Second)
	ok(t, s.SetKeyBasics(ctx, w.Who, made.Sid, "made", "", &soon))
	wantCode(t, "a later date", s.SetKeyBasics(ctx, w.Who, made.Sid, "made", "", &late), models.CodeInvalid)
	wantCode(t, "no date", s.SetKeyBasics(ctx, w.Who, made.Sid, "made", "", nil), models.CodeInvalid)
	// What a key had before stays while it is not touched.
	ok(t, s.SetKeyBasics(ctx, w.Who, free.Sid, "renamed", "", nil))
	again, _, err := s.CopyKey(ctx, w.Who, made.Sid, "")
	ok(t, err)
	if again.ExpiresAt == nil || !again.ExpiresAt.Equal(soon) {
		t.Errorf("a copy within the maximum expires at %v", again.ExpiresAt)
	}
}

// Where Members may not create keys, they neither create nor copy.
func TestMembersCreateByPolicy(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	ok(t, s.UpdateAccount(ctx, w.Who, func(a *models.Account) { a.MembersCreate = true }))
	member := storetest.SeedMember(t, s, w.Account, "Mia", "mia@example.org", models.RoleMember)
	k, _, err := s.CreateKey(ctx, member, "hers", "")
	ok(t, err)
	ok(t, s.UpdateAccount(ctx, w.Who, func(a *models.Account) { a.MembersCreate = false }))
	_, _, err = s.CreateKey(ctx, member, "", "")
	wantCode(t, "create", err, models.CodeForbidden)
	_, _, err = s.CopyKey(ctx, member, k.Sid, "")
	wantCode(t, "copy", err, models.CodeForbidden)
	ok(t, s.SetKeyEnabled(ctx, member, k.Sid, false))
	_, _, err = s.CreateKey(ctx, w.Who, "", "")
	ok(t, err)
}

// Each policy is audited with what it was and what it is.
func TestPoliciesAreAudited(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	for _, c := range []struct {
		change        func(*models.Account)
		before, after string
	}{
		{func(a *models.Account) { a.MaxExpiryDays = 90 }, `{"max_expiry_days":0}`, `{"max_expiry_days":90}`},
		{func(a *models.Account) { a.MembersCreate = false }, `{"members_create":true}`, `{"members_create":false}`},
		{func(a *models.Account) { a.RequireReauth = true }, `{"require_reauth":false}`, `{"require_reauth":true}`},
		{func(a *models.Account) { a.Language = "zh-CN" }, `{"language":""}`, `{"language":"zh-CN"}`},
	} {
		ok(t, s.UpdateAccount(ctx, w.Who, c.change))
		page, err := s.ListAudit(ctx, w.Who, models.AuditQuery{})
		ok(t, err)
		if r := page.Rows[0]; r.Event != models.EventAccountUpdate || r.Before != c.before || r.After != c.after {
			t.Errorf("%s: %s became %s", r.Event, r.Before, r.After)
		}
	}
}
