package handlers_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"keywicket/models"
	"keywicket/models/storetest"
	"keywicket/web"
)

// loss is a way to lose the rights that a form was submitted with.
type loss struct {
	name   string
	atOnce bool // also tried between admission and work, where the others are the same to the store
	lose   func(*testing.T, sender) error
}

const onceAdmitted = "once admitted"

// losses returns every way to lose rights.
func losses() []loss {
	leave := models.Departure{Keys: models.KeysLeave}
	return []loss{
		{"removed", true, func(t *testing.T, s sender) error {
			t.Helper()
			return s.a.store.RemoveMember(t.Context(), s.w.Who, s.who.UserID, leave)
		}},
		{"disabled", false, func(t *testing.T, s sender) error {
			t.Helper()
			return s.a.store.DisableMember(t.Context(), s.w.Who, s.who.UserID, leave)
		}},
		{"demoted", true, func(t *testing.T, s sender) error {
			t.Helper()
			return s.a.store.SetMemberRole(t.Context(), s.w.Who, s.who.UserID, models.RoleMember, models.Departure{Keys: models.KeysLeave})
		}},
		{"signed out everywhere", false, func(t *testing.T, s sender) error {
			t.Helper()
			return s.a.store.SignOutEverywhere(t.Context(), models.Actor{UserID: s.who.UserID})
		}},
		{"given another password by the operator", false, func(t *testing.T, s sender) error {
			t.Helper()
			_, err := s.a.store.ResetPassword(t.Context(), s.who.UserID, "another hash")
			return err
		}},
		{"locked out", true, func(t *testing.T, s sender) error {
			t.Helper()
			_, err := storetest.DB(t, s.a.store).ExecContext(t.Context(), "UPDATE users SET disabled_at = created_at WHERE id = ?", s.who.UserID)
			return err
		}},
	}
}

// keeps reports whether a Member may use the route anyway, so that losing the
// role does not matter.
func (l loss) keeps(r web.Route) bool {
	p := r.Access.Permission()
	return l.name == "demoted" && (p == "" || models.RoleMember.Can(p) && !strings.Contains(r.Path, ":sid"))
}

// held is a body whose last byte arrives after before has run.
type held struct {
	io.Reader
	last   string
	before func()
}

// Read returns the body, and runs before in front of its last byte.
func (h *held) Read(p []byte) (int, error) {
	if n, err := h.Reader.Read(p); n > 0 || err == nil {
		return n, nil
	}
	if h.before != nil {
		h.before()
		h.before = nil
		h.Reader = strings.NewReader(h.last)
		return h.Reader.Read(p)
	}
	return 0, io.EOF
}

// TestRightsThatAreLostMeanwhile checks that rights count when the work begins:
// a form whose last byte is held back, or that waits after it was admitted,
// does nothing with rights that were lost meanwhile.
func TestRightsThatAreLostMeanwhile(t *testing.T) {
	if raceEnabled {
		t.Skip("a long walk over all routes: the race detector finds nothing in it that other tests do not run")
	}
	a, w := newFixture(t)
	things := ids(t, a, w)
	all, n := forms(), 0
	for _, r := range unsafeRoutes(a) {
		prepare, changes := all[r.Name]
		if !changes && (unformed()[r.Name] || r.Access.IsPublic()) {
			continue
		}
		if !changes {
			t.Errorf("%s has no form: add one to forms", r.Name)
			continue
		}
		for _, l := range losses() {
			if l.keeps(r) {
				continue
			}
			for _, when := range []string{"while the body is held back", onceAdmitted} {
				if when == onceAdmitted && !l.atOnce {
					continue
				}
				n++
				s := newSender(t, a, w, things, "sam"+itoa(int64(n))+"@example.com")
				s.loses(t, r, prepare(t, s), l, when)
			}
		}
	}
	t.Logf("%d forms sent", n)
}

// loses submits the form, takes the sender's rights while the form is under
// way, and checks that it changes nothing.
func (s sender) loses(t *testing.T, r web.Route, f form, l loss, when string) {
	t.Helper()
	var before string
	lose := func() {
		if err := l.lose(t, s); err != nil {
			t.Fatalf("%s: %v", l.name, err)
		}
		before = s.a.snapshot(t)
	}
	req := s.request(t, r, f)
	reached := false
	if when == onceAdmitted {
		s.a.admitted = lose
	} else {
		s.a.admitted = func() { reached = true }
		body := f.fields.Encode() + "&x=1"
		req.Body = io.NopCloser(&held{strings.NewReader(body[:len(body)-1]), body[len(body)-1:], lose})
		req.ContentLength = int64(len(body))
	}
	p := s.window.Do(req)
	s.a.admitted = nil
	what := r.Name + " by somebody " + l.name + " " + when
	switch {
	case before == "":
		t.Errorf("%s: nothing was lost", what)
	case reached && !r.Access.IsPublic() && (l.name != "demoted" || !models.RoleMember.Can(r.Access.Permission())):
		t.Errorf("%s was let in", what)
	case s.a.snapshot(t) != before:
		t.Errorf("%s changed something", what)
	case aValue.MatchString(p.Body):
		t.Errorf("%s got a value", what)
	case p.Status == http.StatusOK:
		t.Errorf("%s got %d", what, p.Status)
	case l.name != "demoted" && signedIn(s.window):
		t.Errorf("%s is signed in", what)
	}
}

// request returns the request that submits the form.
func (s sender) request(t *testing.T, r web.Route, f form) *http.Request {
	t.Helper()
	names := map[string]string{}
	for k, v := range s.things {
		names[k] = v
	}
	for k, v := range f.path {
		names[k] = v
	}
	to := path(t, r.Path, names)
	return s.window.Request(r.Method, to, s.window.Made(to, f.fields))
}
