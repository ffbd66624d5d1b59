package handlers_test

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"

	"keywicket/handlers/page"

	"strings"
	"sync"
	"testing"
	"time"

	"keywicket/handlers"
	"keywicket/models"
	"keywicket/models/engine"
	"keywicket/models/secret"
	"keywicket/models/store"
	"keywicket/models/storetest"
	"keywicket/models/verifier"
	"keywicket/views"
	"keywicket/views/i18n"
	"keywicket/web"
	"keywicket/web/webtest"
)

// password is the password of every user in the tests.
const password = "four unrelated words here"

// app is the whole console on a real database, with its clock, mail and log.
type app struct {
	*web.Server
	store  *store.Store
	engine *engine.Engine
	log    *lockedBuffer
	mail   *outbox
	routes []web.Route

	db       *sql.DB // opened by the first snapshot
	admitted func()  // when not nil, runs once, between a request's admission and its work

	mu    sync.Mutex
	clock time.Time
}

// lockedBuffer is a log that handlers and the test can use concurrently.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write appends p to the log.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String returns the log so far.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// newApp starts a console without an owner.
func newApp(t testing.TB) *app {
	t.Helper()
	return newAppWith(t, secret.NewPasswords(4))
}

// newAppWith starts a console without an owner, with the given passwords and
// changed dependencies.
func newAppWith(t testing.TB, passwords page.Passwords, change ...func(*handlers.Deps)) *app {
	t.Helper()
	a := &app{clock: time.Now().UTC().Truncate(time.Second), log: &lockedBuffer{}, mail: &outbox{}}
	a.store = storetest.New(t, storetest.WithNow(a.now))
	a.db = storetest.DB(t, a.store) // until the test ends, whichever part of it asks first
	checker := verifier.New(a.store.Hasher(), a.now)
	a.engine = engine.New(a.store.Hasher().Hash, secret.WellFormed, a.now).WithPairs(checker)
	if err := a.store.AttachGate(t.Context(), a.engine); err != nil {
		t.Fatal(err)
	}
	words, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	deps := handlers.Deps{Store: a.store, Passwords: passwords, Engine: a.engine, Mail: a.mail, BaseURL: "http://keywicket.test", Later: a.mail.later, Gate: views.GateAddress{URL: "http://127.0.0.1:8081"}}
	for _, f := range change {
		f(&deps)
	}
	a.routes = handlers.Routes(deps)
	for i, r := range a.routes {
		a.routes[i].Handler = func(c *web.Context) error {
			if f := a.admitted; f != nil {
				a.admitted = nil
				f()
			}
			return r.Handler(c)
		}
	}
	base, err := url.Parse(deps.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	a.Server, err = web.New(web.Config{
		Log: slog.New(slog.NewJSONHandler(a.log, nil)), Store: a.store, I18n: words, Now: a.now, BaseURL: base,
	}, a.routes)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// now returns the console's time.
func (a *app) now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.clock
}

// pass moves the console's clock forward.
func (a *app) pass(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.clock = a.clock.Add(d)
}

// newFixture starts a console with the account Acme, whose owner ada@example.com
// has the password of the tests.
func newFixture(t testing.TB) (*app, storetest.Fixture) {
	t.Helper()
	a := newApp(t)
	return a, seedAda(t, a)
}

// seedAda creates the account Acme and its owner.
func seedAda(t testing.TB, a *app) storetest.Fixture {
	t.Helper()
	hash, err := secret.NewPasswords(1).Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	return storetest.SeedOwner(t, a.store, models.NewOwner{
		AccountName: "Acme", Name: "Ada King", Email: "ada@example.com", PasswordHash: hash, Preset: true,
	})
}

// as returns a browser in which the user is signed in, without running the slow
// hash of a sign-in.
func (a *app) as(t testing.TB, userID int64) *webtest.Client {
	t.Helper()
	token, id, err := secret.NewToken(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := a.now()
	storetest.SignIn(t, a.store, models.Session{ID: id, UserID: userID, CreatedAt: now, SeenAt: now, ReauthAt: &now, ExpiresAt: now.Add(web.SessionAbsolute)})
	c := webtest.New(t, a)
	c.SetCookie(web.CookieName(false), token)
	return c
}

// visitor returns a browser in which nobody is signed in.
func (a *app) visitor(t testing.TB) *webtest.Client { return webtest.New(t, a) }

// signIn signs in on the sign-in page.
func signIn(c *webtest.Client, email, pw string) *webtest.Page {
	return c.Get("/login").Form(`form[action="/login"]`).Set("email", email).Set("password", pw).Submit()
}

// signedIn reports whether the browser's session is valid.
func signedIn(c *webtest.Client) bool { return c.Get("/profile").URL == "/profile" }

// snapshot returns every row of the database, except for sessions, visits and
// attempts, which reading pages may change.
func (a *app) snapshot(t testing.TB) string {
	t.Helper()
	db := a.db
	tables := column(t, db, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	var out strings.Builder
	for _, table := range tables {
		if table == "sessions" || table == "visits" || table == "attempts" || table == "signin_steps" {
			continue
		}
		for _, row := range rows(t, db, "SELECT * FROM "+table) {
			fmt.Fprintf(&out, "%s %s\n", table, row)
		}
	}
	return out.String()
}

// count returns the number that a query returns.
func (a *app) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := storetest.DB(t, a.store).QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// column returns the first column of a query's rows.
func column(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	r, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var out []string
	for r.Next() {
		var s string
		if err := r.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// rows returns a query's rows as text.
func rows(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	r, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	names, err := r.Columns()
	err = errors.Join(err, r.Err())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var out []string
	for r.Next() {
		values := make([]any, len(names))
		for i := range values {
			values[i] = new(any)
		}
		if err := r.Scan(values...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(values))
		for i, v := range values {
			row[i] = fmt.Sprintf("%v", *v.(*any))
		}
		out = append(out, strings.Join(row, "|"))
	}
	slices.Sort(out)
	return out
}

// ids returns the IDs of a fixture's things by the names of the route parameters
// that stand for them.
func ids(t testing.TB, a *app, w storetest.Fixture) map[string]string {
	t.Helper()
	key := storetest.SeedKeys(t, a.store, w.Who, 1)[0]
	plugin, err := a.store.AddPlugin(t.Context(), w.Who, models.NewPlugin{PluginID: "form-event", KeySid: key.Sid})
	if err != nil {
		t.Fatal(err)
	}
	rule, err := a.store.AddKeyIP(t.Context(), w.Who, key.Sid, "10.1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	person := storetest.SeedMember(t, a.store, w.Account, "Mo of "+w.Account.Slug, "mo@"+w.Account.Slug+".example", models.RoleMember)
	invitation, _, err := a.store.Invite(t.Context(), w.Who, models.NewInvitation{Role: models.RoleMember})
	if err != nil {
		t.Fatal(err)
	}
	below := "none"
	if !w.Account.Sub() {
		below = storetest.SeedSubaccount(t, a.store, w, "Below "+w.Account.Name).Account.Slug
	}
	return map[string]string{
		"sub":     below,
		"members": fmt.Sprint(person.UserID), "invitations": fmt.Sprint(invitation.ID),
		"account": w.Account.Slug, "sid": key.Sid, "rule": rule,
		"plugins": fmt.Sprint(plugin.ID),
		"apps":    fmt.Sprint(w.Apps[0].ID), "families": fmt.Sprint(w.Families[0].ID), "apis": fmt.Sprint(w.Families[0].APIs[0].ID),
	}
}

// path fills in a route's pattern. A parameter that is not in with is looked up
// by the segment before it: apps/:id is an app.
func path(t testing.TB, pattern string, with map[string]string) string {
	t.Helper()
	segments := strings.Split(pattern, "/")
	for i, s := range segments {
		name, isParam := strings.CutPrefix(s, ":")
		if !isParam {
			continue
		}
		value, ok := with[name]
		if !ok && i > 0 {
			value, ok = with[strings.TrimPrefix(segments[i-1], ":")]
		}
		if !ok {
			value = "1"
		}
		segments[i] = url.PathEscape(value)
	}
	return strings.Join(segments, "/")
}

// with returns a copy of m with one more value.
func with(m map[string]string, name, value string) map[string]string {
	m = maps.Clone(m)
	m[name] = value
	return m
}
