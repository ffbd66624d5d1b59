package store_test

import (
	"net/netip"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/secret"
	"keywicket/models/store"
	"keywicket/models/storetest"
	"keywicket/models/usage"
	"keywicket/models/verifier"
)

// login asks for a log-in with a pair.
func login(c models.Channel, username, value string) engine.Request {
	return engine.Request{
		Credential: value, Username: username, Channel: c, Login: true, IP: netip.MustParseAddr("10.0.0.1"),
	}
}

// attachAt is attach with the engine's clock.
func attachAt(t *testing.T, s *store.Store, now func() time.Time) *engine.Engine {
	t.Helper()
	p := verifier.New(s.Hasher(), now)
	e := engine.New(s.Hasher().Hash, secret.WellFormed, now).WithPairs(p)
	ok(t, s.AttachGate(t.Context(), e))
	return e
}

func reason(e *engine.Engine, r engine.Request) string { return e.Decide(r).Reason.String() }

// Changed credentials hold at this gate before the answer and at the other
// one after a look; the old ones stop at once, or at their end.
func TestChangeCredentials(t *testing.T) {
	for what, n := range map[string]models.NewKey{
		"token":     {Channel: models.ChannelREST, Credential: models.NewCredential{Kind: models.CredentialToken}},
		"generated": pairKey(models.ChannelFTP),
		"chosen":    chosenKey(models.ChannelFTP, "bob"),
	} {
		clock := newClock()
		o := storetest.Options(t)
		o.Now = clock.now
		s := storetest.Open(t, o)
		w := storetest.Seed(t, s)
		ctx := t.Context()
		here := attachAt(t, s, clock.now)
		other := storetest.Open(t, o)
		there := attachAt(t, other, clock.now)
		k, c := makeKey(t, s, w.Who, n)
		if n.Credential.Kind == models.CredentialChosen {
			c.Value = n.Credential.Secret
		}
		old := login(n.Channel, c.Username, c.Value)
		old.Login, old.API = true, ""
		for _, grace := range models.GracePeriods() {
			ask := n.Credential
			if ask.Kind == models.CredentialChosen {
				ask.Secret = "another horse " + grace.String()
			}
			made, err := s.ChangeCredentials(ctx, w.Who, k.Sid, ask, grace)
			ok(t, err)
			if ask.Kind == models.CredentialChosen {
				made.Value = ask.Secret
			}
			is := login(n.Channel, made.Username, made.Value)
			wantOld := "allowed"
			if grace == 0 {
				wantOld = "key_unknown"
			}
			ok(t, other.PollGate(ctx))
			for name, e := range map[string]*engine.Engine{"here": here, "there": there} {
				if got := reason(e, is); got != "allowed" {
					t.Errorf("%s, %v, %s: the new ones: %s", what, grace, name, got)
				}
				if got := reason(e, old); got != wantOld {
					t.Errorf("%s, %v, %s: the old ones: %s", what, grace, name, got)
				}
			}
			d := must(s.Key(ctx, w.Who, k.Sid))(t)
			if (d.Previous != nil) != (grace > 0) || d.Previous != nil && (!d.Previous.EndsAt.Equal(clock.now().Add(grace)) || d.Previous.Hash != nil || d.Previous.Username != c.Username) {
				t.Errorf("%s, %v: %+v", what, grace, d.Previous)
			}
			if grace > 0 {
				ok(t, s.EndPreviousCredential(ctx, w.Who, k.Sid))
				if got := reason(here, old); got != "key_unknown" {
					t.Errorf("%s, %v, stopped: %s", what, grace, got)
				}
			}
			wantCode(t, "nothing to stop", s.EndPreviousCredential(ctx, w.Who, k.Sid), models.CodeNotFound)
			old, c = is, made
			clock.add(time.Minute)
		}
		report := must(s.VerifyAudit(ctx))(t)
		db := storetest.DB(t, s)
		changes := count(t, db, "SELECT count(*) FROM audit WHERE event = ?", models.EventKeyRotate)
		stops := count(t, db, "SELECT count(*) FROM audit WHERE event = ?", models.EventKeyPreviousEnd)
		if !report.OK || changes != 4 || stops != 3 {
			t.Errorf("%s: audit %+v with %d changes and %d stops", what, report, changes, stops)
		}
	}
}

