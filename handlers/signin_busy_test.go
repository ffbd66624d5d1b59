package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"keywicket/handlers/page"

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/turns"
)

// busy is Passwords whose queue is full while full is set. It records who waits
// in the queue.
type busy struct {
	page.Passwords
	full    bool
	clients []turns.Client
}

// Verify records the client, and refuses while the queue is full.
func (b *busy) Verify(ctx context.Context, hash, typed string) (bool, error) {
	b.clients = append(b.clients, turns.ClientOf(ctx))
	if b.full {
		return false, models.Refuse(models.CodeUnavailable, "", "errors.busy").Because(turns.ErrBusy)
	}
	return b.Passwords.Verify(ctx, hash, typed)
}

// TestSignInWhenTooManyWait checks that a sign-in while the queue is full gets
// the answer that the console is busy and when to try again, and does not count
// as a wrong password or an attempt.
func TestSignInWhenTooManyWait(t *testing.T) {
	b := &busy{Passwords: secret.NewPasswords(1), full: true}
	a := newAppWith(t, b)
	seedAda(t, a)
	for range 30 { // more than there are guesses
		for _, email := range []string{"ada@example.com", "eve@example.com"} {
			p := signIn(a.visitor(t), email, password)
			if p.Status != http.StatusServiceUnavailable || p.Header.Get("Retry-After") == "" || !strings.Contains(p.Body, "The console is busy") {
				t.Fatalf("%s: %d, Retry-After %q: %s", email, p.Status, p.Header.Get("Retry-After"), p.Body)
			}
		}
	}
	b.full = false
	if p := signIn(a.visitor(t), "ada@example.com", password); p.Status != http.StatusOK || p.Find("nav[aria-label=Main]").Length() != 1 {
		t.Errorf("afterwards: %d", p.Status)
	}
}

// TestWhoWaits checks that visitors wait as their network, and that signed-in
// users go first.
func TestWhoWaits(t *testing.T) {
	b := &busy{Passwords: secret.NewPasswords(1)}
	a := newAppWith(t, b)
	w := seedAda(t, a)
	signIn(a.visitor(t), "ada@example.com", "wrong wrong wrong")
	c := a.as(t, w.Owner.ID)
	c.Send(http.MethodPost, "/profile/password", map[string][]string{"current": {"wrong wrong wrong"}, "password": {"another otter lamp 7"}, "password_again": {"another otter lamp 7"}})
	if len(b.clients) != 2 {
		t.Fatalf("%d passwords were tried", len(b.clients))
	}
	for i, lane := range []turns.Lane{turns.Fresh, turns.Known} {
		if got := b.clients[i]; got.Lane != lane || !got.Network.IsValid() {
			t.Errorf("try %d waits as %+v", i, got)
		}
	}
}
