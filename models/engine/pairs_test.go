package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"keywicket/models"
	"keywicket/models/engine"
)

// pairs stands in for the hash of pairs and for the slow hash, which is the
// secret behind "slow:".
type pairs struct {
	checks []engine.SecretCheck
	answer *engine.SecretResult // in place of the truth
	during func()               // while it is checked
}

func (p *pairs) HashPair(c models.Channel, username, value string) [32]byte {
	return pairHash(c, username, value)
}

func pairHash(c models.Channel, username, value string) [32]byte {
	return hash(fmt.Sprintf("%s|%s|%s", c, models.FoldUsername(username), value))
}

func (p *pairs) WellFormed(value string) bool {
	return strings.HasPrefix(value, "kws_") && len(value) > 4
}

func (p *pairs) CheckSecret(q engine.SecretCheck) engine.SecretResult {
	p.checks = append(p.checks, q)
	if p.during != nil {
		p.during()
	}
	if p.answer != nil {
		return *p.answer
	}
	for i, c := range q.Candidates {
		if c.Hash == "slow:"+q.Secret {
			return engine.SecretResult{OK: true, Index: i}
		}
	}
	return engine.SecretResult{}
}

// newPairFixture returns a fixture whose engine judges pairs.
func newPairFixture() (*fixture, *pairs) {
	w, p := newFixture(), &pairs{}
	w.WithPairs(p)
	return w, p
}

// generated makes the key a generated pair of the channel.
func generated(id int64, c models.Channel, username, value string) engine.KeyData {
	k := newKey(id, "")
	h := pairHash(c, username, value)
	k.Key.Channel, k.Key.Username, k.Key.Hash = c, username, h[:]
	return k
}

// chosen makes the key a pair that a person chose.
func chosen(id int64, c models.Channel, username, value string) engine.KeyData {
	k := newKey(id, fmt.Sprint("random ", id, value))
	k.Key.Channel, k.Key.Username, k.Key.SecretHash = c, username, "slow:"+value
	return k
}

// becomesOld makes the credentials of was previous ones of the key, until then.
func becomesOld(k engine.KeyData, was engine.KeyData, id int64, until time.Time) engine.KeyData {
	k.Previous = []models.PreviousCredential{{
		ID: id, KeyID: k.Key.ID, Channel: was.Key.Channel, Username: was.Key.Username, Hash: was.Key.Hash,
		SecretHash: was.Key.SecretHash, EndsAt: until,
	}}
	return k
}

func askPair(c models.Channel, username, value string) engine.Request {
	r := ask(value)
	r.Channel, r.Username = c, username
	return r
}

func TestPairs(t *testing.T) {
	w, _ := newPairFixture()
	w.put(generated(1, models.ChannelFTP, "kwu_a", "kws_secret"))
	w.put(chosen(2, models.ChannelFTP, "Bob", "his secret"))
	w.put(chosen(3, models.ChannelEmail, "bob", "her secret"))
	w.put(generated(4, models.ChannelREST, "kwu_r", "kws_rest"))
	w.put(newKey(5, "kw_token"))
	w.put(chosen(6, models.ChannelHTTP, "only.http", "a secret"))
	for _, c := range []struct {
		channel         models.Channel
		username, value string
		want            string
		sid             int64
	}{
		{"ftp", "kwu_a", "kws_secret", "allowed", 1},
		{"ftp", "KWU_A", "kws_secret", "allowed", 1},
		{"ftp", "kwu_a", "kws_secreT", "key_unknown", 0},
		{"ftp", "kwu_b", "kws_secret", "key_unknown", 0},
		{"ftp", "kwu_a", "kws_", "key_malformed", 0},
		{"email", "kwu_a", "kws_secret", "channel_denied", 1},
		{"", "kwu_a", "kws_secret", "channel_denied", 1},
		{"rest", "kwu_r", "kws_rest", "allowed", 4},
		{"", "kwu_r", "kws_rest", "allowed", 4},
		{"ftp", "bob", "his secret", "allowed", 2},
		{"ftp", "BOB", "his secret", "allowed", 2},
		{"ftp", "bob", "her secret", "key_unknown", 0},
		{"email", "bob", "her secret", "allowed", 3},
		{"http", "bob", "his secret", "channel_denied", 2},
		{"ftp", "only.http", "a secret", "channel_denied", 6},
		{"ftp", "only.http", "another", "key_unknown", 0},
		{"ftp", "nobody", "his secret", "key_unknown", 0},
		{"ftp", "bo\u212a", "his secret", "key_unknown", 0},
		{"rest", "anybody", "kw_token", "allowed", 5}, // a token is one whatever the user name
		{"ftp", "", "his secret", "key_malformed", 0},
		{"ftp", "bob", "", "key_missing", 0},
	} {
		d := w.Decide(askPair(c.channel, c.username, c.value))
		if d.Reason.String() != c.want || d.Previous != 0 || (d.Key == nil) != (c.sid == 0) || d.Key != nil && d.Key.ID() != c.sid {
			t.Errorf("%s %q %q: %v, key %v, want %s", c.channel, c.username, c.value, d.Reason, d.Key, c.want)
		}
	}
	if d := engine.New(hash, wellFormed, w.clock.now).Decide(askPair("ftp", "bob", "his secret")); d.Reason != engine.KeyUnknown {
		t.Errorf("without pairs: %v", d.Reason)
	}
}

