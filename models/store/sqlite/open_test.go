package sqlite_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"keywicket/models/store/sqlite"
)

func options(t *testing.T) sqlite.Options {
	t.Helper()
	return sqlite.Options{Path: filepath.Join(t.TempDir(), "keywicket.db"), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
}

// open opens the file and closes it with the test.
func open(t *testing.T, o sqlite.Options) *sqlite.DB {
	t.Helper()
	d, err := sqlite.Open(t.Context(), o)
	ok(t, err)
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func openFails(t *testing.T, o sqlite.Options, want error) {
	t.Helper()
	d, err := sqlite.Open(t.Context(), o)
	if err == nil {
		_ = d.Close()
	}
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSecondServerIsRefused(t *testing.T) {
	o := options(t)
	o.Lock = true
	served := func(when string, want bool) {
		t.Helper()
		if got, err := sqlite.Served(o.Path); err != nil || got != want {
			t.Errorf("%s, a server uses the data: %v, %v", when, got, err)
		}
	}
	served("before there are any", false)
	d := open(t, o)
	openFails(t, o, sqlite.ErrSecondServer)
	served("while one does", true)
	beside := o
	beside.Lock = false
	open(t, beside) // a command beside the server
	ok(t, d.Close())
	served("beside a command", false)
	open(t, o)
}

// A link to the database is no second database.
func TestSecondServerByWayOfALinkIsRefused(t *testing.T) {
	o := options(t)
	o.Lock = true
	open(t, o)
	link := filepath.Join(t.TempDir(), "keywicket.db")
	ok(t, os.Symlink(o.Path, link))
	o.Path = link
	openFails(t, o, sqlite.ErrSecondServer)
}

func TestCommandsMigrateOnlyWithoutAServer(t *testing.T) {
	o := options(t)
	d := open(t, o)
	ok(t, d.Write.Exec("DROP TABLE secrets").Error)
	ok(t, d.Write.Exec("DELETE FROM goose_db_version WHERE version_id > 0").Error)
	ok(t, d.Close())
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // do not wait for the server to end
	lock := o
	lock.Path += ".other"
	lock.Lock = true
	open(t, lock)
	ok(t, os.Rename(lock.Path+".lock", o.Path+".lock"))
	if _, err := sqlite.Open(ctx, o); err == nil {
		t.Error("a command changed the tables of a running server")
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	o := options(t)
	d := open(t, o)
	ok(t, d.Write.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)").Error)
	ok(t, d.Close())
	openFails(t, o, sqlite.ErrNewerDatabase)
}

func TestSettingsThatLoseDataAreRefused(t *testing.T) {
	for _, synchronous := range []string{"OFF", "NORMAL"} {
		openFails(t, sqlite.Breaking(options(t), synchronous, ""), sqlite.ErrNotDurable)
	}
	openFails(t, sqlite.Breaking(options(t), "", "3.51.2"), sqlite.ErrOldSQLite)
	openFails(t, sqlite.Breaking(options(t), "", "3.45.1"), sqlite.ErrOldSQLite)
	for _, version := range []string{"3.51.3", "3.53.4", "4.0.0"} {
		open(t, sqlite.Breaking(options(t), "", version))
	}
}

func TestUnwritableFolderIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	ok(t, os.WriteFile(file, nil, 0o600))
	o := options(t)
	o.Path = filepath.Join(file, "keywicket.db") // root may write everywhere else
	openFails(t, o, sqlite.ErrNotWritable)
}
