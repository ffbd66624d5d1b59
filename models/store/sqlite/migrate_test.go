package sqlite

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"
)

// atVersion makes a database with the schema of an earlier version. up brings
// it up to this one's.
func atVersion(t *testing.T, version int64) (db *sql.DB, up func()) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(t.TempDir(), "old.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goMigrations())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	return db, func() {
		t.Helper()
		if _, err := p.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func exec(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func TestMigrationKeepsTheCountOfPasskeys(t *testing.T) {
	db, up := atVersion(t, 6)
	exec(t, db, "INSERT INTO users (id, email, name, password_hash, language, theme, created_at) VALUES (1, 'a@example.com', 'A', '-', '', '', '2026-01-01')")
	for id, credential := range map[string]string{"counts": `{"authenticator":{"AAGUID":"AA==","signCount":41}}`, "does not": `{"authenticator":{}}`} {
		exec(t, db, "INSERT INTO passkeys (user_id, name, credential_id, credential, created_at) VALUES (1, ?, ?, ?, '2026-01-01')", id, []byte(id), []byte(credential))
	}
	up()
	for name, want := range map[string]int{"counts": 41, "does not": 0} {
		var got int
		if err := db.QueryRowContext(t.Context(), "SELECT sign_count FROM passkeys WHERE name = ?", name).Scan(&got); err != nil || got != want {
			t.Errorf("%q is taken over with %d (%v), want %d", name, got, err, want)
		}
	}
}

// Stored addresses change only where today's form is the same mailbox and
// nobody else's.
func TestMigrationOfEmails(t *testing.T) {
	db, up := atVersion(t, emailsVersion-1)
	want := map[string]string{
		"ada@example.com": "ada@example.com", "ａda@example.com": "ａda@example.com", "a\u200dda@example.com": "a\u200dda@example.com",
		"eve@xn--bcher-kva.de": "eve@bücher.de", "mia@xn--bcher-kva.de": "mia@xn--bcher-kva.de", "mia@bücher.de": "mia@bücher.de",
	}
	for email := range want {
		exec(t, db, "INSERT INTO users (email, name, password_hash, language, theme, created_at) VALUES (?1, ?1, '-', '', '', '2026-01-01')", email)
	}
	exec(t, db, "INSERT INTO accounts (id, slug, name, status, key_visibility, pass_unknown_apis, key_in_query, error_dialect, rate_per_second, created_at) VALUES (1, 'a', 'A', 'active', 'revealable', 0, 0, 'problem', 0, '2026-01-01')")
	exec(t, db, "INSERT INTO invitations (account_id, token_hash, email, role, invited_by, inviter_name, created_at, expires_at) VALUES (1, 'x', 'nina@xn--bcher-kva.de', 'member', 1, 'A', '2026-01-01', '2026-01-01')")
	up()
	for was, want := range want {
		var got string
		if err := db.QueryRowContext(t.Context(), "SELECT email FROM users WHERE name = ?", was).Scan(&got); err != nil || got != want {
			t.Errorf("%+q became %+q (%v), want %+q", was, got, err, want)
		}
	}
	var invited string
	if err := db.QueryRowContext(t.Context(), "SELECT email FROM invitations").Scan(&invited); err != nil || invited != "nina@bücher.de" {
		t.Errorf("the invitation is for %q (%v)", invited, err)
	}
}
