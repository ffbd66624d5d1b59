package store_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store"
	"keywicket/models/storetest"
)

// pairKey asks for a key of the channel with generated credentials.
func pairKey(c models.Channel) models.NewKey {
	return models.NewKey{Channel: c, Credential: models.NewCredential{Kind: models.CredentialPair}}
}

// chosenKey asks for a key of the channel with a pair of the person's choice.
func chosenKey(c models.Channel, username string) models.NewKey {
	return models.NewKey{Channel: c, Credential: models.NewCredential{
		Kind: models.CredentialChosen, Username: username, Secret: "correct horse battery",
	}}
}

func makeKey(t *testing.T, s *store.Store, who models.Actor, n models.NewKey) (models.Key, models.Credential) {
	t.Helper()
	k, c, err := s.MakeKey(t.Context(), who, n, "")
	ok(t, err)
	return k, c
}

func wantField(t *testing.T, what string, err error, field, key string) {
	t.Helper()
	var refusal *models.Error
	if !errors.As(err, &refusal) || refusal.Code != models.CodeInvalid || refusal.Field != field || refusal.Key != key {
		t.Errorf("%s: got %v, want %s at %s", what, err, key, field)
	}
}

func TestMakeKeyAsTheFormSays(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	ctx := t.Context()
	until := clock.now().Add(24 * time.Hour)
	k, c, err := s.MakeKey(ctx, w.Who, models.NewKey{
		Name: "Partner", Description: "of the shop", Channel: models.ChannelFTP, ExpiresAt: &until,
		ScopeApps: models.ScopeSome, AppIDs: []int64{w.Apps[0].ID}, ScopeAPIs: models.ScopeSome,
		Credential: models.NewCredential{Kind: models.CredentialPair},
	}, "")
	ok(t, err)
	if !strings.HasPrefix(c.Username, models.UsernamePrefix) || !secret.PairWellFormed(c.Value) {
		t.Errorf("credentials %+v", c)
	}
	d := must(s.Key(ctx, w.Who, k.Sid))(t)
	want := models.Key{
		ID: k.ID, AccountID: w.Account.ID, OwnerID: w.Owner.ID, Sid: k.Sid, Name: "Partner", Description: "of the shop",
		Channel: models.ChannelFTP, Enabled: true, ExpiresAt: &until, ScopeApps: models.ScopeSome, ScopeAPIs: models.ScopeSome,
		Username: c.Username, Prefix: c.Value[:8], Last4: c.Value[len(c.Value)-4:],
		Visibility: models.Revealable, KEKID: k.KEKID, CreatedBy: w.Owner.Name, CreatedAt: k.CreatedAt, UpdatedAt: k.CreatedAt,
	}
	if diff := cmp.Diff(want, d.Key); diff != "" {
		t.Error(diff)
	}
	if len(d.Apps) != 1 || d.Apps[0].ID != w.Apps[0].ID || len(d.APIs) != 0 {
		t.Errorf("lists %v and %v", d.Apps, d.APIs)
	}
	if got := must(s.RevealKey(ctx, w.Who, k.Sid))(t); got != c.Value {
		t.Errorf("revealed %q", got)
	}
	hash := must(s.KeyHash(ctx, w.Who, k.Sid))(t)
	if hash != s.Hasher().HashPair(models.ChannelFTP, strings.ToUpper(c.Username), c.Value) {
		t.Error("the pair does not lead to the key")
	}
}

func TestMakeKeyNumbersAndPresses(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	first, c, err := s.MakeKey(ctx, w.Who, pairKey(models.ChannelEmail), "idempotency_key")
	ok(t, err)
	again, cc, err := s.MakeKey(ctx, w.Who, pairKey(models.ChannelEmail), "idempotency_key")
	ok(t, err)
	if again.Sid != first.Sid || c != cc || first.Name != "API Key 1" {
		t.Errorf("%s %+v, then %s %+v", first.Name, c, again.Sid, cc)
	}
	chosen, c, err := s.MakeKey(ctx, w.Who, chosenKey(models.ChannelEmail, "Bob"), "other")
	ok(t, err)
	again, cc, err = s.MakeKey(ctx, w.Who, chosenKey(models.ChannelEmail, "Bob"), "other")
	ok(t, err)
	if again.Sid != chosen.Sid || c != cc || (c != models.Credential{Username: "Bob"}) {
		t.Errorf("chosen: %+v, then %+v", c, cc)
	}
	token, c := makeKey(t, s, w.Who, models.NewKey{Channel: models.ChannelREST, Credential: models.NewCredential{Kind: models.CredentialToken}})
	if !secret.WellFormed(c.Value) || c.Username != "" || token.Pair() {
		t.Errorf("token %+v", c)
	}
}

