// Package sqlite keeps the store's data in one SQLite file. It owns what belongs to SQLite and not to the store: the
// settings of a connection, the lock of the one server, the migrations, backups, the check of the file, and the
// meaning of SQLite's error codes.
//
// The store's queries are SQL that SQLite understands. Another database has to answer these in its own way:
//
//   - LIKE ignores the case of ASCII letters, and lower() changes no others. Searches and the order of lists rely on it.
//   - Writers begin with BEGIN IMMEDIATE, so a transaction reads nothing that another writer changes before its end.
//   - A row has a rowid, by which the store settles the clock of tables that have no id.
//   - LIMIT -1 OFFSET n skips n rows.
//   - A unary plus before a column keeps an index from being used.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mattn/go-sqlite3"
	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// Options say what to open and how.
type Options struct {
	// Path is the file. Open creates it, and its folder, where they are missing.
	Path string
	// Now is the clock.
	Now func() time.Time
	// Log takes the statements that SQLite failed at.
	Log *slog.Logger
	// Lock keeps the file for this process as its one server.
	Lock bool
	// Begin is how transactions that write begin, as the driver's _txlock. The empty string is "immediate", without
	// which two writers can fail each other; tests show that they do.
	Begin string

	synchronous, version string // for tests; "" is what a server needs
}

// DB is one SQLite file. Each of its databases has connections of its own, because it has work that must not wait for
// that of the others. All of them but Write refuse changes.
type DB struct {
	Write *gorm.DB // one connection: writers wait in order for it
	Read  *gorm.DB // what a page needs to know about who asks
	Lists *gorm.DB // lists, which can be long
	Gate  *gorm.DB // what the gate has to learn

	path  string
	lock  *fileLock // nil where Options.Lock is not set
	pools []*sql.DB
}

// Open opens the file, migrates it, and checks that this binary and this file system can serve it. It refuses with one
// of the errors of this package.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.version == "" {
		o.version, _, _ = sqlite3.Version()
	}
	if oldSQLite(o.version) {
		return nil, fmt.Errorf("%w (it is %s)", ErrOldSQLite, o.version)
	}
	path, err := preparePath(o.Path)
	if err != nil {
		return nil, err
	}
	d := &DB{path: path}
	if o.Lock {
		if d.lock, err = lockFileWithin(ctx, path+".lock", lockPatience); err != nil {
			return nil, err
		}
	}
	if err := d.connect(ctx, o); err != nil {
		return nil, errors.Join(WithReason(err), d.Close())
	}
	return d, nil
}

// connect migrates the file and opens the pools.
func (d *DB) connect(ctx context.Context, o Options) error {
	writer := newConnector(d.path, writing(o))
	if err := migrate(ctx, writer, d.path+".lock", o.Lock); err != nil {
		return err
	}
	reader := newConnector(d.path, settings{txlock: "deferred", synchronous: "FULL", queryOnly: true})
	for _, p := range []struct {
		db        **gorm.DB
		connector *connector
		most      int
	}{{&d.Write, writer, 1}, {&d.Read, reader, maxReaders}, {&d.Lists, reader, maxListReaders}, {&d.Gate, reader, 1}} {
		pool := openPool(p.connector, p.most)
		d.pools = append(d.pools, pool)
		var err error
		if *p.db, err = openGORM(pool, o); err != nil {
			return err
		}
	}
	return nil
}

// writing returns the settings of connections that write.
func writing(o Options) settings {
	s := settings{txlock: "immediate", synchronous: "FULL"}
	if o.Begin != "" {
		s.txlock = o.Begin
	}
	if o.synchronous != "" {
		s.synchronous = o.synchronous
	}
	return s
}

func openGORM(db *sql.DB, o Options) (*gorm.DB, error) {
	return gorm.Open(gormsqlite.New(gormsqlite.Config{Conn: db}), &gorm.Config{
		SkipDefaultTransaction: true, // every change is in a transaction of the store's
		NowFunc:                o.Now,
		Logger:                 newSQLLog(o.Log),
	})
}

// preparePath creates the folder and the file, for their owner alone, and returns the file's absolute path without
// links in it.
func preparePath(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(abs), 0o700); err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotWritable, err)
	}
	f, err := os.OpenFile(abs, os.O_RDWR|os.O_CREATE, 0o600) // #nosec G304 -- the admin's own data folder
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotWritable, err)
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	// Without links: the files beside it, its lock above all, must be the same for a process that comes by a link.
	return filepath.EvalSymlinks(abs)
}

// Close closes the connections and releases the lock.
func (d *DB) Close() error {
	var errs []error
	for _, pool := range slices.Backward(d.pools) { // the writer last
		errs = append(errs, pool.Close())
	}
	return errors.Join(append(errs, d.lock.release())...)
}

// Path returns the file's absolute path, without links in it.
func (d *DB) Path() string { return d.path }
