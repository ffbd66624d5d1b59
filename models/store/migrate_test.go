package store

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
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
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
