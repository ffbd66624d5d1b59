// Package storetest provides tests with migrated databases and realistic data.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver of DB

	"keywicket/models"
	"keywicket/models/secret"
	"keywicket/models/store"
)

// Fixture holds an account with its owner, apps and catalogue.
type Fixture struct {
	Account  models.Account
	Owner    models.User
	Who      models.Actor   // the owner as an actor
	Sub      models.Account // a sub-account, if the test created one
	Apps     []models.App
	Families []models.FamilyRow
}

// Options returns the options of a new database and a new master key file, in a folder that is removed with the test.
func Options(t testing.TB) store.Options {
	t.Helper()
	dir := t.TempDir()
	keyFile := filepath.Join(dir, "master.key")
	ring, err := secret.CreateKeyringFile(keyFile)
	if err != nil {
		t.Fatalf("make a master key: %v", err)
	}
	return store.Options{Path: filepath.Join(dir, "keywicket.db"), Box: secret.NewBox(keyFile, ring)}
}

// New returns an empty store that is closed with the test. change alters its options, such as the clock.
func New(t testing.TB, change ...func(*store.Options)) *store.Store {
	t.Helper()
	o := Options(t)
	for _, f := range change {
		f(&o)
	}
	return Open(t, o)
}

// Open returns an open store that is closed with the test.
func Open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open a store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}

// WithNow returns an option for New that sets the clock of the store.
func WithNow(now func() time.Time) func(*store.Options) {
	return func(o *store.Options) { o.Now = now }
}

// Seed creates the first account, "Acme" with the slug acme: its owner olivia@example.com without a password, the
// preset catalogue, and three apps.
func Seed(t testing.TB, s *store.Store) Fixture {
	t.Helper()
	return SeedOwner(t, s, models.NewOwner{
		AccountName: "Acme", Name: "Olivia Owner", Email: "olivia@example.com", PasswordHash: "-", Preset: true,
	})
}

// SeedOwner is Seed with an account and an owner of the caller's choice.
func SeedOwner(t testing.TB, s *store.Store, o models.NewOwner) Fixture {
	t.Helper()
	u, a, err := s.CreateOwner(t.Context(), "", o)
	if err != nil {
		t.Fatalf("make the owner: %v", err)
	}
	return Fill(t, s, Fixture{Account: a, Owner: u, Who: actor(a, u, models.RoleOwner)})
}

// SeedOther creates one more account with an owner, the preset catalogue, and three apps whose app ids are those of
// every other account.
func SeedOther(t testing.TB, s *store.Store, name string) Fixture {
	t.Helper()
	u := SeedUser(t, s, "Owner of "+name, fmt.Sprintf("owner-%d@example.org", time.Now().UnixNano()))
	a := models.Account{
		Slug: models.Slugify(name), Name: name, Status: models.AccountActive, KeyVisibility: models.Revealable,
		ErrorDialect: models.DialectProblem, CreatedAt: time.Now().UTC(),
	}
	a.ID = insert(t, s, `INSERT INTO accounts (slug, name, status, key_visibility, pass_unknown_apis, key_in_query,
		error_dialect, rate_per_second, created_at) VALUES (?, ?, ?, ?, 0, 0, ?, 0, ?)`,
		a.Slug, a.Name, a.Status, a.KeyVisibility, a.ErrorDialect, a.CreatedAt)
	w := Fixture{Account: a, Owner: u, Who: Join(t, s, a, u, models.RoleOwner)}
	if _, err := s.ApplyPreset(t.Context(), w.Who); err != nil {
		t.Fatalf("fill the catalogue: %v", err)
	}
	return Fill(t, s, w)
}

// SeedSubaccount creates a sub-account of w's account that shares the catalogue. Its Who is the master's owner, acting
// in the sub-account.
func SeedSubaccount(t testing.TB, s *store.Store, w Fixture, name string) Fixture {
	t.Helper()
	a, err := s.CreateSubaccount(t.Context(), w.Who, models.NewSubaccount{Name: name})
	if err != nil {
		t.Fatalf("make a sub-account: %v", err)
	}
	return Fixture{Account: a, Owner: w.Owner, Who: actor(a, w.Owner, models.RoleOwner), Apps: w.Apps, Families: w.Families}
}