// Old credentials end by the clock alone, and are swept after; those of an
// earlier change stop with a second one.
func TestOldCredentialsEnd(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	ctx := t.Context()
	e := attachAt(t, s, clock.now)
	k, first := makeKey(t, s, w.Who, pairKey(models.ChannelFTP))
	change := func(grace time.Duration) models.Credential {
		return must(s.ChangeCredentials(ctx, w.Who, k.Sid, models.NewCredential{Kind: models.CredentialPair}, grace))(t)
	}
	second := change(24 * time.Hour)
	third := change(time.Hour)
	of := func(c models.Credential) string { return reason(e, login(models.ChannelFTP, c.Username, c.Value)) }
	if of(first) != "key_unknown" || of(second) != "allowed" || of(third) != "allowed" {
		t.Errorf("two changes: %s, %s, %s", of(first), of(second), of(third))
	}
	clock.add(time.Hour)
	if of(second) != "key_unknown" || of(third) != "allowed" {
		t.Errorf("ended: %s, %s", of(second), of(third))
	}
	if d := must(s.Key(ctx, w.Who, k.Sid))(t); d.Previous != nil {
		t.Errorf("an ended one is shown: %+v", d.Previous)
	}
	if n := must(s.SweepPreviousCredentials(ctx))(t); n != 1 {
		t.Errorf("%d swept", n)
	}
	if n := must(s.SweepPreviousCredentials(ctx))(t); n != 0 {
		t.Errorf("%d swept again", n)
	}
	if of(third) != "allowed" {
		t.Errorf("after the sweep: %s", of(third))
	}
}

// A user name is taken while it still works as an old one, and free after;
// the key itself may have it again.
func TestOldUsernamesAreTaken(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	ctx := t.Context()
	k, _ := makeKey(t, s, w.Who, chosenKey(models.ChannelFTP, "bob"))
	next := chosenKey(models.ChannelFTP, "robert").Credential
	must(s.ChangeCredentials(ctx, w.Who, k.Sid, next, time.Hour))(t)
	_, _, err := s.MakeKey(ctx, w.Who, chosenKey(models.ChannelFTP, "BOB"), "")
	wantField(t, "an old user name", err, "username", "errors.username.taken")
	other, _ := makeKey(t, s, w.Who, pairKey(models.ChannelFTP))
	_, err = s.ChangeCredentials(ctx, w.Who, other.Sid, chosenKey(models.ChannelFTP, "bob").Credential, 0)
	wantField(t, "an old user name for another key", err, "username", "errors.username.taken")
	must(s.ChangeCredentials(ctx, w.Who, k.Sid, chosenKey(models.ChannelFTP, "bob").Credential, time.Hour))(t)
	_, err = s.ChangeCredentials(ctx, w.Who, other.Sid, next, 0)
	wantField(t, "the user name between", err, "username", "errors.username.taken")
	clock.add(time.Hour)
	must(s.ChangeCredentials(ctx, w.Who, other.Sid, next, 0))(t)
}

func TestChangeCredentialsRefuses(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	token := storetest.SeedKeys(t, s, w.Who, 1)[0]
	pair, _ := makeKey(t, s, w.Who, pairKey(models.ChannelREST))
	refused := func(what, sid string, c models.NewCredential, grace time.Duration, field, key string) {
		t.Helper()
		_, err := s.ChangeCredentials(ctx, w.Who, sid, c, grace)
		wantField(t, what, err, field, key)
	}
	kind := func(k models.CredentialKind) models.NewCredential { return models.NewCredential{Kind: k} }
	refused("two hours", token.Sid, kind(models.CredentialToken), 2*time.Hour, "grace", "errors.choice")
	refused("a pair for a token", token.Sid, kind(models.CredentialPair), 0, "credential", "errors.choice")
	refused("a token for a pair", pair.Sid, kind(models.CredentialToken), 0, "credential", "errors.choice")
	refused("no secret", pair.Sid, models.NewCredential{Kind: models.CredentialChosen, Username: "bob"}, 0, "secret", "errors.secret.required")

	d := must(s.Key(ctx, w.Who, pair.Sid))(t)
	seen := models.NewCredential{Kind: models.CredentialPair, Replaces: d.Stamp()}
	must(s.ChangeCredentials(ctx, w.Who, pair.Sid, seen, 0))(t)
	_, err := s.ChangeCredentials(ctx, w.Who, pair.Sid, seen, 0)
	wantCode(t, "the same form twice", err, models.CodeConflict)
}