// Every question about a chosen secret is one check, and an unknown user name
// is one too.
func TestChosenPairsAreCheckedOnce(t *testing.T) {
	w, p := newPairFixture()
	w.put(chosen(1, models.ChannelFTP, "bob", "his secret"))
	w.put(chosen(2, models.ChannelEmail, "bob", "her secret"))
	for _, name := range []string{"bob", "nobody"} {
		p.checks = nil
		w.Decide(askPair("ftp", name, "wrong"))
		if len(p.checks) != 1 || len(p.checks[0].Candidates) > 1 || p.checks[0].Username != name {
			t.Errorf("%s: %+v", name, p.checks)
		}
	}
	p.answer = &engine.SecretResult{Busy: true}
	if d := w.Decide(askPair("ftp", "bob", "his secret")); !d.Busy || d.Allowed() {
		t.Errorf("busy: %+v", d)
	}
	p.answer = &engine.SecretResult{RetryAfter: time.Minute}
	if d := w.Decide(askPair("ftp", "bob", "his secret")); d.Reason != engine.RateLimited || d.Rate.RetryAfter != time.Minute || d.Key != nil {
		t.Errorf("throttled: %+v", d)
	}
}

// Previous credentials work until they end, and the decision says that they were
// used; the policy is the key's own.
func TestOldCredentials(t *testing.T) {
	for what, c := range map[string]struct {
		was, is       engine.KeyData
		old, now      engine.Request
		sameUsernames bool
	}{
		"token": {
			was: newKey(1, "kw_old"), is: newKey(1, "kw_new"), old: ask("kw_old"), now: ask("kw_new"),
		},
		"generated": {
			was: generated(1, "ftp", "kwu_a", "kws_old"), is: generated(1, "ftp", "kwu_b", "kws_new"),
			old: askPair("ftp", "kwu_a", "kws_old"), now: askPair("ftp", "kwu_b", "kws_new"),
		},
		"chosen": {
			was: chosen(1, "ftp", "bob", "old secret"), is: chosen(1, "ftp", "bob", "new secret"),
			old: askPair("ftp", "bob", "old secret"), now: askPair("ftp", "bob", "new secret"),
		},
		"chosen, then generated": {
			was: chosen(1, "ftp", "bob", "old secret"), is: generated(1, "ftp", "kwu_b", "kws_new"),
			old: askPair("ftp", "bob", "old secret"), now: askPair("ftp", "kwu_b", "kws_new"),
		},
	} {
		w, _ := newPairFixture()
		w.put(c.was)
		w.put(becomesOld(c.is, c.was, 77, noon.Add(time.Hour)))
		both := func(when string, old string, id int64) {
			if d := w.Decide(c.now); !d.Allowed() || d.Previous != 0 {
				t.Errorf("%s, %s, the new one: %v, old %d", what, when, d.Reason, d.Previous)
			}
			if d := w.Decide(c.old); d.Reason.String() != old || d.Previous != id {
				t.Errorf("%s, %s, the old one: %v, old %d", what, when, d.Reason, d.Previous)
			}
		}
		both("at first", "allowed", 77)
		w.clock.advance(time.Hour - 1)
		both("to the last", "allowed", 77)
		w.clock.advance(1)
		both("ended", "key_unknown", 0)
		w.clock.at = noon
		off := becomesOld(c.is, c.was, 77, noon.Add(time.Hour))
		off.Key.Enabled = false
		w.put(off)
		if d := w.Decide(c.old); d.Reason != engine.KeyDisabled {
			t.Errorf("%s, disabled: %v", what, d.Reason)
		}
		w.put(c.is)
		both("stopped", "key_unknown", 0)
		w.put(becomesOld(c.is, c.was, 77, noon.Add(time.Hour)))
		w.Apply(engine.Delta{GoneKeys: []int64{1}})
		if d := w.Decide(c.old); d.Reason != engine.KeyUnknown {
			t.Errorf("%s, deleted: %v", what, d.Reason)
		}
	}
}

