package web_test

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"keywicket/models"
	"keywicket/views/i18n"
	"keywicket/web"
	"keywicket/web/webtest"

	"github.com/a-h/templ"
)

// memory is a web.Store in maps.
type memory struct {
	mu       sync.Mutex
	sessions map[string]models.Session
	users    map[int64]models.User
	member   models.Member
	fail     error // returned by Session when set

	failTouch error // returned by TouchSession when set
}

func (m *memory) SignIn(_ context.Context, in models.SignIn) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, in.Replaces)
	m.sessions[in.Session.ID] = in.Session
	return nil
}

func (m *memory) NewDevice(int64) string { return "device" }

func (m *memory) KnowsDevice(_ int64, token string) bool { return token == "device" }

func (m *memory) Session(_ context.Context, id string) (models.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return models.Session{}, m.fail
	}
	s, ok := m.sessions[id]
	if !ok {
		return s, models.Refuse(models.CodeNotFound, "", "errors.not_found")
	}
	return s, nil
}

func (m *memory) TouchSession(_ context.Context, id string, seen time.Time, values []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failTouch != nil {
		return m.failTouch
	}
	if s, ok := m.sessions[id]; ok {
		s.SeenAt, s.Values = seen, values
		m.sessions[id] = s
	}
	return nil
}

func (m *memory) MarkReauth(_ context.Context, id string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sessions[id]
	s.ReauthAt = &at
	m.sessions[id] = s
	return nil
}

func (m *memory) DeleteSession(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, id)
	return nil
}

func (m *memory) SignOut(ctx context.Context, who models.Actor) error {
	return m.DeleteSession(ctx, who.SessionID)
}

func (m *memory) SignOutEverywhere(_ context.Context, who models.Actor) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.sessions, func(_ string, s models.Session) bool { return s.UserID == who.UserID })
	return nil
}

func (m *memory) User(_ context.Context, id int64) (models.User, error) {
	u, ok := m.users[id]
	if !ok {
		return u, models.Refuse(models.CodeNotFound, "", "errors.not_found")
	}
	return u, nil
}

func (m *memory) AccountFor(_ context.Context, slug string, userID int64) (models.Account, models.Member, error) {
	if slug != "acme" || userID != m.member.UserID {
		return models.Account{}, models.Member{}, models.Refuse(models.CodeNotFound, "", "errors.not_found")
	}
	return acme(), m.member, nil
}

func (m *memory) AccountsOf(_ context.Context, userID int64) ([]models.Membership, error) {
	if userID != m.member.UserID {
		return nil, nil
	}
	return []models.Membership{{Account: acme(), Role: m.member.Role}}, nil
}

func (m *memory) LastAccount(_ context.Context, userID int64) (string, error) {
	if userID != m.member.UserID {
		return "", nil
	}
	return "acme", nil
}

func (m *memory) Visit(context.Context, int64, int64) error { return nil }

func (m *memory) NavCounts(context.Context, models.Actor) (models.NavCounts, error) {
	return models.NavCounts{Keys: 3}, nil
}

func acme() models.Account { return models.Account{ID: 7, Slug: "acme", Name: "Acme"} }

// fixture is a server with its store, its clock and its log.
type fixture struct {
	*web.Server
	db    *memory
	log   *bytes.Buffer
	clock time.Time
}

// start returns a server with the routes of the test, and routes to sign in
// (POST /in) and out (POST /out).
func start(t *testing.T, base string, routes ...web.Route) *fixture {
	t.Helper()
	h := &fixture{
		db: &memory{
			sessions: map[string]models.Session{},
			users:    map[int64]models.User{1: {ID: 1, Name: "Ada King", Email: "ada@example.com"}, 2: {ID: 2, Name: "Eve"}},
			member:   models.Member{AccountID: 7, UserID: 1, Role: models.RoleMember},
		},
		log: &bytes.Buffer{}, clock: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
	}
	words, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	routes = append(routes,
		web.Post("/in", "in", web.Public(), func(c *web.Context) error {
			if err := c.SignIn(h.db.users[1], ""); err != nil {
				return err
			}
			return c.Goto("/me")
		}),
		web.Post("/out", "out", web.SignedIn(), func(c *web.Context) error {
			if err := c.SignOut(); err != nil {
				return err
			}
			return c.Goto("/hello")
		}),
		web.Get("/me", "me", web.SignedIn(), func(c *web.Context) error { return c.String(http.StatusOK, c.User.Name) }),
		web.Get("/hello", "hello", web.Public(), func(c *web.Context) error { return c.String(http.StatusOK, "hello") }),
	)
	h.Server, err = web.New(web.Config{
		Log: slog.New(slog.NewJSONHandler(h.log, nil)), Store: h.db, I18n: words, BaseURL: address,
		Now: func() time.Time { return h.clock },
	}, routes)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// signedIn returns a browser in which Ada is signed in.
func (h *fixture) signedIn(t *testing.T) *webtest.Client {
	t.Helper()
	c := webtest.New(t, h)
	if p := c.Post("/in", url.Values{}); p.Status != http.StatusOK || p.Body != "Ada King" {
		t.Fatalf("signing in gave %d %q", p.Status, p.Body)
	}
	return c
}

func text(s string) templ.Component { return templ.Raw(s) }