// A generated secret stays revealable or shown once as the key was; after a
// chosen one it is as the account says.
func TestVisibilityAfterAChange(t *testing.T) {
	s := storetest.New(t)
	w := storetest.Seed(t, s)
	ctx := t.Context()
	k, _ := makeKey(t, s, w.Who, pairKey(models.ChannelFTP))
	change := func(c models.NewCredential) (models.Credential, models.Key) {
		made := must(s.ChangeCredentials(ctx, w.Who, k.Sid, c, 0))(t)
		return made, must(s.Key(ctx, w.Who, k.Sid))(t).Key
	}
	a := w.Account
	a.KeyVisibility = models.ShowOnce
	ok(t, s.UpdateAccount(ctx, w.Who, as(a)))
	made, is := change(models.NewCredential{Kind: models.CredentialPair})
	if is.Visibility != models.Revealable || must(s.RevealKey(ctx, w.Who, k.Sid))(t) != made.Value {
		t.Errorf("generated again: %s", is.Visibility)
	}
	_, is = change(chosenKey(models.ChannelFTP, "bob").Credential)
	if is.Visibility != models.ShowOnce || is.KEKID != "" || !is.Chosen() || is.CredentialAt == nil {
		t.Errorf("chosen: %+v", is)
	}
	if _, is = change(models.NewCredential{Kind: models.CredentialPair}); is.Visibility != models.ShowOnce {
		t.Errorf("generated after chosen: %s", is.Visibility)
	}
}

// What old credentials are used is counted exactly, with the newest use.
func TestUsesOfOldCredentials(t *testing.T) {
	clock := newClock()
	s := storetest.New(t, storetest.WithNow(clock.now))
	w := storetest.Seed(t, s)
	ctx := t.Context()
	e := attachAt(t, s, clock.now)
	k, c := makeKey(t, s, w.Who, pairKey(models.ChannelFTP))
	must(s.ChangeCredentials(ctx, w.Who, k.Sid, models.NewCredential{Kind: models.CredentialPair}, time.Hour))(t)
	var counter usage.Counter
	ip := netip.MustParseAddr("10.0.0.9")
	d := e.Decide(login(models.ChannelFTP, c.Username, c.Value))
	if d.Previous == 0 {
		t.Fatalf("%v", d.Reason)
	}
	began := clock.now()
	clock.add(time.Minute)
	for i := range 25 {
		counter.RecordPrevious(d.Previous, began.Add(time.Duration(i)*time.Second), ip, "file.get")
		if i%10 == 9 {
			b := counter.Drain()
			if i == 19 {
				counter.Restore(b)
				b = counter.Drain()
			}
			ok(t, s.AddUsage(ctx, b))
		}
	}
	ok(t, s.AddUsage(ctx, counter.Drain()))
	ok(t, s.AddUsage(ctx, usage.Batch{Previous: []usage.PreviousUse{{PreviousID: d.Previous, Count: 1, At: began, IP: "10.0.0.1"}, {PreviousID: 999, Count: 5}}}))
	old := must(s.Key(ctx, w.Who, k.Sid))(t).Previous
	if old.Uses != 26 || !old.LastUsedAt.Equal(began.Add(24*time.Second)) || old.LastUsedIP != ip.String() || old.LastUsedAPI != "file.get" {
		t.Errorf("%+v", old)
	}
}