// A change that comes while a secret is checked holds for it too.
func TestChangedWhileChecked(t *testing.T) {
	w, p := newPairFixture()
	w.put(chosen(1, "ftp", "bob", "old secret"))
	p.during = func() { w.put(chosen(1, "ftp", "bob", "new secret")) }
	if d := w.Decide(askPair("ftp", "bob", "old secret")); d.Reason != engine.KeyUnknown {
		t.Errorf("%v", d.Reason)
	}
}

// TestAnyCredentials changes credentials at random, step by step, and compares
// the engine with a plain list of what works.
func TestAnyCredentials(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, _ := newPairFixture()
		keys := map[int64]engine.KeyData{}
		channel := rapid.SampledFrom([]models.Channel{"rest", "ftp", "email"})
		for step := range rapid.IntRange(1, 12).Draw(t, "steps") {
			id := rapid.Int64Range(1, 3).Draw(t, "key")
			was, had := keys[id]
			if had && rapid.IntRange(0, 4).Draw(t, "gone") == 0 {
				delete(keys, id)
				w.Apply(engine.Delta{GoneKeys: []int64{id}})
				continue
			}
			c := channel.Draw(t, "channel")
			if had {
				c = was.Key.Channel
			}
			is := generated(id, c, fmt.Sprint("kwu_", step), fmt.Sprint("kws_", step))
			if rapid.Bool().Draw(t, "chosen") {
				is = chosen(id, c, fmt.Sprint("user", id), fmt.Sprint("secret ", step))
			}
			if had && rapid.Bool().Draw(t, "overlap") {
				is = becomesOld(is, was, int64(100+step), noon.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "until"))*time.Hour))
			}
			keys[id] = is
			w.put(is)
		}
		for range 10 {
			checkPair(t, w, keys, channel)
		}
	})
}

func checkPair(t *rapid.T, w *fixture, keys map[int64]engine.KeyData, channel *rapid.Generator[models.Channel]) {
	r := askPair(channel.Draw(t, "ask channel"), fmt.Sprint("user", rapid.IntRange(1, 4).Draw(t, "ask user")), "")
	n := rapid.IntRange(0, 12).Draw(t, "ask secret")
	r.Credential = fmt.Sprint("secret ", n)
	if rapid.Bool().Draw(t, "ask generated") {
		r.Username, r.Credential = fmt.Sprint("kwu_", n), fmt.Sprint("kws_", n)
	}
	want, old := "key_unknown", int64(0)
	for _, k := range keys {
		fits := func(c models.Channel, name, slow string, h []byte) bool {
			if slow != "" {
				return name == r.Username && slow == "slow:"+r.Credential
			}
			mine := pairHash(c, r.Username, r.Credential)
			return string(h) == string(mine[:])
		}
		found := fits(k.Key.Channel, k.Key.Username, k.Key.SecretHash, k.Key.Hash)
		for _, o := range k.Previous {
			if o.EndsAt.After(noon) && fits(o.Channel, o.Username, o.SecretHash, o.Hash) {
				found, old = true, o.ID
			}
		}
		switch {
		case !found:
		case k.Key.Channel == r.Channel:
			want = "allowed"
		default:
			want = "channel_denied"
		}
	}
	if d := w.Decide(r); d.Reason.String() != want || d.Previous != old {
		t.Fatalf("%s %s %s: %v and old %d, want %s and %d", r.Channel, r.Username, r.Credential, d.Reason, d.Previous, want, old)
	}
}