// Fill adds three apps to w's account, and returns w with them and its catalogue.
func Fill(t testing.TB, s *store.Store, w Fixture) Fixture {
	t.Helper()
	ctx := t.Context()
	_, err := s.AddApps(ctx, w.Who, []models.NewApp{
		{AppID: "app-orders", Name: "Orders"}, {AppID: "app-stock", Name: "Stock"}, {AppID: "app-people", Name: "People"},
	})
	if err != nil {
		t.Fatalf("add apps: %v", err)
	}
	page, err := s.ListApps(ctx, w.Who, models.AppQuery{All: true})
	if err != nil {
		t.Fatalf("list apps: %v", err)
	}
	for _, r := range page.Rows {
		w.Apps = append(w.Apps, r.App)
	}
	if w.Families, err = s.Catalogue(ctx, w.Who); err != nil {
		t.Fatalf("list the catalogue: %v", err)
	}
	return w
}

// SeedMember creates a person with the role in the account.
func SeedMember(t testing.TB, s *store.Store, a models.Account, name, email string, role models.Role) models.Actor {
	t.Helper()
	return Join(t, s, a, SeedUser(t, s, name, email), role)
}

// SeedUser creates a person without an account and without a password.
func SeedUser(t testing.TB, s *store.Store, name, email string) models.User {
	t.Helper()
	u := models.User{Email: email, Name: name, PasswordHash: "-", CreatedAt: time.Now().UTC()}
	u.ID = insert(t, s, `INSERT INTO users (email, name, password_hash, language, theme, created_at) VALUES (?, ?, ?, '', '', ?)`,
		u.Email, u.Name, u.PasswordHash, u.CreatedAt)
	return u
}

// Join makes a person a member of an account.
func Join(t testing.TB, s *store.Store, a models.Account, u models.User, role models.Role) models.Actor {
	t.Helper()
	insert(t, s, "INSERT INTO members (account_id, user_id, role, created_at) VALUES (?, ?, ?, ?)", a.ID, u.ID, role, time.Now().UTC())
	return actor(a, u, role)
}

// SeedKeys creates n keys of the actor: "Seeded 1", "Seeded 2" and so on.
func SeedKeys(t testing.TB, s *store.Store, who models.Actor, n int) []models.Key {
	t.Helper()
	keys := make([]models.Key, n)
	for i := range keys {
		k, _, err := s.CreateKey(t.Context(), who, fmt.Sprintf("Seeded %d", i+1), "")
		if err != nil {
			t.Fatalf("create key %d: %v", i+1, err)
		}
		keys[i] = k
	}
	return keys
}

// APIByName returns the API of the catalogue with the name.
func (w Fixture) APIByName(t testing.TB, name string) models.API {
	t.Helper()
	for _, f := range w.Families {
		for _, a := range f.APIs {
			if a.Name == name {
				return a.API
			}
		}
	}
	t.Fatalf("no call %q in the catalogue", name)
	return models.API{}
}

func actor(a models.Account, u models.User, role models.Role) models.Actor {
	return models.Actor{AccountID: a.ID, UserID: u.ID, Name: u.Name, Email: u.Email, Role: role, IP: "192.0.2.1"}
}

// SignIn creates a session for a person without checking a password, and records no sign-in.
func SignIn(t testing.TB, s *store.Store, session models.Session) {
	t.Helper()
	u, err := s.User(t.Context(), session.UserID)
	if err == nil {
		err = s.SignIn(t.Context(), models.SignIn{Session: session, PasswordHash: u.PasswordHash, NewUser: true})
	}
	if err != nil {
		t.Fatalf("sign in: %v", err)
	}
}

// AddAudit adds a row to the audit as another version of the program could have written it. The audit does not verify
// afterwards.
func AddAudit(t testing.TB, s *store.Store, r models.AuditRow) {
	t.Helper()
	insert(t, s, `INSERT INTO audit (account_id, at, actor_id, actor_name, actor_email, ip, event, target_kind, target_id, target_name, before, after, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, zeroblob(32))`,
		r.AccountID, time.Now().UTC(), r.ActorID, r.ActorName, r.ActorEmail, r.IP, r.Event, r.TargetKind, r.TargetID, r.TargetName, r.Before, r.After)
}

// DB opens the store's database file directly, to read rows and to tamper with them. The store has no methods for that.
func DB(t testing.TB, s *store.Store) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+s.Path()+"?_busy_timeout=5000&_foreign_keys=1")
	if err != nil {
		t.Fatalf("open the file: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func insert(t testing.TB, s *store.Store, query string, args ...any) int64 {
	t.Helper()
	db := DB(t, s)
	defer func() { _ = db.Close() }()
	r, err := db.ExecContext(context.WithoutCancel(t.Context()), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	id, err := r.LastInsertId()
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return id
}

// NewBox returns a Box with a new master key in memory.
func NewBox(t testing.TB) *secret.Box {
	t.Helper()
	ring, err := secret.NewKeyring(rand.Reader)
	if err != nil {
		t.Fatalf("make a master key: %v", err)
	}
	return secret.NewBox("", ring)
}
