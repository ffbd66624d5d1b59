package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/web"
	"keywicket/web/webtest"
)

func (h *fixture) plainClient(t *testing.T) *webtest.Client {
	t.Helper()
	return webtest.New(t, h)
}

func TestCookie(t *testing.T) {
	for base, want := range map[string]struct {
		name   string
		secure bool
	}{
		"http://keywicket.test":  {"keywicket", false},
		"https://keywicket.test": {"__Host-keywicket", true},
	} {
		h := start(t, base)
		p := webtest.At(t, h, base).Send(http.MethodPost, "/in", url.Values{})
		cookies := (&http.Response{Header: p.Header}).Cookies()
		if len(cookies) != 2 || cookies[1].Name != want.name+"-device" {
			t.Fatalf("%s: cookies %v", base, cookies)
		}
		for _, c := range cookies {
			if c.Secure != want.secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
				t.Errorf("%s: cookie %+v", base, c)
			}
		}
		c := cookies[0]
		if c.Name != want.name {
			t.Errorf("%s: cookie %+v", base, c)
		}
		if len(c.Value) < 43 {
			t.Errorf("%s: a token of %d characters", base, len(c.Value))
		}
		if _, kept := h.db.sessions[c.Value]; kept {
			t.Errorf("%s: the token itself is in the database", base)
		}
	}
}

func TestFixation(t *testing.T) {
	h := start(t, "http://keywicket.test")
	c := h.plainClient(t)
	c.SetCookie("keywicket", "planted")
	c.Post("/in", url.Values{})
	first := c.Cookie("keywicket")
	if first == "planted" || first == "" {
		t.Fatalf("the planted token was kept: %q", first)
	}
	c.Post("/in", url.Values{})
	if second := c.Cookie("keywicket"); second == first {
		t.Error("a second sign-in kept the token")
	}
	if len(h.db.sessions) != 1 {
		t.Errorf("%d sessions after a second sign-in, want 1", len(h.db.sessions))
	}
	c.SetCookie("keywicket", first)
	if p := c.Send(http.MethodGet, "/me", nil); p.Status != http.StatusSeeOther {
		t.Errorf("the token from before the second sign-in still works: %d", p.Status)
	}
}

func TestReplayAfterSignOut(t *testing.T) {
	h := start(t, "http://keywicket.test")
	c := h.signedIn(t)
	token := c.Cookie("keywicket")
	c.Post("/out", url.Values{})
	if c.Cookie("keywicket") != "" {
		t.Error("the browser still holds the cookie")
	}
	c.SetCookie("keywicket", token)
	if p := c.Send(http.MethodGet, "/me", nil); p.Status != http.StatusSeeOther {
		t.Errorf("the old token got %d", p.Status)
	}
}

func TestSessionEnds(t *testing.T) {
	t.Run("without use", func(t *testing.T) {
		h := start(t, "http://keywicket.test")
		c := h.signedIn(t)
		h.clock = h.clock.Add(web.SessionIdle - time.Second)
		if p := c.Get("/me"); p.Body != "Ada King" {
			t.Fatalf("ended too early: %d", p.Status)
		}
		h.clock = h.clock.Add(web.SessionIdle)
		if p := c.Send(http.MethodGet, "/me", nil); p.Status != http.StatusSeeOther {
			t.Errorf("still there: %d", p.Status)
		}
		if len(h.db.sessions) != 0 {
			t.Error("the row is still there")
		}
	})
	t.Run("absolutely", func(t *testing.T) {
		h := start(t, "http://keywicket.test")
		c := h.signedIn(t)
		began := h.clock
		for h.clock.Sub(began) < web.SessionAbsolute-time.Hour {
			if p := c.Get("/me"); p.Body != "Ada King" {
				t.Fatalf("ended after %v: %d", h.clock.Sub(began), p.Status)
			}
			h.clock = h.clock.Add(time.Hour)
		}
		h.clock = began.Add(web.SessionAbsolute)
		if p := c.Send(http.MethodGet, "/me", nil); p.Status != http.StatusSeeOther {
			t.Errorf("still there: %d", p.Status)
		}
	})
}

func TestSessionFaultDoesNotSignOut(t *testing.T) {
	h := start(t, "http://keywicket.test")
	c := h.signedIn(t)
	h.db.fail = errors.New("disk on fire")
	p := c.Get("/me")
	if p.Status != http.StatusInternalServerError {
		t.Errorf("got %d", p.Status)
	}
	if strings.Contains(p.Body, "on fire") {
		t.Error("the cause is on the page")
	}
	h.db.fail = nil
	if p := c.Get("/me"); p.Body != "Ada King" {
		t.Errorf("afterwards: %d", p.Status)
	}
}

// With a full disk people still see their pages: the session is only read.
func TestReadingGoesOnWhenNothingCanBeWritten(t *testing.T) {
	h := start(t, "http://keywicket.test")
	c := h.signedIn(t)
	h.clock = h.clock.Add(time.Hour)
	h.db.failTouch = models.Refuse(models.CodeUnavailable, "", "errors.unavailable")
	if p := c.Get("/me"); p.Body != "Ada King" {
		t.Errorf("got %d", p.Status)
	}
	if !strings.Contains(h.log.String(), "store when the session was last seen") {
		t.Error("the fault is not in the log")
	}
}

// A session that ends during a request does not let that request in.
func TestSessionEndsDuringARequest(t *testing.T) {
	h := start(t, "http://keywicket.test")
	c := h.signedIn(t)
	h.clock = h.clock.Add(time.Hour)
	h.db.failTouch = models.Refuse(models.CodeNotFound, "", "errors.session.not_found")
	if p := c.Send(http.MethodGet, "/me", nil); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Header.Get("Location"), "/login") {
		t.Errorf("got %d to %q, want the sign-in page", p.Status, p.Header.Get("Location"))
	}
}

// Flashes wait for the next page that shows them, through requests that do not,
// and are shown once, in order.
func TestFlashesWaitForAPage(t *testing.T) {
	h := start(t, "http://keywicket.test",
		web.Post("/say", "say", web.SignedIn(), func(c *web.Context) error {
			return errors.Join(c.Flash("ok", "one"), c.Flash("bad", "two"), c.Goto("/me"))
		}),
		web.Get("/shown", "shown", web.SignedIn(), func(c *web.Context) error {
			return c.String(http.StatusOK, fmt.Sprint(c.Chrome("", "").Flash))
		}))
	c := h.signedIn(t)
	c.Post("/say", url.Values{})
	h.clock = h.clock.Add(time.Hour) // the next request stores when the session was last seen
	c.Get("/me")
	if p := c.Get("/shown"); p.Body != "[{ok one} {bad two}]" {
		t.Errorf("shown: %s", p.Body)
	}
	if p := c.Get("/shown"); p.Body != "[]" {
		t.Errorf("shown again: %s", p.Body)
	}
}
