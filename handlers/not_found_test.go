package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"keywicket/models/storetest"
)

// TestNotFoundKeepsThePanel checks that a signed-in user keeps the left panel
// at an address that does not exist.
func TestNotFoundKeepsThePanel(t *testing.T) {
	a, w := newFixture(t)
	other := storetest.SeedOther(t, a.store, "Other")
	c := a.as(t, w.Owner.ID)
	for _, address := range []string{"/a/acme/nowhere", "/a/acme/keys/01JNOWHERE", "/a/acme", "/nowhere", "/a/other/keys", "/a/other/nowhere", "/a/"} {
		p := c.Get(address)
		if p.Status != http.StatusNotFound || !p.Has("#panel nav a[href='/a/acme/keys']") || p.Text(".account-name") != "Acme" {
			t.Errorf("%s: %d, with the panel %q", address, p.Status, p.Text("#panel"))
		}
		if strings.Contains(p.Body, other.Account.Name) {
			t.Errorf("%s tells of another account", address)
		}
	}
	if home := c.Get("/a/acme/nowhere").Find(".error-page a").AttrOr("href", ""); home != "/a/acme/keys" {
		t.Errorf("it leads on to %s", home)
	}
	if p := c.Send(http.MethodPost, "/a/acme/plugins/new", nil); p.Status != http.StatusMethodNotAllowed || !p.Has("#panel nav") {
		t.Errorf("another method: %d", p.Status)
	}
	if p := a.visitor(t).Get("/a/acme/nowhere"); p.Status != http.StatusNotFound || p.Has("#panel") || strings.Contains(p.Body, "Acme") {
		t.Errorf("a visitor gets %d %s", p.Status, p.Text("body"))
	}
	// A user of two accounts stays in the account that the address names.
	storetest.Join(t, a.store, other.Account, w.Owner, "member")
	if p := c.Get("/a/other/nowhere"); p.Text(".account-name") != "Other" {
		t.Errorf("in the other account: %q", p.Text(".account-name"))
	}
}