// A chosen secret is never kept, whatever the account's policy.
func TestChosenSecretsAreShownOnce(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	k, _ := makeKey(t, s, w.Who, chosenKey(models.ChannelHTTP, "bob"))
	d := must(s.Key(ctx, w.Who, k.Sid))(t)
	if d.Visibility != models.ShowOnce || !d.Chosen() || d.SecretHash != "" || d.Prefix+d.Last4 != "" {
		t.Errorf("%+v", d.Key)
	}
	_, err := s.RevealKey(ctx, w.Who, k.Sid)
	wantCode(t, "reveal", err, models.CodeConflict)
	db := storetest.DB(t, s)
	if n := count(t, db, "SELECT count(*) FROM keys WHERE sealed IS NULL AND kek_id = '' AND secret_hash LIKE '$argon2id$%'"); n != 1 {
		t.Errorf("%d keys with a slow hash alone", n)
	}
	copied, value, err := s.CopyKey(ctx, w.Who, k.Sid, "")
	ok(t, err)
	if !secret.PairWellFormed(value) || copied.Channel != models.ChannelHTTP || !strings.HasPrefix(copied.Username, "kwu_") || copied.Visibility != models.Revealable {
		t.Errorf("copy %+v with %q", copied, value)
	}
}

// A user name is one key's in its channel, over all accounts and whatever its
// case; in another channel it is free.
func TestUsernamesAreUniqueForAChannel(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	o := storetest.SeedOther(t, s, "Other")
	makeKey(t, s, w.Who, chosenKey(models.ChannelFTP, "Bob"))
	for _, who := range []models.Actor{w.Who, o.Who} {
		for _, name := range []string{"Bob", "bob", "BOB"} {
			_, _, err := s.MakeKey(t.Context(), who, chosenKey(models.ChannelFTP, name), "")
			wantField(t, name, err, "username", "errors.username.taken")
		}
	}
	makeKey(t, s, o.Who, chosenKey(models.ChannelEmail, "bob"))
	if n := count(t, storetest.DB(t, s), "SELECT count(*) FROM keys"); n != 2 {
		t.Errorf("%d keys", n)
	}
}

func TestMakeKeyRefuses(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	o := storetest.SeedOther(t, s, "Other")
	with := func(change func(*models.NewKey)) models.NewKey {
		n := pairKey(models.ChannelFTP)
		change(&n)
		return n
	}
	for what, c := range map[string]struct {
		n          models.NewKey
		field, key string
	}{
		"token for FTP": {with(func(n *models.NewKey) { n.Credential.Kind = models.CredentialToken }), "credential", "errors.credential.token"},
		"short secret": {with(func(n *models.NewKey) {
			n.Credential = models.NewCredential{Kind: models.CredentialChosen, Username: "bob", Secret: "short"}
		}), "secret", "errors.secret.short"},
		"other's app": {with(func(n *models.NewKey) { n.ScopeApps, n.AppIDs = models.ScopeSome, []int64{o.Apps[0].ID} }), "apps", "errors.scope.unknown_app"},
		"no API":      {with(func(n *models.NewKey) { n.ScopeAPIs, n.APIIDs = models.ScopeSome, []int64{999999} }), "apis", "errors.scope.unknown_api"},
	} {
		_, _, err := s.MakeKey(t.Context(), w.Who, c.n, "")
		wantField(t, what, err, c.field, c.key)
	}
	if n := count(t, storetest.DB(t, s), "SELECT count(*) FROM keys"); n != 0 {
		t.Errorf("%d keys", n)
	}
}

// Where the account says so, a Member adds no key; Owners and Admins always
// may.
func TestMembersCreateOnlyWhereTheyMay(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	member := storetest.SeedMember(t, s, w.Account, "Mia", "mia@example.com", models.RoleMember)
	admin := storetest.SeedMember(t, s, w.Account, "Adam", "adam@example.com", models.RoleAdmin)
	own, _ := makeKey(t, s, member, pairKey(models.ChannelFTP))
	run(t, storetest.DB(t, s), "UPDATE accounts SET members_create = 0")
	_, _, err := s.MakeKey(ctx, member, pairKey(models.ChannelFTP), "")
	wantCode(t, "form", err, models.CodeForbidden)
	_, _, err = s.CreateKey(ctx, member, "", "")
	wantCode(t, "button", err, models.CodeForbidden)
	_, _, err = s.CopyKey(ctx, member, own.Sid, "")
	wantCode(t, "copy", err, models.CodeForbidden)
	for _, who := range []models.Actor{w.Who, admin} {
		makeKey(t, s, who, pairKey(models.ChannelFTP))
	}
}

// A rotation of the master key keeps generated secrets revealable, and leaves
// chosen ones alone.
func TestResealKeepsPairs(t *testing.T) {
	o := storetest.Options(t)
	s := storetest.Open(t, o)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	k, c := makeKey(t, s, w.Who, pairKey(models.ChannelFTP))
	makeKey(t, s, w.Who, chosenKey(models.ChannelFTP, "bob"))
	old := o.Box.ActiveID()
	must(s.Reseal(ctx))(t)
	forget(t, filepath.Join(filepath.Dir(o.Path), "master.key"), old)
	ok(t, o.Box.Reload())
	if got := must(s.RevealKey(ctx, w.Who, k.Sid))(t); got != c.Value {
		t.Errorf("revealed %q", got)
	}
}
