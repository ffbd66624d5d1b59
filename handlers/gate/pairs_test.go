package gate_test

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/secret"
)

// addPair makes a key with a generated pair of the channel.
func (w *fixture) addPair(name string, c models.Channel) (username, value string) {
	w.t.Helper()
	username, value, err := secret.MintPair(rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	hash := w.pairHash(c, username, value)
	w.add(name, acme, func(k *engine.KeyData) {
		k.Key.Channel, k.Key.Username, k.Key.Hash = c, username, hash[:]
	})
	return username, value
}

// addChosen makes a key with a pair that a person chose.
func (w *fixture) addChosen(name string, c models.Channel, username, value string) {
	w.t.Helper()
	phc, err := secret.NewPasswords(1).Hash(w.t.Context(), value)
	if err != nil {
		w.t.Fatal(err)
	}
	w.add(name, acme, func(k *engine.KeyData) {
		k.Key.Channel, k.Key.Username, k.Key.SecretHash = c, username, phc
	})
}

const chosenSecret = "correct horse battery"

// Pairs pass by Basic, by two headers and at /v1/verify, in their own channel
// alone, and in one way of saying no.
func TestPairsAtTheEndpoints(t *testing.T) {
	w := newFixture(t)
	username, value := w.addPair("generated", models.ChannelHTTP)
	w.addChosen("chosen", models.ChannelHTTP, "bob", chosenSecret)
	h := w.server()
	for _, tt := range []struct {
		username, value, options, channel, want string
	}{
		{username, value, "/channel=http", "http", "allowed"},
		{strings.ToUpper(username), value, "/channel=http", "http", "allowed"},
		{username, value, "", "rest", "channel_denied"},
		{username, value[:len(value)-1] + "!", "/channel=http", "http", "key_malformed"},
		{"kwu_other", value, "/channel=http", "http", "key_unknown"},
		{"bob", chosenSecret, "/channel=http", "http", "allowed"},
		{"bob", chosenSecret, "", "", "channel_denied"},
		{"bob", chosenSecret + "!", "/channel=http", "http", "key_unknown"},
		{"rob", chosenSecret, "/channel=http", "http", "key_unknown"},
	} {
		for _, e := range endpoints() {
			for _, headers := range [][]string{
				{"Authorization: " + basic(tt.username, tt.value)},
				{"X-API-Key: " + tt.username, "X-API-Secret: " + tt.value},
			} {
				r := e.with(e.describe(call{target: "/ping", headers: headers}), tt.options)
				if got := ask(h, r); got.Header().Get("X-Keywicket-Reason") != tt.want {
					t.Errorf("%s%s as %s: %s, want %s", e.name, tt.options, tt.username, got.Header().Get("X-Keywicket-Reason"), tt.want)
				}
			}
		}
		for _, field := range []string{"key", "credential"} {
			got := verdictOf(t, verify(h, question(t, "username", tt.username, field, tt.value, "channel", tt.channel, "path", "/ping", "method", "GET")))
			if got.Reason != tt.want {
				t.Errorf("verify as %s: %s, want %s", tt.username, got.Reason, tt.want)
			}
		}
	}
	if got := verify(h, `{"key":"a","credential":"b"}`); got.Code != 400 {
		t.Errorf("two credentials: %d", got.Code)
	}
	for _, planted := range []string{value, chosenSecret} {
		if strings.Contains(w.log.String(), planted) {
			t.Error("a secret is in the log")
		}
	}
}

// An unknown user name gets the words of a wrong secret, byte by byte.
func TestUnknownUsernamesGetTheSameWords(t *testing.T) {
	w := newFixture(t)
	w.addChosen("chosen", models.ChannelHTTP, "bob", chosenSecret)
	w.addPair("generated", models.ChannelHTTP)
	h := w.server()
	for _, e := range endpoints() {
		answer := func(username, value string) string {
			r := e.with(e.describe(call{target: "/ping", headers: []string{"Authorization: " + basic(username, value), "X-Request-Id: same"}}), "/channel=http")
			got := ask(h, r)
			headers := got.Header()
			headers.Del("X-Request-Id")
			var b strings.Builder
			if err := headers.Write(&b); err != nil {
				t.Fatal(err)
			}
			return b.String() + got.Body.String()
		}
		wrong := answer("bob", "another secret")
		for _, username := range []string{"nobody", "kwu_00000000000000000000", "x"} {
			if got := answer(username, "another secret"); got != wrong {
				t.Errorf("%s as %s:\n%s\nand with a wrong secret:\n%s", e.name, username, got, wrong)
			}
		}
	}
}

// Guessing is slowed down with 429, and what the gate cannot judge is its own
// fault: 503, never a denial, and not counted.
func TestThrottledAndBusy(t *testing.T) {
	w := newFixture(t)
	w.addChosen("chosen", models.ChannelHTTP, "bob", chosenSecret)
	h := w.server()
	e := endpoints()[1]
	guess := func() (reason string, retry string) {
		r := e.with(e.describe(call{target: "/ping", headers: []string{"Authorization: " + basic("bob", "wrong guess")}}), "/channel=http")
		got := ask(h, r)
		return got.Header().Get("X-Keywicket-Reason"), got.Header().Get("Retry-After")
	}
	for range 10 {
		if reason, _ := guess(); reason != "key_unknown" {
			t.Fatalf("a wrong guess: %s", reason)
		}
	}
	if reason, retry := guess(); reason != "rate_limited" || retry != "60" {
		t.Errorf("one too many: %s, after %q", reason, retry)
	}
	s := &spy{answer: engine.Decision{Reason: engine.KeyUnknown, Busy: true}}
	for _, r := range []*http.Request{
		e.describe(call{target: "/ping"}), endpoints()[0].describe(call{target: "/ping"}),
	} {
		if got := ask(s.server(), r); got.Code != 503 || got.Header().Get("Retry-After") == "" {
			t.Errorf("busy: %d %s", got.Code, got.Body)
		}
	}
	if got := verify(s.server(), `{"username":"bob","key":"x"}`); got.Code != 503 {
		t.Errorf("busy: %d", got.Code)
	}
}

// Uses of previous credentials are counted in addition to those of the key.
func TestOldCredentialsAreCounted(t *testing.T) {
	w := newFixture(t)
	username, value := w.addPair("before", models.ChannelHTTP)
	hash := w.pairHash(models.ChannelHTTP, username, value)
	w.add("after", acme, func(k *engine.KeyData) {
		k.Key.Channel = models.ChannelHTTP
		k.Previous = []models.PreviousCredential{{ID: 77, Username: username, Hash: hash[:], EndsAt: noon.Add(3600e9)}}
	})
	w.Apply(engine.Delta{GoneKeys: []int64{w.next - 1}})
	h := w.server()
	for range 3 {
		r := endpoints()[0].with(endpoints()[0].describe(call{target: "/ping", headers: []string{"Authorization: " + basic(username, value)}}), "/channel=http")
		if got := ask(h, r); got.Code != 200 {
			t.Fatalf("%d %s", got.Code, got.Body)
		}
	}
	b := w.usage.Drain()
	if len(b.Previous) != 1 || b.Previous[0].PreviousID != 77 || b.Previous[0].Count != 3 || b.Previous[0].IP != outsider || b.Previous[0].API != "ping" || len(b.Last) != 1 {
		t.Errorf("%+v", b)
	}
}
