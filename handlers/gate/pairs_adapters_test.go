package gate_test

import (
	"net/http"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/engine"
)

// Pairs by introspection: user name and secret apart, or in the token with a
// colon between them; in their own channel alone.
func TestIntrospectPairs(t *testing.T) {
	w := newFixture(t)
	username, value := w.addPair("generated", models.ChannelEmail)
	w.addChosen("chosen", models.ChannelEmail, "Bob.Mail", chosenSecret)
	h := w.server()
	for _, tt := range []struct {
		user, secret, channel string
		active                bool
	}{
		{username, value, "email", true},
		{strings.ToUpper(username), value, "email", true},
		{"bob.mail", chosenSecret, "email", true},
		{username, value, "ftp", false},
		{username, value, "", false},
		{"bob.mail", chosenSecret + "!", "email", false},
		{"bob.mail", value, "email", false},
		{"", value, "email", false},
	} {
		for _, pairs := range [][]string{
			{"token", tt.secret, "username", tt.user}, {"token", tt.user + ":" + tt.secret},
			{"grant_type", "password", "username", tt.user, "password", tt.secret},
		} {
			path := "/oauth/introspect"
			if pairs[0] == "grant_type" {
				path = "/auth/dovecot"
				if tt.channel == "" {
					continue // Email without an option there
				}
			}
			got := ask(h, form(path, append(pairs, "channel", tt.channel)...))
			if path == "/auth/dovecot" && tt.channel != "email" {
				got = ask(h, form(path+"/channel="+tt.channel, pairs...))
			}
			body := got.Body.String()
			if strings.Contains(body, `"active":true`) != tt.active || tt.active && !strings.Contains(body, `"username":"`+strings.ToLower(tt.user)+`"`) {
				t.Errorf("%s as %s in %q: %d %s", path, tt.user, tt.channel, got.Code, body)
			}
			if strings.Contains(body, tt.secret) {
				t.Errorf("%s tells the secret: %s", path, body)
			}
		}
	}
	if log := w.log.String(); strings.Contains(log, value) || strings.Contains(log, chosenSecret) {
		t.Error("a secret is in the log")
	}
}

func TestEnvoyGRPCPairs(t *testing.T) {
	w := newFixture(t)
	username, value := w.addPair("generated", models.ChannelHTTP)
	client := dialGate(t, w.listen())
	for _, headers := range [][]string{
		{"Authorization: " + basic(username, value)}, {"X-API-Key: " + username, "X-API-Secret: " + value},
	} {
		c := call{target: "/ping", headers: headers}
		if got := check(t, client, extended(c.checked(), "/channel=http")); got.GetOkResponse() == nil {
			t.Errorf("%q: %v", headers, got)
		}
		checkDeniedResponse(t, engine.ChannelDenied, check(t, client, c.checked()))
	}
}

// What the gate cannot judge is a fault of its own everywhere.
func TestBusyIsNoDenial(t *testing.T) {
	s := &spy{answer: engine.Decision{Reason: engine.KeyUnknown, Busy: true}}
	h := s.server()
	for _, r := range []*http.Request{
		form("/oauth/introspect", "token", "a:b"), form("/auth/dovecot", "grant_type", "password", "username", "a", "password", "b"),
		call{target: "/ping"}.toEnvoy(), endpoints()[2].describe(call{target: "/ping"}),
	} {
		if got := ask(h, r); got.Code != 503 || strings.Contains(got.Body.String(), "active") {
			t.Errorf("%s: %d %s", r.URL.Path, got.Code, got.Body)
		}
	}
	got := check(t, dialGate(t, listenTo(t, h)), call{target: "/ping"}.checked()).GetDeniedResponse()
	if got.GetStatus().GetCode() != 503 || strings.Contains(got.GetBody(), "key") {
		t.Errorf("gRPC: %v", got)
	}
}

// Mail clients sign in to the real Dovecot with user name and secret.
func TestRealDovecotPairs(t *testing.T) {
	w := newFixture(t)
	username, value := w.addPair("generated", models.ChannelEmail)
	w.addChosen("chosen", models.ChannelEmail, "Bob.Mail", chosenSecret)
	ftpName, ftpValue := w.addPair("ftp", models.ChannelFTP)
	offName, offValue := w.addPair("off", models.ChannelEmail)
	w.Apply(engine.Delta{GoneKeys: []int64{w.next}})
	listed, listedValue := w.addPair("listed", models.ChannelEmail)
	w.Apply(engine.Delta{GoneKeys: []int64{w.next}}) // and again, with a whitelist
	hash := w.pairHash(models.ChannelEmail, listed, listedValue)
	w.add("listed", acme, func(k *engine.KeyData) {
		k.Key.Channel, k.Key.Username, k.Key.Hash, k.IPs = models.ChannelEmail, listed, hash[:], []string{insider}
	})
	addr := startDovecot(t, w.listen())
	for mechanism, command := range mechanisms() {
		token := strings.Contains(mechanism, "OAUTH")
		for _, c := range []struct{ name, user, secret, from, want string }{
			{"generated", username, value, "", ""},
			{"generated, other case", strings.ToUpper(username), value, "", ""},
			{"chosen", "bob.mail", chosenSecret, "", ""},
			{"wrong secret", "bob.mail", "wrong " + chosenSecret, "127.0.0.3", imapWrong},
			{"another channel", ftpName, ftpValue, "", imapWrong},
			{"gone", offName, offValue, "", imapWrong},
			{"from the whitelist", listed, listedValue, insider, ""},
			{"from elsewhere", listed, listedValue, "127.0.0.2", imapWrong},
		} {
			t.Run(mechanism+" "+c.name, func(t *testing.T) {
				t.Parallel()
				secret := c.secret
				if token {
					secret = strings.ToLower(c.user) + ":" + c.secret
				}
				if got := (imapLogin{command(c.user, secret), c.from}).try(t, addr); got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
			})
		}
	}
}

// A pair through the real HAProxy, by both carriers.
func TestRealHAProxyPairs(t *testing.T) {
	w := newFixture(t)
	username, value := w.addPair("generated", models.ChannelHTTP)
	p := startHAProxy()(t, w.listen(), upstream(t), "/channel=http")
	for _, headers := range [][]string{
		{"Authorization: " + basic(username, value)}, {"X-API-Key: " + username, "X-API-Secret: " + value},
	} {
		got := call{target: "/ping", headers: headers}.send(t, p.addr)
		if got.status != 200 || got.seen(t).get(t, "X-Keywicket-Key") != w.sid["generated"] {
			t.Errorf("%q: %d %s", headers, got.status, got.body)
		}
	}
}
